"""Back up a running stream every night: make sure that it is healthy, then take a savepoint of it."""

from __future__ import annotations

import pendulum
from airflow.providers.common.compat.sdk import DAG, Param

from airflow_provider_dli.operators.flink import FlinkTriggerSavepointOperator
from airflow_provider_dli.sensors.flink import FlinkCheckpointSensor

with DAG(
    "nightly_savepoint_backup",
    schedule="0 2 * * *",
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    params={"stream": Param("orders", type="string")},
    doc_md=__doc__,
    tags=["flink"],
) as dag:
    healthy = FlinkCheckpointSensor(
        task_id="healthy",
        job_name="{{ params.stream }}",
        max_age=10 * 60,
        timeout=15 * 60,
        deferrable=True,
        poll_interval=5,
    )
    backup = FlinkTriggerSavepointOperator(
        task_id="backup",
        job_name="{{ params.stream }}",
        timeout=60 * 60,
        retries=2,
        deferrable=True,
        poll_interval=2,
    )
    healthy >> backup
