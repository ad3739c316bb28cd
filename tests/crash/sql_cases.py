"""What ``FlinkSqlOperator`` is asked to do: it speaks to a SQL Gateway and to Flink, and faults happen to both."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.crash.cases import Case
from tests.crash.flink_cases import end_all, nothing, runs

_by_sql: Callable[..., Case] = partial(
    Case, prepare=nothing, judge=runs, clean_up=end_all, wires=lambda lane: [lane.wire, lane.sql_wire]
)

SQL_CASES = (
    _by_sql("sql", "FlinkSqlOperator, until its job runs"),
    # Whoever tries again finds no job yet: the statement of the try before is still at work.
    _by_sql("sql_slow", "FlinkSqlOperator, whose statement takes seconds", defers=False),
)
