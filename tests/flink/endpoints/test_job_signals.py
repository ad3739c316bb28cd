from __future__ import annotations

import json

import pytest

from airflow_provider_dli.flink.endpoints.job_signals import heartbeat, stop_by_get
from airflow_provider_dli.rest.errors import Redirected
from tests.flink.recordings import recorded, versions_with


def test_a_heartbeat_says_until_when_and_may_be_repeated() -> None:
    request = heartbeat("1", 1_700_000_000_000)
    assert (request.method, request.path, request.repeatable) == ("PATCH", "/jobs/1/clientHeartbeat", True)
    assert request.success == {202}
    assert json.loads(request.json or b"") == {"expiredTimestamp": 1_700_000_000_000}
    assert request.availability
    assert request.availability.since == "1.17"


@pytest.mark.parametrize("version", versions_with("client-heartbeat"))
def test_a_heartbeat_is_accepted(version: str) -> None:
    assert recorded(version, "client-heartbeat").read() is None


def test_a_get_that_stops_is_no_safe_request() -> None:
    request = stop_by_get("1")
    assert (request.method, request.path, request.safe) == ("GET", "/jobs/1/yarn-stop", False)
    assert (request.success, request.repeatable) == (frozenset({202}), False)


@pytest.mark.parametrize("version", versions_with("yarn-stop"))
def test_stopping_by_get_is_refused(version: str) -> None:
    error = recorded(version, "yarn-stop").error()
    assert isinstance(error, Redirected)
    assert 'The termination mode "stop" has been removed' in error.what
