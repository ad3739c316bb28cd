"""The SQL Gateway's REST API as one thing: how its errors read, and the list of its endpoints."""

from __future__ import annotations

from airflow_provider_dli.flink.api import explain
from airflow_provider_dli.rest.endpoint import Api

# Its versions are those of the API, which are not those of Flink.
SQL_GATEWAY = Api("Flink's SQL Gateway", "v1", explain)
