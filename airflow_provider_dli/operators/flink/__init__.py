"""Operators for clusters that speak Flink's REST API."""

from airflow_provider_dli.operators.flink.checkpoints import FlinkTriggerCheckpointOperator
from airflow_provider_dli.operators.flink.disposals import FlinkDisposeSavepointOperator
from airflow_provider_dli.operators.flink.ends import FlinkCancelJobOperator, FlinkStopJobOperator
from airflow_provider_dli.operators.flink.jars import (
    FlinkDeleteJarOperator,
    FlinkRunJarOperator,
    FlinkUploadJarOperator,
)
from airflow_provider_dli.operators.flink.rescale import FlinkRescaleJobOperator
from airflow_provider_dli.operators.flink.savepoints import FlinkTriggerSavepointOperator
from airflow_provider_dli.operators.flink.sql import FlinkSqlOperator

__all__ = [
    "FlinkCancelJobOperator",
    "FlinkDeleteJarOperator",
    "FlinkDisposeSavepointOperator",
    "FlinkRescaleJobOperator",
    "FlinkRunJarOperator",
    "FlinkSqlOperator",
    "FlinkStopJobOperator",
    "FlinkTriggerCheckpointOperator",
    "FlinkTriggerSavepointOperator",
    "FlinkUploadJarOperator",
]
