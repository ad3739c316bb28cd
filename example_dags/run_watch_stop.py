"""A stream from upload to restart: start it, watch it, back it up, stop it, and go on where it stopped."""

from __future__ import annotations

import pendulum
from airflow.providers.common.compat.sdk import DAG, Param

from airflow_provider_dli.local.demo_jobs import JAR, STREAMING_COUNT
from airflow_provider_dli.operators.flink import (
    FlinkRunJarOperator,
    FlinkStopJobOperator,
    FlinkTriggerSavepointOperator,
    FlinkUploadJarOperator,
)
from airflow_provider_dli.sensors.flink import FlinkCheckpointSensor, FlinkMetricSensor

with DAG(
    "run_watch_stop",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    params={"jar": Param(str(JAR), type="string")},
    default_args={"deferrable": True, "poll_interval": 2},
    doc_md=__doc__,
    tags=["flink"],
) as dag:
    upload = FlinkUploadJarOperator(task_id="upload", jar="{{ params.jar }}")
    run = FlinkRunJarOperator(
        task_id="run",
        jar=upload.output,
        entry_class=STREAMING_COUNT,
        arguments=["--name", "clicks", "--rate", "100"],
        wait_until="running",
    )
    two_checkpoints = FlinkCheckpointSensor(task_id="two_checkpoints", job_id=run.output, kind="checkpoint", count=2)
    enough_records = FlinkMetricSensor(
        task_id="enough_records",
        job_id=run.output,
        vertex="Count",
        metric="Count.count",
        aggregation="sum",
        comparison=">=",
        threshold=500,
        hold_polls=2,
    )
    backup = FlinkTriggerSavepointOperator(task_id="backup", job_id=run.output)
    stop = FlinkStopJobOperator(task_id="stop", job_id=run.output)
    run_again = FlinkRunJarOperator(
        task_id="run_again",
        jar=upload.output,
        entry_class=STREAMING_COUNT,
        arguments=["--name", "clicks", "--rate", "100"],
        restore_from=stop.output,
        wait_until="checkpointed",
    )
    run >> [two_checkpoints, enough_records] >> backup >> stop >> run_again
