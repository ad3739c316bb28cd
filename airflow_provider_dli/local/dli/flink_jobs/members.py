"""What the operations on Flink jobs take, member by member."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from airflow_provider_dli.local.dli.parameters import (
    TAGS,
    Member,
    flag,
    integer,
    integers,
    mapping,
    text,
    texts,
)

JAR_JOB: Final = "flink_jar_job"
SQL_JOBS: Final = ("flink_sql_job", "flink_opensource_sql_job")
EDGE_JOB: Final = "flink_sql_edge_job"

_RESOURCES: Final = (Member("cpu", float), text("memory"))
# Where pages of the console allow more than the API's reference, they are right: cu_number and checkpoint_interval.
_OF_BOTH: Final = (
    text("name", required=True, longest=57),
    text("queue_name", longest=128),
    integer("cu_number", default=2, least=2, most=10_000),
    integer("manager_cu_number", default=1, least=1),
    integer("parallel_number", default=1, least=1, most=2000),
    flag("checkpoint_enabled", default=False),
    integer("checkpoint_mode", default=1, allowed=(1, 2)),
    integer("checkpoint_interval", default=10, least=1, most=999_999),
    flag("log_enabled", default=False),
    text("obs_bucket"),
    text("smn_topic"),
    flag("restart_when_exception", default=False),
    integer("tm_cus", default=1, least=1),
    integer("tm_slot_num"),
    flag("resume_checkpoint", default=False),
    integer("resume_max_num", default=-1, least=-1),
    text("runtime_config"),
    text("flink_log_config"),
    text("flink_version"),
    text("execution_agency_urn"),
    text("resource_config_version", default="v1", allowed=("v1", "v2")),
    mapping(
        "resource_config",
        integer("max_slot", default=1, least=1),
        integer("parallel_number", default=1, least=1, most=2000),
        mapping("jobmanager_resource_spec", *_RESOURCES),
        mapping("taskmanager_resource_spec", *_RESOURCES),
    ),
)

#: What a SQL job is created with.
SQL: Final = (
    *_OF_BOTH,
    text("desc", default="", longest=2048),
    integer("template_id"),
    text("sql_body", longest=1024 * 1024),
    text("run_mode", default="shared_cluster", allowed=("shared_cluster", "exclusive_cluster", "edge_node")),
    integer("idle_state_retention", default=3600, least=0),
    text("job_type", default=SQL_JOBS[1], allowed=(*SQL_JOBS, EDGE_JOB)),
    texts("edge_group_ids"),
    text("dirty_data_strategy", default="0"),
    text("udf_jar_url"),
    TAGS,
)

#: What a jar job is created with.
JAR: Final = (
    *_OF_BOTH,
    text("desc", default="", longest=512),
    text("main_class"),
    text("entrypoint_args"),
    text("entrypoint"),
    texts("dependency_jars"),
    texts("dependency_files"),
    text("image"),
    text("feature", default="basic", allowed=("basic", "custom")),
    text("checkpoint_path"),
    TAGS,
)

#: What a batch call takes.
JOB_IDS: Final = integers("job_ids", required=True)

#: How the consistency of checkpoints is told: as a number in requests, in words in answers.
_CHECKPOINT_MODES: Final = {1: "exactly_once", 2: "at_least_once"}


def for_update(members: Iterable[Member], *others: Member) -> tuple[Member, ...]:
    """Return the members with which a job is changed: what is not given stays as it is."""
    fixed = {"job_type", "tags", "template_id"}
    kept = [replace(one, required=False, default=None) for one in members if one.name not in fixed]
    longest = [replace(one, longest=2048) if one.name == "desc" else one for one in kept]
    return (*longest, *others)


SQL_UPDATE: Final = for_update(SQL, text("operator_config"), text("static_estimator_config"))
JAR_UPDATE: Final = for_update(JAR)


def with_mode_as_number(body: Any) -> Any:
    """Return a body in which the mode of checkpoints is a number: some callers send it in words."""
    mode = body.get("checkpoint_mode") if isinstance(body, dict) else None
    numbers: dict[str, Any] = {words: number for number, words in _CHECKPOINT_MODES.items()}
    return {**body, "checkpoint_mode": numbers.get(mode, mode)} if isinstance(mode, str) else body


def with_mode_in_words(given: dict[str, Any]) -> dict[str, Any]:
    """Return what a job is told in which the mode of checkpoints is in words, as answers have it."""
    mode = given.get("checkpoint_mode")
    return {**given, "checkpoint_mode": _CHECKPOINT_MODES[mode]} if mode in _CHECKPOINT_MODES else given
