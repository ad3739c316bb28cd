"""Tasks whose jobs are on DLI."""

from __future__ import annotations

from airflow_provider_dli.tasks.parameters import job_number, text
from airflow_provider_dli.tasks.place import Place

DLI = Place("airflow_provider_dli.hooks.dli.DliHook", "dli_conn_id", job_number)
DLI_SPARK = Place("airflow_provider_dli.hooks.dli.DliSparkHook", "dli_conn_id", text)
DLI_SQL = Place("airflow_provider_dli.hooks.dli.DliSqlHook", "dli_conn_id", text)
