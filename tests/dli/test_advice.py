"""Advice is found by the code and the operation, in one table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.dli.advice import ADVICE, ANY, advice
from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.client import Dli
from airflow_provider_dli.dli.endpoints import flink_jobs, flink_savepoints, flink_sql_jobs
from airflow_provider_dli.rest.errors import refusal
from airflow_provider_dli.rest.request import Answer, Request

SAVEPOINT = flink_savepoints.import_savepoint(7, savepoint_path="bucket/a")
RUN, CREATE, LIST = flink_jobs.run(7), flink_sql_jobs.create(name="a"), flink_jobs.list_jobs()


def said(request: Request[Any], code: str, status: int = 400) -> str:
    body = json.dumps({"error_code": code, "error_msg": "Not so."}).encode()
    return str(refusal(request, "https://dli", Answer(status, {"content-type": "application/json"}, body)))


def test_every_operation_of_the_table_exists() -> None:
    assert Dli
    operations = {endpoint.availability.operation for endpoint in DLI.endpoints} | {ANY}
    assert {operation for lines in ADVICE.values() for operation in lines} <= operations


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        (CREATE, "DLI.0002", "Check the names of the queue"),
        (SAVEPOINT, "DLI.0002", "its folder must exist and hold the file _metadata"),
        (RUN, "DLI.0002", "resume_savepoint needs a savepoint that still exists"),
        (RUN, "DLI.0007", "open-source SQL needs exclusive_cluster"),
        (SAVEPOINT, "DLI.0007", "stop it before a savepoint is imported"),
        (LIST, "DLI.0007", "only some allow this"),
        (LIST, "APIGW.0101", "Check region and endpoint"),
        (RUN, "APIGW.0103", "Check region and endpoint"),
    ],
)
def test_an_error_ends_with_the_advice(request_: Request[Any], code: str, words: str) -> None:
    status = 404 if code.startswith("APIGW") else 400
    assert words in said(request_, code, status).rpartition("). ")[2]


@pytest.mark.parametrize("code", ["DLI.0002", "DLI.0008"])
def test_a_missing_job_is_no_missing_queue(code: str) -> None:
    assert "queue" not in said(LIST, code)


def test_nothing_is_known_of_a_new_code() -> None:
    assert advice("DLI.9999", "GET /") == ""
    assert said(LIST, "DLI.9999").endswith(").")
