"""One DAG for each operator that changes something on Flink, waiting and deferrable; the run is told where."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import DAG, BaseOperator

from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, JAR, STREAMING_COUNT
from airflow_provider_dli.operators.flink import (
    FlinkCancelJobOperator,
    FlinkDeleteJarOperator,
    FlinkDisposeSavepointOperator,
    FlinkRescaleJobOperator,
    FlinkRunJarOperator,
    FlinkStopJobOperator,
    FlinkTriggerCheckpointOperator,
    FlinkTriggerSavepointOperator,
    FlinkUploadJarOperator,
)

LANE = "flink_{{ dag_run.conf['lane'] }}"
NAME = "{{ dag_run.conf['name'] }}"
JOB = {"job_id": "{{ dag_run.conf['job_id'] }}"}
ARGUMENTS: dict[str, Any] = {
    "task_id": "it",
    "flink_conn_id": LANE,
    "retries": 4,
    "retry_delay": timedelta(0),
    "poll_interval": 0.5,
}
STREAM = {
    "jar": str(JAR),
    "entry_class": STREAMING_COUNT,
    "arguments": ["--rate", "50", "--checkpoint-interval", "0", "--name", NAME],
}
BATCH = {
    "jar": str(JAR),
    "entry_class": BOUNDED_COUNT,
    "arguments": ["--records", "100", "--seconds", "4", "--name", NAME],
}

# What can be deferred, and what is done at once.
LASTING: dict[str, tuple[type[BaseOperator], dict[str, Any]]] = {
    "run_stream": (FlinkRunJarOperator, STREAM),
    "run_batch": (FlinkRunJarOperator, {**BATCH, "wait_until": "finished"}),
    "savepoint": (FlinkTriggerSavepointOperator, JOB),
    "stop": (FlinkStopJobOperator, JOB),
    "cancel": (FlinkCancelJobOperator, JOB),
    "checkpoint": (FlinkTriggerCheckpointOperator, JOB),
    "dispose": (FlinkDisposeSavepointOperator, {"savepoint_path": "{{ dag_run.conf['path'] }}"}),
    "rescale": (FlinkRescaleJobOperator, {**JOB, **STREAM, "parallelism": 2}),
}
AT_ONCE: dict[str, tuple[type[BaseOperator], dict[str, Any]]] = {
    "upload_jar": (FlinkUploadJarOperator, {"jar": str(JAR)}),
    "delete_jar": (FlinkDeleteJarOperator, {"jar_id": "{{ dag_run.conf['jar'] }}"}),
}


def make(dag_id: str, operator: type[BaseOperator], **members: Any) -> None:
    with DAG(dag_id, schedule=None, start_date=datetime(2026, 1, 1), max_active_runs=100):
        operator(**{**ARGUMENTS, **members})


for name, (operator, members) in LASTING.items():
    make(f"{name}_waiting", operator, **members, deferrable=False)
    make(f"{name}_deferred", operator, **members, deferrable=True)
for name, (operator, members) in AT_ONCE.items():
    make(f"{name}_waiting", operator, **members)
