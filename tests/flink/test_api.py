from __future__ import annotations

import inspect
import json
import re
from typing import Any

import pytest

import airflow_provider_dli.flink.listing  # noqa: F401  (every endpoint registers itself)
from airflow_provider_dli import flink
from airflow_provider_dli.flink.api import FLINK, complaint, explain, names
from airflow_provider_dli.flink.sql.api import SQL_GATEWAY
from airflow_provider_dli.flink.sql.version import RELEASES
from airflow_provider_dli.rest.endpoint import Endpoint, Parts
from airflow_provider_dli.rest.errors import NoAnswer
from airflow_provider_dli.rest.request import Answer
from tests.flink.operations import OPERATIONS, Operation
from tests.flink.recordings import recorded
from tests.rest.clients import LOOK
from tests.rest.simulation import failed

# Flink still knows these paths, and has refused what they ask for since 1.9.
REFUSED_SINCE_1_9 = {
    "PATCH /jobs/:jobid": "mode=stop",
    "PATCH /jobs/:jobid/rescaling": "",
    "GET /jobs/:jobid/rescaling/:triggerid": "",
}
ENDPOINTS = [*FLINK.endpoints, *SQL_GATEWAY.endpoints]
EACH = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: f"{one.__module__}.{one.__name__}")
BY_NAME = {str(one): one for one in reversed(OPERATIONS)}


def operation_of(endpoint: Endpoint[..., Any]) -> Operation:
    return BY_NAME[endpoint.availability.operation]


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_operation_has_an_endpoint(operation: Operation) -> None:
    api = SQL_GATEWAY if operation.group == "sql-gateway" else FLINK
    assert api.find(operation.method, re.sub(r":\w+", "x", operation.path))


@EACH
def test_an_endpoint_is_an_operation_of_flink_s(endpoint: Endpoint[..., Any]) -> None:
    operation, told = operation_of(endpoint), endpoint.availability
    if operation.group == "sql-gateway":
        assert RELEASES[int(told.since.lstrip("v"))] == operation.since
    elif told.until == "1.8":
        assert told.operation in REFUSED_SINCE_1_9
    else:
        assert (told.since, told.until) == (operation.since.lstrip("<="), operation.until)


@EACH
def test_an_endpoint_says_what_it_does(endpoint: Endpoint[..., Any]) -> None:
    document = inspect.getdoc(endpoint) or ""
    assert len(document.split("\n")[0]) > 20
    assert re.findall(r":param (\w+):", document) == list(inspect.signature(endpoint).parameters)


@EACH
def test_an_endpoint_that_is_gone_says_what_to_use_instead(endpoint: Endpoint[..., Any]) -> None:
    assert bool(endpoint.availability.until) == bool(endpoint.availability.instead) or endpoint.method == "POST"


@EACH
def test_an_endpoint_explains_refusals_as_flink_does(endpoint: Endpoint[..., Any]) -> None:
    request = endpoint.request(Parts(["x"] * endpoint.template.count("/:")))
    assert request.explain is explain
    assert request.availability is endpoint.availability


def test_all_are_there() -> None:
    assert len(OPERATIONS) == 139
    assert flink.__doc__


@pytest.mark.parametrize(
    ("path", "name"),
    [("/jobs/overview", "overview"), ("/jobs/abc", "detail"), ("/jobs/metrics", "of_jobs"), ("/jobs", "ids")],
)
def test_the_endpoint_of_a_path_is_the_most_exact_one(path: str, name: str) -> None:
    found = FLINK.find("GET", path)
    assert found
    assert found.__name__ == name


def test_a_path_that_is_none_of_flink_s_has_no_endpoint() -> None:
    assert FLINK.find("GET", "/nope") is None
    assert FLINK.find("PUT", "/jobs") is None


def refusal(body: object, kind: str = "application/json") -> Answer:
    return Answer(500, {"content-type": kind}, body if isinstance(body, bytes) else json.dumps(body).encode())


class TestComplaint:
    def test_is_the_last_of_the_errors(self) -> None:
        assert complaint(refusal({"errors": ["Internal server error.", "<Exception on server side:..."]})) == (
            "<Exception on server side:..."
        )

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html>",
            b"\xff\xfe\x00",
            [],
            "errors",
            7,
            None,
            {},
            {"errors": None},
            {"errors": 7},
            {"errors": []},
            {"errors": [{"message": "no"}]},
            {"errors": [None]},
        ],
        ids=repr,
    )
    def test_is_empty_where_it_is_none_of_flink_s(self, body: object) -> None:
        assert complaint(refusal(body)) == ""


class TestExplain:
    def test_says_the_deepest_cause(self) -> None:
        assert explain(recorded("2.3.0", "run-main-throws").answer) == "IllegalStateException: probe main failure: x"

    def test_says_a_clean_sentence_as_it_is(self) -> None:
        assert explain(recorded("1.9.3", "job-unknown").answer) == "Job 00000000000000000000000000000001 not found"

    def test_says_the_first_line_of_what_is_not_flink_s(self) -> None:
        assert explain(refusal(b"upstream gone\nsee log", "text/plain")) == "upstream gone"

    def test_says_nothing_where_nothing_came(self) -> None:
        assert explain(recorded("2.3.0", "json-body-over-max-content-length").answer) == ""


class TestNames:
    @pytest.mark.parametrize(
        ("version", "name"),
        [
            ("1.9.3", "JobSubmissionException"),
            ("1.10.3", "DuplicateJobSubmissionException"),
            ("1.11.4", "DuplicateJobSubmissionException"),
            ("1.20.5", "DuplicateJobSubmissionException"),
            ("2.2.1", "DuplicateJobSubmissionException"),
            ("2.3.0", "DuplicateApplicationSubmissionException"),
        ],
    )
    def test_tell_a_duplicate(self, version: str, name: str) -> None:
        assert name in names(recorded(version, "jobid-again-while-running").error())

    def test_tell_a_missing_class(self) -> None:
        assert "ClassNotFoundException" in names(recorded("2.3.0", "run-wrong-entry-class").error())

    def test_are_none_without_an_answer(self) -> None:
        assert names(failed(NoAnswer, LOOK)) == frozenset()
