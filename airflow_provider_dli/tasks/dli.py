"""Tasks whose jobs are on DLI."""

from __future__ import annotations

from airflow_provider_dli.tasks.place import Place

#: Advice for templates with a variable that Airflow does not have: DLI writes its own in the same way.
GLOBAL_VARIABLES = (
    "If it is a global variable of DLI, let Jinja leave it alone: {% raw %}{{ name }}{% endraw %}, or give the DAG "
    "other delimiters with jinja_environment_kwargs."
)

DLI = Place("airflow_provider_dli.hooks.dli.DliHook", "dli_conn_id")
DLI_SPARK = Place("airflow_provider_dli.hooks.dli.DliSparkHook", "dli_conn_id")
DLI_SQL = Place("airflow_provider_dli.hooks.dli.DliSqlHook", "dli_conn_id")
