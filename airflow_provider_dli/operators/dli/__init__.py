"""Operators for Huawei Cloud DLI. Each is loaded when first asked for: a DAG file parses fast."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    operator = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = operator
    return operator


def __dir__() -> list[str]:
    return __all__
