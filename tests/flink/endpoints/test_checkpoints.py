from __future__ import annotations

import pytest

from airflow_provider_dli.flink.endpoints.checkpoints import Checkpoint
from tests.flink.recordings import recorded, versions_with


@pytest.mark.parametrize("version", versions_with("checkpoints"))
def test_what_a_job_has_made(version: str) -> None:
    recording = recorded(version, "checkpoints")
    made = recording.read()
    counts = recording.json["counts"]
    assert (made.counts.completed, made.counts.failed) == (counts["completed"], counts["failed"])
    assert [one.id for one in made.history] == [one["id"] for one in recording.json["history"]]


@pytest.mark.parametrize("version", ["1.9.3", "1.14.6", "1.20.5", "2.3.0"])
def test_one_in_the_job_manager_s_memory_lies_nowhere(version: str) -> None:
    latest = recorded(version, "checkpoints").read().latest.completed
    assert (latest.status, latest.is_savepoint, latest.path, latest.failure_message) == ("COMPLETED", False, None, None)
    assert latest.state_size > 0
    assert latest.trigger_timestamp < latest.latest_ack_timestamp


@pytest.mark.parametrize("version", versions_with("checkpoints-after-stop"))
def test_a_savepoint_lies_somewhere(version: str) -> None:
    made = recorded(version, "checkpoints-after-stop").read()
    assert made.latest.savepoint.is_savepoint
    assert made.latest.savepoint.path.startswith("file:/flink/sp/")
    assert not made.latest.completed.is_savepoint


@pytest.mark.parametrize("version", versions_with("checkpoints-when-none"))
def test_nothing_made_yet(version: str) -> None:
    made = recorded(version, "checkpoints-when-none").read()
    assert (made.counts.completed, made.counts.failed, made.history) == (0, 0, ())
    assert made.latest.completed is made.latest.savepoint is None


def test_a_failed_one_says_why() -> None:
    entry = {
        "className": "failed",
        "id": 5,
        "status": "FAILED",
        "is_savepoint": False,
        "trigger_timestamp": 10,
        "latest_ack_timestamp": -1,
        "failure_timestamp": 20,
        "failure_message": "Checkpoint expired before completing.",
    }
    failed = Checkpoint.model_validate(entry)
    assert (failed.path, failed.failure_timestamp) == (None, 20)
    assert failed.failure_message == "Checkpoint expired before completing."


@pytest.mark.parametrize("version", versions_with("checkpoints-savepoint-in-progress"))
def test_one_under_way_lies_nowhere_yet(version: str) -> None:
    newest = recorded(version, "checkpoints-savepoint-in-progress").read().history[0]
    assert (newest.status, newest.path) == ("IN_PROGRESS", None)


@pytest.mark.parametrize("version", versions_with("checkpoints-config"))
def test_how_a_job_makes_them(version: str) -> None:
    settings = recorded(version, "checkpoints-config").read()
    assert (settings.is_periodic, settings.interval, settings.timeout) == (True, 1_000, 600_000)


@pytest.mark.parametrize("version", versions_with("checkpoints-config-when-disabled"))
def test_how_a_job_makes_none(version: str) -> None:
    assert not recorded(version, "checkpoints-config-when-disabled").read().is_periodic
