from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints import datasets
from airflow_provider_dli.rest.request import Answer, Request
from tests.flink.recordings import recorded, versions_with
from tests.flink.wire import same, told

ID = "1" * 32


def read(request: Request[Any], answer: Any) -> Any:
    return request.decode(Answer(200, {}, json.dumps(answer).encode()))


@pytest.mark.parametrize(
    ("request_", "method", "path", "status"),
    [
        (datasets.overview(), "GET", "/datasets", 200),
        (datasets.delete(ID), "DELETE", f"/datasets/{ID}", 202),
        (datasets.deletion(ID), "GET", f"/datasets/delete/{ID}", 200),
    ],
    ids=str,
)
def test_they_are_asked_for(request_: Request[Any], method: str, path: str, status: int) -> None:
    assert (request_.method, request_.path, request_.success) == (method, path, frozenset({status}))
    assert (request_.safe, request_.repeatable) == (method == "GET", method == "DELETE")
    assert request_.availability
    assert (request_.availability.since, request_.availability.until) == ("1.11", None)


@pytest.mark.parametrize("version", versions_with("datasets"))
def test_there_may_be_none(version: str) -> None:
    recording = recorded(version, "datasets")
    assert recording.read().data_sets == ()
    assert same(told(recording.read()), recording.json)


def test_one_may_lack_partitions() -> None:
    answer = {"dataSets": [{"id": ID, "isComplete": False}]}
    found = read(datasets.overview(), answer)
    assert [(one.id, one.is_complete) for one in found.data_sets] == [(ID, False)]
    assert same(told(found), answer)


def test_deleting_one_returns_the_id_to_follow_it_by() -> None:
    assert read(datasets.delete(ID), {"request-id": "2" * 32}) == "2" * 32


@pytest.mark.parametrize(
    ("answer", "done", "failure"),
    [
        ({"status": {"id": "IN_PROGRESS"}, "operation": None}, False, None),
        ({"status": {"id": "COMPLETED"}, "operation": {}}, True, None),
        (
            {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": {"class": "a.B", "stack-trace": "a.B: c"}}},
            True,
            "a.B: c",
        ),
    ],
    ids=["under way", "ended well", "ended badly"],
)
def test_a_deletion_is_followed(answer: Any, done: bool, failure: str | None) -> None:
    deletion = read(datasets.deletion(ID), answer)
    assert (deletion.done, deletion.failure) == (done, failure)
    assert same(told(deletion), answer)
