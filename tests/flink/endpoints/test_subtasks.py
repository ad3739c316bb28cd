from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints import subtasks
from airflow_provider_dli.rest.errors import NotFound
from tests.flink.recordings import recorded, versions_with
from tests.flink.wire import same, told

WELL = [
    (version, name)
    for name in ("vertex-subtasks-accumulators", "subtask", "subtask-attempt", "subtask-attempt-accumulators")
    for version in versions_with(name)
]


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        (subtasks.accumulators("1", "2"), "/jobs/1/vertices/2/subtasks/accumulators"),
        (subtasks.detail("1", "2", 0), "/jobs/1/vertices/2/subtasks/0"),
        (subtasks.attempt("1", "2", 0, 3), "/jobs/1/vertices/2/subtasks/0/attempts/3"),
        (subtasks.attempt_accumulators("1", "2", 0, 3), "/jobs/1/vertices/2/subtasks/0/attempts/3/accumulators"),
    ],
)
def test_tasks_are_asked_for_by_index_and_attempt(request_: Any, path: str) -> None:
    assert (request_.method, request_.path, request_.query, request_.safe) == ("GET", path, (), True)


@pytest.mark.parametrize(("version", "name"), WELL)
def test_nothing_is_lost(version: str, name: str) -> None:
    recording = recorded(version, name)
    assert same(told(recording.read()), recording.json)


@pytest.mark.parametrize("name", ["subtask", "subtask-attempt"])
@pytest.mark.parametrize("version", versions_with("subtask"))
def test_a_task_tells_how_it_does(version: str, name: str) -> None:
    task = recorded(version, name).read()
    assert (task.subtask, task.attempt, task.status, task.end_time) == (0, 0, "RUNNING", -1)
    assert task.start_time == task.start_time_again
    assert task.status_duration["RUNNING"] > 0
    assert (task.endpoint, task.other_concurrent_attempts) == ("localhost:18111", None)
    assert task.host == ("localhost" if version == "1.20.5" else None)


@pytest.mark.parametrize("version", versions_with("subtask-attempt-unknown"))
def test_an_unknown_attempt_is_not_found(version: str) -> None:
    assert isinstance(recorded(version, "subtask-attempt-unknown").error(), NotFound)


@pytest.mark.parametrize("version", versions_with("vertex-subtasks-accumulators"))
def test_what_each_task_counts(version: str) -> None:
    read = recorded(version, "vertex-subtasks-accumulators").read()
    (task,) = read.subtasks
    assert (read.parallelism, task.subtask, task.attempt, task.endpoint) == (1, 0, 0, "localhost:18111")
    assert [one.name for one in task.user_accumulators] == ["probeAcc"]


@pytest.mark.parametrize("version", versions_with("subtask-attempt-accumulators"))
def test_what_one_attempt_counts(version: str) -> None:
    read = recorded(version, "subtask-attempt-accumulators").read()
    assert (read.subtask, read.attempt, read.id.endswith("_0_0")) == (0, 0, True)
    assert [(one.name, one.type) for one in read.user_accumulators] == [("probeAcc", "LongCounter")]
