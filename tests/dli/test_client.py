from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.dli.client import Dli
from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.rest.exchange import read
from airflow_provider_dli.rest.flow import Flow, drive
from airflow_provider_dli.rest.request import Answer, Request

DETAIL = {"is_success": "true", "job_detail": {"job_id": 104, "status": "job_running"}}


class Server:
    """Answers every request with one answer, and keeps them."""

    def __init__(self, body: object, status: int = 200) -> None:
        self.requests: list[Request[Any]] = []
        self._answer = Answer(status, {}, json.dumps(body).encode())

    def run(self, flow: Flow[Any]) -> Any:
        return drive(flow, self._perform)

    def _perform(self, step: Any) -> Any:
        self.requests.append(step)
        return read(step, "https://dli.example.com", self._answer)


def project() -> Flow[str]:
    yield from ()
    return "p1"


def test_an_operation_is_a_method_and_goes_to_the_project() -> None:
    server = Server(DETAIL)
    assert Dli(server.run, Gate(project)).flink_jobs.detail(104).job_detail.status == "job_running"
    (request,) = server.requests
    assert str(request) == "GET /v1.0/p1/streaming/jobs/104"
    assert ("X-Project-Id", "p1") in request.headers


@pytest.mark.parametrize(
    "name",
    ["flink_jobs", "flink_templates", "edge", "spark", "spark_templates", "sql", "sql_templates", "queues", "tags"],
)
def test_what_belongs_together_is_a_group(name: str) -> None:
    group = getattr(Dli(Server({}).run, Gate(project)), name)
    assert type(group).__doc__


def test_a_method_tells_what_it_takes() -> None:
    create_sql: Any = Dli(Server({}).run, Gate(project)).flink_jobs.create_sql
    assert "checkpoint_interval" in create_sql.__signature__.parameters
    assert ":param checkpoint_interval: seconds" in create_sql.__doc__


def test_there_is_no_dialect() -> None:
    assert Dli(Server({}).run, Gate(project)).dialect() is None
