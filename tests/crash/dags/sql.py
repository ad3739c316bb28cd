"""DAGs for the operator that executes SQL, waiting and deferrable; where and under which name is told to the run."""

from __future__ import annotations

from typing import Any

from airflow_provider_dli.operators.flink import FlinkSqlOperator
from tests.crash.make_dags import LANE, NAME, make, make_both

ARGUMENTS: dict[str, Any] = {"flink_conn_id": f"flink_{LANE}", "job_name": NAME, "poll_interval": 0.5}
# One statement each, so that the first request to execute one is the one that starts the job.
QUICK, SLOW = (f"INSERT INTO {table} SELECT 1" for table in ("counts", "slow"))

make_both("sql", FlinkSqlOperator, **ARGUMENTS, sql=QUICK, retries=4)
# The try after the fault must do: it does not fail because the statement is still at work.
make("sql_slow_waiting", FlinkSqlOperator, **ARGUMENTS, sql=SLOW, retries=1, deferrable=False)
