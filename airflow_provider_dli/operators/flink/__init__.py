"""Operators for clusters that speak Flink's REST API. Each is loaded when first asked for: a DAG file parses fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_dli.operators.exports import loaded_when_asked_for

if TYPE_CHECKING:
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

_MODULES = {
    "FlinkCancelJobOperator": "ends",
    "FlinkDeleteJarOperator": "jars",
    "FlinkDisposeSavepointOperator": "disposals",
    "FlinkRescaleJobOperator": "rescale",
    "FlinkRunJarOperator": "jars",
    "FlinkSqlOperator": "sql",
    "FlinkStopJobOperator": "ends",
    "FlinkTriggerCheckpointOperator": "checkpoints",
    "FlinkTriggerSavepointOperator": "savepoints",
    "FlinkUploadJarOperator": "jars",
}

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


__getattr__ = loaded_when_asked_for(__name__, _MODULES)


def __dir__() -> list[str]:
    return __all__
