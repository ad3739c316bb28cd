"""The project is put into requests, and looked for once."""

from __future__ import annotations

import pytest

from airflow_provider_dli.dli.endpoints import flink_jobs, queues
from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.rest.errors import NotReachable
from airflow_provider_dli.rest.flow import Flow, drive, pause
from airflow_provider_dli.rest.request import Request
from tests.rest.simulation import Simulation, failed


class Projects:
    """Finds a project, and counts how often it is asked to."""

    def __init__(self, project: str = "a1", failures: int = 0) -> None:
        self.project = project
        self.failures = failures
        self.asked = 0

    def find(self) -> Flow[str]:
        self.asked += 1
        yield from pause(1, "looking")
        if self.asked <= self.failures:
            raise failed(NotReachable, flink_jobs.list_jobs())
        return self.project


def sent(gate: Gate, *requests: Request[object]) -> list[Request[object]]:
    simulation = Simulation([None])
    for request in requests:
        simulation.run(gate.ask(request))
    return simulation.sent


def test_a_request_goes_into_the_project() -> None:
    (request,) = sent(Gate(Projects().find), flink_jobs.detail(7))
    assert request.path == "/v1.0/a1/streaming/jobs/7"
    assert request.headers == (("X-Project-Id", "a1"),)
    assert request.method == "GET"
    assert request.availability == flink_jobs.detail(7).availability


def test_its_own_headers_and_body_stay() -> None:
    run = flink_jobs.run(7)
    (request,) = sent(Gate(Projects().find), run)
    assert (request.json, request.query, request.explain) == (run.json, run.query, run.explain)


def test_the_project_is_looked_for_once_and_when_it_is_needed() -> None:
    projects = Projects()
    gate = Gate(projects.find)
    assert drive(gate.dialect(), lambda step: None) is None
    assert projects.asked == 0
    assert len(sent(gate, flink_jobs.detail(7), queues.overview())) == 2
    assert projects.asked == 1


def test_one_that_was_not_found_is_looked_for_again() -> None:
    projects = Projects(failures=1)
    gate = Gate(projects.find)
    with pytest.raises(NotReachable):
        sent(gate, flink_jobs.detail(7))
    assert len(sent(gate, flink_jobs.detail(7))) == 1
    assert projects.asked == 2


def test_a_project_cannot_lead_elsewhere() -> None:
    (request,) = sent(Gate(Projects("../v2/x?y").find), flink_jobs.detail(7))
    assert request.path == "/v1.0/..%2Fv2%2Fx%3Fy/streaming/jobs/7"


def test_what_looks_like_a_place_for_the_project_in_a_value_is_none() -> None:
    (request,) = sent(Gate(Projects().find), queues.detail("{project_id}"))
    assert request.path.endswith("/queues/%7Bproject_id%7D")
