from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints.exceptions import exceptions
from airflow_provider_dli.flink.throwable import deepest
from airflow_provider_dli.flink.version import Dialect, NotInThisVersion, Version
from airflow_provider_dli.rest.request import Answer
from tests.flink.recordings import recorded, versions_with

NEW = Dialect(Version(2, 3))


@pytest.mark.parametrize("version", versions_with("exceptions"))
def test_they_name_the_cause_and_the_task(version: str) -> None:
    history = recorded(version, "exceptions").read().newest_first
    assert {str(deepest(one.stacktrace)) for one in history} == {"RuntimeException: probe failure at record 20"}
    assert [one.place for one in history if one.task_name][:1] == ["localhost:18111"]
    assert all(one.timestamp > 1_700_000_000_000 for one in history)


def test_they_come_newest_first_each_followed_by_those_that_came_with_it() -> None:
    assert [one.task_name for one in recorded("2.3.0", "exceptions").read().newest_first] == [
        None,
        "Source: Sequence Source -> Work (1/1) - execution #1",
        "Source: Sequence Source -> Work (1/1) - execution #0",
    ]


def test_those_of_an_old_flink_are_the_root_exception() -> None:
    (only,) = recorded("1.9.3", "exceptions").read().newest_first
    assert only.task_name == "Source: Custom Source -> Work (1/1)"


@pytest.mark.parametrize("version", versions_with("exceptions-none"))
def test_those_of_a_job_without_any_are_none(version: str) -> None:
    assert recorded(version, "exceptions-none").read().newest_first == ()


@pytest.mark.parametrize(
    "told",
    [
        b'{"root-exception": null, "all-exceptions": []}',
        b'{"exceptionHistory": null}',
        b'{"exceptionHistory": {"entries": []}}',
        b"{}",
    ],
)
def test_they_may_be_missing_in_many_ways(told: bytes) -> None:
    assert exceptions(NEW, "1").decode(Answer(200, {}, told)).newest_first == ()


def test_they_are_read_where_members_are_null() -> None:
    told = b"""{"exceptionHistory": {"entries": [
        {"stacktrace": "x", "timestamp": 5, "taskName": null, "endpoint": null, "concurrentExceptions": null}
    ]}}"""
    (only,) = exceptions(NEW, "1").decode(Answer(200, {}, told)).newest_first
    assert (only.stacktrace, only.timestamp, only.task_name, only.place) == ("x", 5, None, "")


def test_fewer_can_be_asked_for() -> None:
    request = exceptions(NEW, "1", max_exceptions=0, failure_label="type:user")
    assert request.query == (("maxExceptions", "0"), ("failureLabelFilter", "type:user"))


@pytest.mark.parametrize(
    ("version", "asked", "needs"),
    [
        (Version(1, 9), {"max_exceptions": 1}, r"max_exceptions needs Flink 1\.10"),
        (Version(1, 17), {"failure_label": "a:b"}, r"failure_label needs Flink 1\.18"),
    ],
    ids=["max_exceptions", "failure_label"],
)
def test_an_older_flink_is_not_asked_for_what_it_does_not_know(version: Version, asked: Any, needs: str) -> None:
    with pytest.raises(NotInThisVersion, match=needs):
        exceptions(Dialect(version), "1", **asked)
