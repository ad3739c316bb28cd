from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli import flink
from airflow_provider_dli.flink.api import FLINK, complaint, explain, names
from airflow_provider_dli.rest.endpoint import Endpoint
from airflow_provider_dli.rest.errors import NoAnswer
from airflow_provider_dli.rest.request import Answer
from tests.flink.recordings import REQUESTS, recorded
from tests.rest.clients import LOOK
from tests.rest.simulation import failed

# Every operation of every version from 1.7 to 2.3, and the first version that has it.
OPERATIONS = json.loads((Path(__file__).parent / "data" / "operations.json").read_text())
SINCE: Mapping[tuple[str, str], str] = {
    (one["method"], re.sub(r"{(\w+)}", r":\1", one["path_template"])): one["since"] for one in OPERATIONS
}
EACH = pytest.mark.parametrize("endpoint", FLINK.endpoints, ids=lambda one: one.__name__)


@EACH
def test_an_endpoint_is_an_operation_of_flink_s(endpoint: Endpoint[..., Any]) -> None:
    assert SINCE[endpoint.method, endpoint.template] == endpoint.since


@EACH
def test_an_endpoint_says_what_it_does(endpoint: Endpoint[..., Any]) -> None:
    document = inspect.getdoc(endpoint) or ""
    assert len(document.split("\n")[0]) > 20
    assert re.findall(r":param (\w+):", document) == list(inspect.signature(endpoint).parameters)


@EACH
def test_an_endpoint_explains_refusals_as_flink_does(endpoint: Endpoint[..., Any]) -> None:
    path = "/".join("x" if part.startswith(":") else part for part in endpoint.template.split("/"))
    key = f"{endpoint.method} {endpoint.template}"
    request = REQUESTS[key](*["x"] * key.count("/:"))
    assert (request.method, request.path) == (endpoint.method, path)
    assert request.explain is explain


def test_every_endpoint_is_known() -> None:
    assert len(FLINK.endpoints) == len(REQUESTS) == 21
    assert flink.__doc__


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
