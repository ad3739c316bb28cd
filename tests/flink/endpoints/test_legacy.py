from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import airflow_provider_dli.flink.client  # noqa: F401  registers the others
from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints import (  # noqa: F401  each registers itself
    accumulators,
    jars,
    job_settings,
    legacy,
    subtasks,
    vertices,
)
from airflow_provider_dli.flink.version import Dialect, NotInThisVersion, Version
from airflow_provider_dli.rest.request import Answer
from tests.flink.wire import same, told

SAMPLES = json.loads((Path(__file__).parents[1] / "data" / "legacy_answers.json").read_text())
MODERN = {
    legacy.vertices: "jobs.detail",
    legacy.cancel: "jobs.cancel",
    legacy.cancel_with_savepoint: "savepoints.stop",
    legacy.cancel_with_savepoint_to: "savepoints.stop",
    legacy.cancel_with_savepoint_progress: "savepoints.operation",
}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample['method']} {sample['path']}")
def test_what_the_oldest_answer_in_its_legacy_mode_is_read_and_nothing_is_lost(sample: dict[str, Any]) -> None:
    endpoint = FLINK.find(sample["method"], sample["path"])
    assert endpoint
    decoded = endpoint.decode(Answer(200, {}, json.dumps(sample["json"]).encode()))
    assert same({} if decoded is None else told(decoded), sample["json"])


@pytest.mark.parametrize(
    ("request_", "method", "path"),
    [
        (legacy.vertices("1"), "GET", "/jobs/1/vertices"),
        (legacy.cancel("1"), "DELETE", "/jobs/1/cancel"),
        (legacy.cancel_with_savepoint("1"), "GET", "/jobs/1/cancel-with-savepoint/"),
        (
            legacy.cancel_with_savepoint_to("1", "hdfs:///a b"),
            "GET",
            "/jobs/1/cancel-with-savepoint/target-directory/hdfs%3A%2F%2F%2Fa%20b",
        ),
        (legacy.cancel_with_savepoint_progress("1", 7), "GET", "/jobs/1/cancel-with-savepoint/in-progress/7"),
    ],
)
def test_the_paths_are_those_of_old(request_: Any, method: str, path: str) -> None:
    assert (request_.method, request_.path, request_.success) == (method, path, {200})


def test_a_get_that_cancels_is_no_safe_request() -> None:
    for request in (legacy.cancel_with_savepoint("1"), legacy.cancel_with_savepoint_to("1", "/a")):
        assert (request.safe, request.repeatable) == (False, False)
    assert legacy.cancel("1").repeatable
    assert legacy.vertices("1").safe
    assert legacy.cancel_with_savepoint_progress("1", 7).safe


@pytest.mark.parametrize(("endpoint", "modern"), MODERN.items())
def test_newer_flinks_have_something_instead(endpoint: Any, modern: str) -> None:
    Dialect(Version(1, 7)).check(endpoint.availability)
    with pytest.raises(NotInThisVersion, match=rf"up to 1\.7; .* Use {modern} "):
        Dialect(Version(1, 8)).check(endpoint.availability)


def test_how_a_savepoint_comes_along() -> None:
    path = "/jobs/1/cancel-with-savepoint/in-progress/1"
    samples = [sample["json"] for sample in SAMPLES if "/in-progress/" in sample["path"]]
    decode = legacy.cancel_with_savepoint_progress("1", 1).decode
    read = [decode(Answer(200, {}, json.dumps(sample).encode())) for sample in samples]
    assert legacy.cancel_with_savepoint_progress("1", 1).path == path
    assert [one.status for one in read] == ["in-progress", "success", "failed"]
    assert [(one.savepoint_path, one.cause) for one in read] == [
        (None, None),
        ("<savepointPath>", None),
        (None, "<error message>"),
    ]
