"""What a Flink job can be set to, whichever kind of job it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from airflow_provider_dli.dli.endpoints.written import (
    CheckpointMode,
    Json,
    checkpoint_mode,
    json_text,
    options_text,
)


class ResourceSpec(TypedDict, total=False):
    """The resources of one process: ``cpu``, in cores, and ``memory``, with its unit, as in ``4G``."""

    cpu: float
    memory: str


class ResourceConfig(TypedDict, total=False):
    """The resources of a job in the second model.

    ``max_slot`` is the task slots of a TaskManager, 1 or more (1 by default), ``parallel_number`` the parallelism, 1 to
    2000 (1 by default).
    """

    max_slot: int
    parallel_number: int
    jobmanager_resource_spec: ResourceSpec
    taskmanager_resource_spec: ResourceSpec


@dataclass(frozen=True, kw_only=True)
class JobSettings:
    """What jobs of both kinds can be set to. What is None is not sent: DLI has a default, or leaves it as it is.

    :param desc: what it is for, 512 characters or, in newer regions, 2048.
    :param queue_name: the queue that it runs on, 1 to 128 characters; a job cannot run before it has one.
    :param cu_number: CUs in all, JobManager included, 2 to 400; 2 by default. Not with resource model ``v2``.
    :param manager_cu_number: CUs of the JobManager; 1 by default.
    :param parallel_number: its parallelism, 1 to 2000; 1 by default.
    :param tm_cus: CUs of a TaskManager; 1 by default.
    :param tm_slot_num: task slots of a TaskManager; by default as many as the parallelism needs.
    :param checkpoint_enabled: whether it makes checkpoints by itself; it does not by default. Needs ``obs_bucket``.
    :param checkpoint_mode: ``exactly_once`` or 1 (the default), ``at_least_once`` or 2.
    :param checkpoint_interval: seconds between checkpoints, 1 to 3600; 10 by default.
    :param obs_bucket: the bucket for checkpoints, savepoints and logs; DLI must have been authorized to use it.
    :param log_enabled: whether its logs are kept in ``obs_bucket``; they are not by default.
    :param smn_topic: the topic of SMN that is told when it fails.
    :param restart_when_exception: whether DLI restarts it when it fails; it does not by default.
    :param resume_checkpoint: whether such a restart goes on from the newest checkpoint; it does not by default.
    :param resume_max_num: how many such restarts there may be within an hour; -1, the default, for any number.
    :param runtime_config: Flink's own options, as in ``{"state.backend.type": "rocksdb"}``; not for jobs of the type
        ``flink_sql_job``.
    :param flink_log_config: levels of its logs: ``root_logger_level`` and ``loggers_level_of_class``.
    :param flink_version: the version of Flink, as in ``1.15``.
    :param execution_agency_urn: the name of the agency that it acts as; Flink 1.15+ reaches no bucket without one.
    :param resource_config_version: ``v1`` (the default), or ``v2`` where ``resource_config`` tells the resources.
    :param resource_config: its resources in the second model.
    """

    desc: str | None = None
    queue_name: str | None = None
    cu_number: int | None = None
    manager_cu_number: int | None = None
    parallel_number: int | None = None
    tm_cus: int | None = None
    tm_slot_num: int | None = None
    checkpoint_enabled: bool | None = None
    checkpoint_mode: CheckpointMode | None = None
    checkpoint_interval: int | None = None
    obs_bucket: str | None = None
    log_enabled: bool | None = None
    smn_topic: str | None = None
    restart_when_exception: bool | None = None
    resume_checkpoint: bool | None = None
    resume_max_num: int | None = None
    runtime_config: Json | None = None
    flink_log_config: Json | None = None
    flink_version: str | None = None
    execution_agency_urn: str | None = None
    resource_config_version: str | None = None
    resource_config: ResourceConfig | None = None

    def body(self) -> Mapping[str, Any]:
        """Return the members of a request's body."""
        return {
            **{name: value for name, value in vars(self).items() if name != "job_id"},
            "checkpoint_mode": checkpoint_mode(self.checkpoint_mode),
            "runtime_config": options_text(self.runtime_config),
            "flink_log_config": json_text(self.flink_log_config),
        }
