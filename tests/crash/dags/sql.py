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
    "retries": 4,
    "retry_delay": timedelta(0),
    "poll_interval": 0.5,
}
# One statement, so that the first request to execute one is the one that starts the job.
STATEMENTS = {"sql": "INSERT INTO counts SELECT 1", "sql_slow": "INSERT INTO slow SELECT 1"}

for name, statement in STATEMENTS.items():
    for kind, deferrable in (("waiting", False), ("deferred", True)):
        with DAG(f"{name}_{kind}", schedule=None, start_date=datetime(2026, 1, 1), max_active_runs=100):
            FlinkSqlOperator(**ARGUMENTS, sql=statement, deferrable=deferrable)
