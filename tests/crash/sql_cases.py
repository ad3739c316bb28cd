"""What ``FlinkSqlOperator`` is asked to do: it speaks to a SQL Gateway and to Flink, and faults happen to both."""

from __future__ import annotations

from functools import partial

from tests.crash.back_ends import FLINK_BY_SQL
from tests.crash.cases import Case, nothing
from tests.crash.flink_cases import runs

_by_sql = partial(Case, prepare=nothing, judge=runs, on=FLINK_BY_SQL)

SQL_CASES = (
    _by_sql("sql", "FlinkSqlOperator, until its job runs"),
    # Whoever tries again finds no job yet: the statement of the try before is still at work.
    _by_sql("sql_slow", "FlinkSqlOperator, whose statement takes seconds", defers=False),
)
