"""How a Flink job is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airflow_provider_dli.local.dli.operations import only
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_SHORT: Final = (
    "job_id",
    "name",
    "desc",
    "user_name",
    "job_type",
    "status",
    "status_desc",
    "create_time",
    "start_time",
    "duration",
    "root_id",
)
_DETAILS: Final = (
    "user_id",
    "project_id",
    "sql_body",
    "run_mode",
    "main_class",
    "entrypoint_args",
    "execution_graph",
    "update_time",
    "graph_editor_enabled",
    "has_savepoint",
    "queue_name",
    "edge_group_ids",
    "restart_times",
    "savepoint_path",
)
#: What older answers have beside the configuration, and newer ones in it.
_ALSO_BESIDE_CONFIG: Final = ("feature", "flink_version", "image")

_CONFIG_IN_LISTS: Final = (
    "checkpoint_enabled",
    "checkpoint_mode",
    "checkpoint_interval",
    "log_enabled",
    "obs_bucket",
    "smn_topic",
    "edge_group_ids",
    "root_id",
    "manager_cu_number",
    "cu_number",
    "parallel_number",
    "restart_when_exception",
    "idle_state_retention",
    "udf_jar_url",
    "dirty_data_strategy",
    "entrypoint",
    "dependency_jars",
    "dependency_files",
    "executor_number",
    "executor_cu_number",
    "execution_agency_urn",
    "resume_checkpoint",
    "runtime_config",
    "flink_log_config",
    "graph_editor_enabled",
    "graph_editor_data",
    "resume_max_num",
    "checkpoint_path",
    "config_url",
    "tm_cus",
    "tm_slot_num",
    "image",
    "feature",
    "flink_version",
    "operator_config",
    "static_estimator_config",
    "real_cu_number",
    "resource_config",
    "resource_config_version",
)
#: What DLI's examples show for a job that nobody has given these members; all others are null then.
_IF_UNSET: Final[Mapping[str, Any]] = {"sql_body": "", "run_mode": "exclusive_cluster"}
_CONFIG_IF_UNSET: Final[Mapping[str, Any]] = {
    "root_id": -1,
    "graph_editor_enabled": False,
    "graph_editor_data": "",
    "idle_state_retention": 3600,
}
CONFIG: Final = (*_CONFIG_IN_LISTS, "auto_scaling_enable", "auto_scaling_interval", "max_parallelism")


def accepted(services: Services, message: str = "", **members: Any) -> Document:
    """Return an answer of success as the group of Flink jobs gives it: whether ``is_success`` is a text is a switch."""
    flag = "true" if services.settings.switches.quoted_success else True
    return {"is_success": flag, "message": message, **members}


def detail(job: Document, now: int) -> Document:
    """Return a job with all that is to be told of it.

    :param job: the job.
    :param now: the time, in milliseconds since the epoch.
    """
    beside = only(job["config"], _ALSO_BESIDE_CONFIG)
    return {**_shown(job, now, (*_SHORT, *_DETAILS)), **beside, "job_config": _config(job, CONFIG)}


def row(job: Document, now: int, *, with_details: bool) -> Document:
    """Return a job as a row of a list.

    :param job: the job.
    :param now: the time, in milliseconds since the epoch.
    :param with_details: whether to tell more than the most important.
    """
    if not with_details:
        return _shown(job, now, _SHORT)
    return {**_shown(job, now, (*_SHORT, *_DETAILS)), "job_config": _config(job, _CONFIG_IN_LISTS)}


def _shown(job: Document, now: int, names: tuple[str, ...]) -> Document:
    return {**only({**job, "duration": _duration(job, now)}, names), **_unset(job, names, _IF_UNSET)}


def _config(job: Document, names: tuple[str, ...]) -> Document:
    return {**only(job["config"], names), **_unset(job["config"], names, _CONFIG_IF_UNSET)}


def _unset(held: Document, names: tuple[str, ...], defaults: Mapping[str, Any]) -> Document:
    """Return what DLI shows for members that nobody has set."""
    return {name: value for name, value in defaults.items() if name in names and held.get(name) is None}


def _duration(job: Document, now: int) -> int | None:
    start = job["start_time"]
    return None if start is None else max(0, (job["end_time"] or now) - start)
