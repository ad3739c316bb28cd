"""Operators for clusters that speak Flink's REST API."""

from airflow_provider_dli.operators.flink.ends import FlinkCancelJobOperator, FlinkStopJobOperator
from airflow_provider_dli.operators.flink.jars import FlinkRunJarOperator, FlinkUploadJarOperator
from airflow_provider_dli.operators.flink.savepoints import FlinkTriggerSavepointOperator

__all__ = [
    "FlinkCancelJobOperator",
    "FlinkRunJarOperator",
    "FlinkStopJobOperator",
    "FlinkTriggerSavepointOperator",
    "FlinkUploadJarOperator",
]
