"""Run a batch job to its end, then start a stream, and go on once the stream has made a checkpoint."""

from __future__ import annotations

import pendulum
from airflow.providers.common.compat.sdk import DAG, Param

from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, JAR, STREAMING_COUNT
from airflow_provider_dli.operators.flink import FlinkRunJarOperator

with DAG(
    "batch_then_stream",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    params={"jar": Param(str(JAR), type="string"), "stream": Param("orders", type="string")},
    doc_md=__doc__,
    tags=["flink"],
) as dag:
    backfill = FlinkRunJarOperator(
        task_id="backfill",
        jar="{{ params.jar }}",
        entry_class=BOUNDED_COUNT,
        arguments=["--name", "backfill", "--records", "2000", "--seconds", "4"],
        wait_until="finished",
        deferrable=True,
        poll_interval=2,
    )
    stream = FlinkRunJarOperator(
        task_id="stream",
        jar="{{ params.jar }}",
        entry_class=STREAMING_COUNT,
        arguments=["--name", "{{ params.stream }}", "--rate", "200"],
        wait_until="checkpointed",
        deferrable=True,
        poll_interval=2,
    )
    backfill >> stream
