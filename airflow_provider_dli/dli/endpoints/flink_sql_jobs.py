"""Flink jobs that are written in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.arguments import takes
from airflow_provider_dli.dli.endpoints.flink_job_answers import Created, Updated
from airflow_provider_dli.dli.endpoints.flink_settings import JobSettings
from airflow_provider_dli.dli.endpoints.tag_members import pairs
from airflow_provider_dli.dli.endpoints.written import Json, json_text
from airflow_provider_dli.rest.endpoint import Parts


@dataclass(frozen=True, kw_only=True)
class SqlSettings(JobSettings):
    """What SQL jobs can be set to.

    :param sql_body: the statements, 1 MiB at most.
    :param idle_state_retention: seconds for which idle state is kept; 3600 by default. Old regions count hours.
    :param edge_group_ids: ids of the groups of edge nodes that it runs on.
    :param dirty_data_strategy: what is done with records that cannot be read: ``0`` ignored (the default), ``1`` the
        job fails, ``2:`` and a directory in OBS, where they are kept.
    :param udf_jar_url: the jar with its functions: a path in OBS, or the group and name of a package.
    """

    sql_body: str | None = None
    idle_state_retention: int | None = None
    edge_group_ids: Sequence[str] | None = None
    dirty_data_strategy: str | None = None
    udf_jar_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewSqlJob(SqlSettings):
    """A job that is to be created.

    :param name: its name, 1 to 57 characters, which no other job of the project has.
    :param job_type: ``flink_opensource_sql_job``, ``flink_sql_job`` or ``flink_sql_edge_job``. Always sent, for DLI's
        own default has changed.
    :param run_mode: ``exclusive_cluster``, on a queue, ``shared_cluster``, which runs no open-source SQL, or
        ``edge_node``. Always sent, for DLI's own default, ``shared_cluster``, does not fit that of ``job_type``.
    :param template_id: the template that its SQL comes from, where ``sql_body`` is not given.
    :param tags: its tags: keys of 1 to 128 characters, values of 1 to 255.
    """

    name: str = field(kw_only=False)
    job_type: str = "flink_opensource_sql_job"
    run_mode: str = "exclusive_cluster"
    template_id: int | None = None
    tags: Mapping[str, str] | None = None

    def body(self) -> Mapping[str, Any]:
        """Return the members of a request's body."""
        return {**super().body(), "tags": pairs(self.tags)}


@dataclass(frozen=True, kw_only=True)
class ChangedSqlJob(SqlSettings):
    """What is to be changed of a job.

    :param job_id: the job's id.
    :param name: its name, 1 to 57 characters.
    :param run_mode: ``exclusive_cluster``, on a queue, ``shared_cluster``, which runs no open-source SQL, or
        ``edge_node``.
    :param operator_config: the parallelism of each operator; the stream graph tells their ids.
    :param static_estimator_config: rates and hits of each operator, for the estimation of resources.
    """

    job_id: int | str = field(kw_only=False)
    name: str | None = None
    run_mode: str | None = None
    operator_config: Json | None = None
    static_estimator_config: Json | None = None

    def body(self) -> Mapping[str, Any]:
        """Return the members of a request's body."""
        return {
            **super().body(),
            "operator_config": json_text(self.operator_config),
            "static_estimator_config": json_text(self.static_estimator_config),
        }


@DLI.endpoint("POST /v1.0/{project_id}/streaming/sql-jobs", Created.read)
@takes(NewSqlJob)
def create(job: NewSqlJob) -> Parts:
    """Create a Flink job of SQL statements. It is a draft, and does nothing before it is run.

    A creation whose answer was lost may have made the job: look for its name before another one.
    """
    return Parts(json=job.body())


@DLI.endpoint("PUT /v1.0/{project_id}/streaming/sql-jobs/:job_id", Updated.read)
@takes(ChangedSqlJob)
def update(job: ChangedSqlJob) -> Parts:
    """Change a Flink job of SQL statements. What is not given stays as it is.

    While it runs, only ``smn_topic``, ``restart_when_exception``, ``resume_checkpoint``, ``resume_max_num`` and
    ``obs_bucket`` can be changed.
    """
    return Parts([str(job.job_id)], json=job.body(), repeatable=True)
