"""Where a family of tasks has its jobs: which hook leads there, and what a job is known by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where a family of tasks has its jobs.

    :param hook: module and name of the hook's class, which is loaded when a task runs.
    :param conn_id: the parameter that holds the connection's id, as in ``flink_conn_id``.
    """

    hook: str
    conn_id: str
