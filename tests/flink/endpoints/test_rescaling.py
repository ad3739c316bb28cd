from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints import rescaling
from airflow_provider_dli.flink.endpoints.rescaling import Parallelism
from airflow_provider_dli.flink.version import Dialect, NotInThisVersion, Version
from airflow_provider_dli.rest.errors import BadRequest, RestError
from airflow_provider_dli.rest.request import Answer
from tests.flink.recordings import recorded, versions_with
from tests.flink.wire import same, told


def test_requirements_are_asked_for_by_the_job_s_id() -> None:
    request = rescaling.requirements("1")
    assert (request.method, request.path, request.safe) == ("GET", "/jobs/1/resource-requirements", True)
    assert request.availability
    assert request.availability.since == "1.18"


@pytest.mark.parametrize("version", versions_with("adaptive-resource-requirements-get-after-put"))
def test_requirements_are_told_by_vertex(version: str) -> None:
    recording = recorded(version, "adaptive-resource-requirements-get-after-put")
    read = recording.read()
    assert read.by_vertex == dict.fromkeys(recording.json, Parallelism(lower=1, upper=3))
    assert same(told(read), recording.json)


def test_a_job_without_vertices_requires_nothing() -> None:
    assert rescaling.requirements("1").decode(Answer(200, {}, b"{}")).by_vertex == {}


def test_what_is_no_requirement_is_refused() -> None:
    with pytest.raises(ValueError, match="parallelism"):
        rescaling.requirements("1").decode(Answer(200, {}, b'{"2": {}}'))


def test_requirements_are_set_as_pairs_and_may_be_set_twice() -> None:
    request = rescaling.set_requirements("1", {"2": (1, 4), "3": Parallelism(2, 2)})
    assert (request.method, request.path, request.repeatable) == ("PUT", "/jobs/1/resource-requirements", True)
    assert request.success == {200}
    assert json.loads(request.json or b"") == {
        "2": {"parallelism": {"lowerBound": 1, "upperBound": 4}},
        "3": {"parallelism": {"lowerBound": 2, "upperBound": 2}},
    }


@pytest.mark.parametrize("version", versions_with("adaptive-resource-requirements-get"))
def test_what_was_asked_for_can_be_set_again(version: str) -> None:
    recording = recorded(version, "adaptive-resource-requirements-get")
    request = rescaling.set_requirements("1", recording.read().by_vertex)
    assert json.loads(request.json or b"") == recording.json


@pytest.mark.parametrize("version", versions_with("adaptive-resource-requirements-put"))
def test_setting_returns_nothing(version: str) -> None:
    assert recorded(version, "adaptive-resource-requirements-put").read() is None


@pytest.mark.parametrize("version", versions_with("adaptive-resource-requirements-put-incomplete"))
def test_every_vertex_must_be_told(version: str) -> None:
    error = recorded(version, "adaptive-resource-requirements-put-incomplete").error()
    assert isinstance(error, BadRequest)
    assert "missing job vertex" in error.what


@pytest.mark.parametrize("version", versions_with("resource-requirements-put"))
def test_only_the_adaptive_scheduler_has_them(version: str) -> None:
    assert "AdaptiveScheduler" in recorded(version, "resource-requirements-put").error().what


def test_rescaling_of_old_is_triggered_and_asked_for() -> None:
    trigger, operation = rescaling.trigger("1", 4), rescaling.operation("1", "2")
    assert (trigger.method, trigger.path, trigger.query) == ("PATCH", "/jobs/1/rescaling", (("parallelism", "4"),))
    assert not trigger.repeatable
    assert (operation.method, operation.path, operation.safe) == ("GET", "/jobs/1/rescaling/2", True)


@pytest.mark.parametrize("endpoint", [rescaling.trigger, rescaling.operation])
def test_rescaling_of_old_is_over_since_1_9(endpoint: Any) -> None:
    Dialect(Version(1, 8)).check(endpoint.availability)
    with pytest.raises(NotInThisVersion, match=r"up to 1\.8; .* Use rescaling\.set_requirements \(PUT .*1\.18\+"):
        Dialect(Version(1, 9)).check(endpoint.availability)


@pytest.mark.parametrize("version", versions_with("rescaling-patch"))
def test_newer_flinks_refuse_it(version: str) -> None:
    with pytest.raises(RestError, match="Rescaling is temporarily disabled"):
        recorded(version, "rescaling-patch").read()


def test_rescaling_of_old_has_an_id() -> None:
    assert rescaling.trigger("1", 4).decode(Answer(200, {}, b'{"request-id": "2"}')) == "2"


@pytest.mark.parametrize(
    ("members", "done", "failed"),
    [
        ({"status": {"id": "IN_PROGRESS"}}, False, False),
        ({"status": {"id": "IN_PROGRESS"}, "operation": None}, False, False),
        ({"status": {"id": "COMPLETED"}, "operation": {}}, True, False),
        ({"status": {"id": "COMPLETED"}, "operation": {"failure-cause": None}}, True, False),
        ({"status": {"id": "COMPLETED"}, "operation": {"failure-cause": {"stack-trace": "x"}}}, True, True),
    ],
)
def test_rescaling_of_old_comes_along(members: dict[str, object], done: bool, failed: bool) -> None:
    read = rescaling.operation("1", "2").decode(Answer(200, {}, json.dumps(members).encode()))
    assert read.done is done
    assert bool(read.operation and read.operation.failure_cause) is failed
    assert same(told(read), members)
