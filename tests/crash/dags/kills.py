"""DAGs whose task waits for the end of a stream, which never comes: to be killed, cleared, or late."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import DAG

from airflow_provider_dli.local.demo_jobs import JAR, STREAMING_COUNT
from airflow_provider_dli.operators.flink import FlinkRunJarOperator

STREAM: dict[str, Any] = {
    "task_id": "it",
    "flink_conn_id": "flink_{{ dag_run.conf['lane'] }}",
    "jar": str(JAR),
    "entry_class": STREAMING_COUNT,
    "arguments": [
        "--rate",
        "50",
        "--checkpoint-interval",
        "1000",
        "--restarts",
        "5",
        "--name",
        "{{ dag_run.conf['name'] }}",
    ],
    "wait_until": "finished",
    "poll_interval": 0.5,
    "retry_delay": timedelta(0),
}


def make(dag_id: str, **members: Any) -> None:
    with DAG(dag_id, schedule=None, start_date=datetime(2026, 1, 1), max_active_runs=100):
        FlinkRunJarOperator(**STREAM, **members)


for kind, deferrable in (("waiting", False), ("deferred", True)):
    for on_kill in ("detach", "cancel", "stop_with_savepoint"):
        how: dict[str, Any] = {"deferrable": deferrable, "on_kill": on_kill}
        make(f"endless_{on_kill}_{kind}", **how)
        make(f"late_{on_kill}_{kind}", **how, timeout=4)
        make(f"overdue_{on_kill}_{kind}", **how, execution_timeout=timedelta(seconds=6))
    make(f"restored_{kind}", deferrable=deferrable, restore_from="latest", retries=4)

with DAG("many", schedule=None, start_date=datetime(2026, 1, 1)):
    mapped = {name: value for name, value in STREAM.items() if name not in ("arguments", "task_id")}
    FlinkRunJarOperator.partial(
        task_id="it",
        **mapped,
        deferrable=True,
        arguments=["--rate", "1", "--checkpoint-interval", "0", "--name", "many"],
    ).expand(parallelism=[1] * 200)
