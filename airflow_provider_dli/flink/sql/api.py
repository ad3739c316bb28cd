"""The SQL Gateway's REST API as one thing: how its errors read, and the list of its endpoints."""

from __future__ import annotations

from airflow_provider_dli.flink.api import complaint, explain, quote_for_flink, responder
from airflow_provider_dli.rest.endpoint import Api
from airflow_provider_dli.rest.request import Answer


def meant_status(answer: Answer) -> int:
    """Return the status that an answer should have had: the gateway says 500 to all that it cannot do."""
    return 400 if answer.status == 500 and complaint(answer) else answer.status


# Its versions are those of the API, which are not those of Flink.
SQL_GATEWAY = Api("Flink's SQL Gateway", "v1", explain, meant_status, responder=responder, quote=quote_for_flink)
