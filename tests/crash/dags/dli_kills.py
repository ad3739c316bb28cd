"""DAGs whose task waits on DLI for the end of a stream, which never comes: to be killed or cleared."""

from __future__ import annotations

from typing import Any

from airflow_provider_dli.jobs.end import CHOICES
from airflow_provider_dli.local.demo_jobs import STREAMING_COUNT
from airflow_provider_dli.operators.dli import DliFlinkJarJobOperator
from tests.crash.make_dags import LANE, NAME, make_both

STREAM: dict[str, Any] = {
    "dli_conn_id": f"dli_{LANE}",
    "job_name": NAME,
    "queue_name": "flink",
    "obs_bucket": "state",
    "jar": "obs://jars/demo.jar",
    "entry_class": STREAMING_COUNT,
    "arguments": ["--rate", "50", "--checkpoint-interval", "0", "--name", NAME],
    "wait_until": "finished",
    "poll_interval": 0.5,
}

for on_kill in CHOICES:
    make_both(f"dli_endless_{on_kill}", DliFlinkJarJobOperator, **STREAM, on_kill=on_kill)
