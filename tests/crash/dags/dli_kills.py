"""DAGs whose task waits on DLI for the end of a stream, which never comes: to be killed or cleared."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import DAG

from airflow_provider_dli.local.demo_jobs import STREAMING_COUNT
from airflow_provider_dli.operators.dli import DliFlinkJarJobOperator

NAME = "{{ dag_run.conf['name'] }}"
STREAM: dict[str, Any] = {
    "task_id": "it",
    "dli_conn_id": "dli_{{ dag_run.conf['lane'] }}",
    "job_name": NAME,
    "queue_name": "flink",
    "obs_bucket": "state",
    "jar": "obs://jars/demo.jar",
    "entry_class": STREAMING_COUNT,
    "arguments": ["--rate", "50", "--checkpoint-interval", "0", "--name", NAME],
    "wait_until": "finished",
    "poll_interval": 0.5,
    "retry_delay": timedelta(0),
}

for kind, deferrable in (("waiting", False), ("deferred", True)):
    for on_kill in ("detach", "cancel", "stop_with_savepoint"):
        dag_id = f"dli_endless_{on_kill}_{kind}"
        with DAG(dag_id, schedule=None, start_date=datetime(2026, 1, 1), max_active_runs=100):
            DliFlinkJarJobOperator(**STREAM, deferrable=deferrable, on_kill=on_kill)
