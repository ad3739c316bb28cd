from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints.savepoints import operation, stop, trigger
from airflow_provider_dli.flink.throwable import deepest
from airflow_provider_dli.flink.version import Dialect, NotInThisVersion, Version
from airflow_provider_dli.rest.errors import BadRequest, NotFound
from airflow_provider_dli.rest.request import Request
from tests.flink.recordings import recorded, versions_with

TRIGGER = "2" * 32
OLDEST, OLD, NEW = (Dialect(Version(1, minor)) for minor in (12, 14, 15))


def savepoint(dialect: Dialect, directory: str | None = "s3://a", savepoint_format: str | None = None) -> Request[str]:
    return trigger(dialect, "1", directory=directory, savepoint_format=savepoint_format, trigger_id=TRIGGER)


def stopping(dialect: Dialect, directory: str | None = "s3://a", savepoint_format: str | None = None) -> Request[str]:
    return stop(dialect, "1", directory=directory, savepoint_format=savepoint_format, drain=False, trigger_id=TRIGGER)


def body(request: Request[Any]) -> Any:
    return json.loads(request.json or b"")


class TestTriggering:
    def test_a_savepoint_under_an_id_of_ours_may_be_repeated(self) -> None:
        request = savepoint(NEW, savepoint_format="NATIVE")
        assert (request.method, request.path, request.repeatable) == ("POST", "/jobs/1/savepoints", True)
        assert body(request) == {"target-directory": "s3://a", "formatType": "NATIVE", "triggerId": TRIGGER}

    def test_a_stop_under_an_id_of_ours_may_be_repeated(self) -> None:
        request = stopping(NEW, savepoint_format="CANONICAL")
        assert (request.method, request.path, request.repeatable) == ("POST", "/jobs/1/stop", True)
        assert body(request) == {
            "targetDirectory": "s3://a",
            "drain": False,
            "formatType": "CANONICAL",
            "triggerId": TRIGGER,
        }

    def test_an_old_flink_chooses_the_id_and_so_nothing_is_repeated(self) -> None:
        assert body(savepoint(OLD)) == {"target-directory": "s3://a"}
        assert body(stopping(OLD)) == {"targetDirectory": "s3://a", "drain": False}
        assert not savepoint(OLD).repeatable
        assert not stopping(OLD).repeatable

    def test_the_oldest_want_to_be_told_what_is_false(self) -> None:
        assert body(savepoint(OLDEST)) == {"target-directory": "s3://a", "cancel-job": False}

    def test_the_cluster_s_own_directory_is_not_named(self) -> None:
        assert body(savepoint(NEW, None)) == {"triggerId": TRIGGER}
        assert body(stopping(NEW, None)) == {"drain": False, "triggerId": TRIGGER}

    @pytest.mark.parametrize("request_", [savepoint, stopping])
    def test_an_old_flink_knows_no_formats(self, request_: Any) -> None:
        with pytest.raises(NotInThisVersion, match=r"savepoint_format needs Flink 1\.15"):
            request_(OLD, savepoint_format="NATIVE")

    @pytest.mark.parametrize("version", versions_with("stop"))
    def test_returns_the_operation_s_id(self, version: str) -> None:
        recording = recorded(version, "stop")
        assert recording.read() == recording.json["request-id"]

    def test_without_any_directory_is_refused(self) -> None:
        with pytest.raises(BadRequest, match=r"Config key \[execution.checkpointing.savepoint-dir\] is not set"):
            recorded("2.3.0", "savepoint-no-target-directory").read()


class TestFollowing:
    def test_asks_by_both_ids(self) -> None:
        assert operation("1", TRIGGER).path == f"/jobs/1/savepoints/{TRIGGER}"

    @pytest.mark.parametrize("version", versions_with("savepoint-status-immediately"))
    def test_while_it_is_under_way(self, version: str) -> None:
        seen = recorded(version, "savepoint-status-immediately").read()
        assert (seen.done, seen.location, seen.failure) == (False, None, None)

    @pytest.mark.parametrize("version", versions_with("savepoint-status-completed"))
    def test_when_it_has_ended_well(self, version: str) -> None:
        recording = recorded(version, "savepoint-status-completed")
        seen = recording.read()
        assert (seen.done, seen.location, seen.failure) == (True, recording.json["operation"]["location"], None)
        assert "savepoint-" in seen.location

    @pytest.mark.parametrize("version", versions_with("stop-status"))
    def test_when_a_stop_has_ended_well(self, version: str) -> None:
        assert recorded(version, "stop-status").read().location

    @pytest.mark.parametrize("version", versions_with("savepoint-bad-dir-status"))
    def test_when_it_has_ended_badly(self, version: str) -> None:
        ended = recorded(version, "savepoint-bad-dir-status").read()
        assert (ended.done, ended.location) == (True, None)
        assert str(deepest(ended.failure)) == "IOException: Failed to create savepoint directory at /proc/nope"

    @pytest.mark.parametrize("version", versions_with("savepoint-unknown-trigger"))
    def test_when_it_is_forgotten(self, version: str) -> None:
        with pytest.raises(NotFound):
            recorded(version, "savepoint-unknown-trigger").read()
