"""Materialized tables: refreshing one."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_dli.flink.sql.api import SQL_GATEWAY
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import member


@SQL_GATEWAY.endpoint(
    "POST /sessions/:session_handle/materialized-tables/:identifier/refresh",
    member("operationHandle"),
    since="v3",
    until="v3",
)
def refresh(
    session: str,
    identifier: str,
    *,
    periodic: bool = False,
    schedule_time: str | None = None,
    dynamic_options: Mapping[str, str] | None = None,
    static_partitions: Mapping[str, str] | None = None,
    execution_config: Mapping[str, str] | None = None,
) -> Parts:
    """Begin to refresh a materialized table and return its operation's handle, a UUID.

    A second sending refreshes it a second time.

    :param session: the session's handle.
    :param identifier: the table's whole name, as in ``catalog.database.table``.
    :param periodic: whether this is one of its periodic refreshes; its partitions follow from ``schedule_time`` then.
    :param schedule_time: when a periodic refresh was due, as in ``2026-01-02 03:04:05``.
    :param dynamic_options: options of the table's query for this refresh, by their keys.
    :param static_partitions: the partitions to refresh, as column and value; None for all.
    :param execution_config: settings of Flink for the job, by their keys.
    """
    free = {
        "dynamicOptions": dynamic_options,
        "staticPartitions": static_partitions,
        "executionConfig": execution_config,
    }
    given = {name: dict(options) for name, options in free.items() if options is not None}
    return Parts([session, identifier], json={"isPeriodic": periodic, "scheduleTime": schedule_time, **given})
