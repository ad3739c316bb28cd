"""Prepare data with DLI's SQL, then stream on it with Flink: watch the stream, back it up, stop it with a savepoint.

Bucket, queues and agency are parameters: it runs on the cloud and on the emulator alike.
"""

from __future__ import annotations

import pendulum
from airflow.providers.common.compat.sdk import DAG, Param

from airflow_provider_dli.operators.dli import (
    DliFlinkSqlJobOperator,
    DliSqlOperator,
    DliStopFlinkJobOperator,
    DliTriggerSavepointOperator,
)
from airflow_provider_dli.sensors.dli import DliFlinkMetricSensor

SHOPS = """
CREATE TABLE IF NOT EXISTS shops (shop INT, city STRING)
USING csv OPTIONS (path 'obs://{{ params.bucket }}/shops')
"""
FILL = "INSERT OVERWRITE TABLE shops VALUES (1, 'Shenzhen'), (2, 'Paris'), (3, 'Santiago')"
# In earnest, orders come from Kafka or a database, and go into one.
STREAM = """
CREATE TABLE shops (shop INT, city STRING)
WITH ('connector' = 'filesystem', 'path' = 'obs://{{ params.bucket }}/shops', 'format' = 'csv');
CREATE TABLE orders (id BIGINT, shop INT)
WITH ('connector' = 'datagen', 'rows-per-second' = '100', 'fields.shop.min' = '1', 'fields.shop.max' = '3');
CREATE TABLE orders_with_city (id BIGINT, city STRING) WITH ('connector' = 'blackhole');
INSERT INTO orders_with_city SELECT orders.id, shops.city FROM orders JOIN shops ON orders.shop = shops.shop;
"""

with DAG(
    "batch_then_stream_on_dli",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    params={
        "bucket": Param("demo", type="string", description="for data and savepoints; DLI is authorized for it"),
        "sql_queue": Param("sql", type="string"),
        "flink_queue": Param("flink", type="string"),
        "flink_version": Param("1.15", type="string"),
        "agency": Param("iam::local:agency:dli-flink", type="string", description="as which Flink uses OBS"),
        "job_name": Param("orders_with_city", type="string"),
        "restore_from": Param("", type="string", description="a savepoint in OBS to start from; empty for none"),
        "records": Param(300, type="integer", description="how many orders are enough"),
    },
    default_args={"deferrable": True, "poll_interval": 2, "retries": 1},
    doc_md=__doc__,
    tags=["dli", "flink"],
) as dag:
    shops = DliSqlOperator(task_id="shops", sql=SHOPS, queue_name="{{ params.sql_queue }}")
    fill = DliSqlOperator(task_id="fill", sql=FILL, queue_name="{{ params.sql_queue }}")
    stream = DliFlinkSqlJobOperator(
        task_id="stream",
        job_name="{{ params.job_name }}",
        sql=STREAM,
        queue_name="{{ params.flink_queue }}",
        flink_version="{{ params.flink_version }}",
        obs_bucket="{{ params.bucket }}",
        execution_agency_urn="{{ params.agency }}",
        settings={"checkpoint_enabled": True, "checkpoint_interval": 10},
        restore_from="{{ params.restore_from }}",
        wait_until="running",
    )
    enough_records = DliFlinkMetricSensor(
        task_id="enough_records",
        job_id=stream.output,
        metric="sources.records",
        aggregation="sum",
        threshold="{{ params.records }}",
        timeout=15 * 60,
    )
    backup = DliTriggerSavepointOperator(
        task_id="backup", job_id=stream.output, savepoint_directory="{{ params.bucket }}/backups/{{ params.job_name }}"
    )
    stop = DliStopFlinkJobOperator(task_id="stop", job_id=stream.output)
    shops >> fill >> stream >> enough_records >> backup >> stop
