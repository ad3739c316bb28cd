"""Operators for Huawei Cloud DLI. Each is loaded when first asked for: a DAG file parses fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_dli.operators.exports import loaded_when_asked_for

if TYPE_CHECKING:
    from airflow_provider_dli.operators.dli.edge import DliReportEdgeJobStatusOperator
    from airflow_provider_dli.operators.dli.ends import DliDeleteFlinkJobOperator, DliStopFlinkJobOperator
    from airflow_provider_dli.operators.dli.runs import (
        DliFlinkJarJobOperator,
        DliFlinkSqlJobOperator,
        DliRunFlinkJobOperator,
    )
    from airflow_provider_dli.operators.dli.savepoints import DliImportSavepointOperator, DliTriggerSavepointOperator
    from airflow_provider_dli.operators.dli.spark import DliSparkBatchOperator
    from airflow_provider_dli.operators.dli.sql import DliSqlOperator

_MODULES = {
    "DliDeleteFlinkJobOperator": "ends",
    "DliFlinkJarJobOperator": "runs",
    "DliFlinkSqlJobOperator": "runs",
    "DliImportSavepointOperator": "savepoints",
    "DliReportEdgeJobStatusOperator": "edge",
    "DliRunFlinkJobOperator": "runs",
    "DliSparkBatchOperator": "spark",
    "DliSqlOperator": "sql",
    "DliStopFlinkJobOperator": "ends",
    "DliTriggerSavepointOperator": "savepoints",
}

__all__ = [
    "DliDeleteFlinkJobOperator",
    "DliFlinkJarJobOperator",
    "DliFlinkSqlJobOperator",
    "DliImportSavepointOperator",
    "DliReportEdgeJobStatusOperator",
    "DliRunFlinkJobOperator",
    "DliSparkBatchOperator",
    "DliSqlOperator",
    "DliStopFlinkJobOperator",
    "DliTriggerSavepointOperator",
]


__getattr__ = loaded_when_asked_for(__name__, _MODULES)


def __dir__() -> list[str]:
    return __all__
