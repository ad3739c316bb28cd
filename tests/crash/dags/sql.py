"""DAGs for the operator that executes SQL, waiting and deferrable; where and under which name is told to the run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import DAG

from airflow_provider_dli.operators.flink import FlinkSqlOperator

ARGUMENTS: dict[str, Any] = {
    "task_id": "it",
    "flink_conn_id": "flink_{{ dag_run.conf['lane'] }}",
    "job_name": "{{ dag_run.conf['name'] }}",
    "retry_delay": timedelta(0),
    "poll_interval": 0.5,
}


def make(dag_id: str, table: str, **members: Any) -> None:
    with DAG(dag_id, schedule=None, start_date=datetime(2026, 1, 1), max_active_runs=100):
        # One statement, so that the first request to execute one is the one that starts the job.
        FlinkSqlOperator(**ARGUMENTS, sql=f"INSERT INTO {table} SELECT 1", **members)


make("sql_waiting", "counts", retries=4, deferrable=False)
make("sql_deferred", "counts", retries=4, deferrable=True)
# The try after the fault must do: it does not fail because the statement is still at work.
make("sql_slow_waiting", "slow", retries=1, deferrable=False)
