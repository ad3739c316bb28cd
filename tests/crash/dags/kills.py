"""DAGs whose task waits for the end of a stream, which never comes: to be killed, cleared, or late."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import DAG

from airflow_provider_dli.jobs.end import CHOICES
from airflow_provider_dli.local.demo_jobs import JAR, STREAMING_COUNT
from airflow_provider_dli.operators.flink import FlinkRunJarOperator
from tests.crash.make_dags import LANE, NAME, make_both

COUNT: dict[str, Any] = {
    "flink_conn_id": f"flink_{LANE}",
    "jar": str(JAR),
    "entry_class": STREAMING_COUNT,
    "wait_until": "finished",
    "poll_interval": 0.5,
}
STREAM: dict[str, Any] = {
    **COUNT,
    "arguments": ["--rate", "50", "--checkpoint-interval", "1000", "--restarts", "5", "--name", NAME],
}

for on_kill in CHOICES:
    make_both(f"endless_{on_kill}", FlinkRunJarOperator, **STREAM, on_kill=on_kill)
    make_both(f"late_{on_kill}", FlinkRunJarOperator, **STREAM, on_kill=on_kill, timeout=15)
    # The submission alone may take five seconds of these.
    overdue = timedelta(seconds=20)
    make_both(f"overdue_{on_kill}", FlinkRunJarOperator, **STREAM, on_kill=on_kill, execution_timeout=overdue)
    late_checkpoint = ["--rate", "50", "--checkpoint-interval", "40000", "--name", NAME]
    at_least = {"execution.checkpointing.min-pause": "30 s"}
    backed_up = {**COUNT, "arguments": late_checkpoint, "flink_configuration": at_least, "poll_interval": 600}
    make_both(
        f"backed_up_{on_kill}", FlinkRunJarOperator, **{**backed_up, "wait_until": "checkpointed"}, on_kill=on_kill
    )
make_both("evicted_cancel_unless_retried", FlinkRunJarOperator, **STREAM, on_kill="cancel_unless_retried", retries=2)
SLOW = {
    **STREAM,
    "arguments": ["--rate", "50", "--checkpoint-interval", "0", "--slow-snapshot", "25000", "--name", NAME],
}
make_both("slow_stop_with_savepoint", FlinkRunJarOperator, **SLOW, on_kill="stop_with_savepoint")
make_both("restored", FlinkRunJarOperator, **STREAM, restore_from="latest", retries=4)

with DAG("many", schedule=None, start_date=datetime(2026, 1, 1)):
    FlinkRunJarOperator.partial(
        task_id="it",
        **COUNT,
        retry_delay=timedelta(0),
        deferrable=True,
        arguments=["--rate", "1", "--checkpoint-interval", "0", "--name", "many"],
    ).expand(parallelism=[1] * 200)
