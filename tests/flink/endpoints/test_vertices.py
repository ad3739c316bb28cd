from __future__ import annotations

import json
import math
from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints import vertices
from airflow_provider_dli.flink.version import Dialect, NotInThisVersion, Version
from airflow_provider_dli.rest.errors import BadRequest, NotFound
from airflow_provider_dli.rest.request import Answer
from tests.flink.recordings import recorded, versions_with
from tests.flink.wire import same, told

OLD, NEW = Dialect(Version(1, 16)), Dialect(Version(1, 17))
WELL = [
    (version, name)
    for name in (
        "vertex",
        "vertex-accumulators",
        "vertex-backpressure",
        "vertex-flamegraph",
        "vertex-watermarks",
        "vertex-taskmanagers",
        "vertex-subtasktimes",
    )
    for version in versions_with(name)
]


def answer(members: Any) -> Answer:
    return Answer(200, {}, json.dumps(members).encode())


@pytest.mark.parametrize(
    ("endpoint", "below"),
    [
        (vertices.detail, ""),
        (vertices.accumulators, "/accumulators"),
        (vertices.backpressure, "/backpressure"),
        (vertices.watermarks, "/watermarks"),
        (vertices.taskmanagers, "/taskmanagers"),
        (vertices.subtask_times, "/subtasktimes"),
    ],
)
def test_a_vertex_is_asked_for_by_its_id(endpoint: Any, below: str) -> None:
    request = endpoint("1", "2")
    assert (request.method, request.path, request.query) == ("GET", f"/jobs/1/vertices/2{below}", ())
    assert request.safe


@pytest.mark.parametrize(("endpoint", "since"), [(vertices.watermarks, "1.10"), (vertices.flame_graph, "1.13")])
def test_some_came_later(endpoint: Any, since: str) -> None:
    assert endpoint.availability.since == since


@pytest.mark.parametrize(("version", "name"), WELL)
def test_nothing_is_lost(version: str, name: str) -> None:
    recording = recorded(version, name)
    assert same(told(recording.read()), recording.json)


@pytest.mark.parametrize("version", versions_with("vertex"))
def test_a_vertex_has_its_tasks(version: str) -> None:
    vertex = recorded(version, "vertex").read()
    (task,) = vertex.subtasks
    assert (vertex.name, vertex.parallelism, vertex.max_parallelism) == ("Source: Sequence Source -> Work", 1, 128)
    assert (task.subtask, task.attempt, task.status, task.end_time) == (0, 0, "RUNNING", -1)
    assert task.start_time == task.start_time_again
    assert task.metrics.write_records == vertex.aggregated.metrics["write-records"]["sum"] > 0
    assert vertex.aggregated.status_duration["RUNNING"]["max"] > 0
    assert task.endpoint == "localhost:18111"


def test_the_host_is_gone_in_2_0() -> None:
    assert recorded("1.20.5", "vertex").read().subtasks[0].host == "localhost"
    assert recorded("2.3.0", "vertex").read().subtasks[0].host is None


def test_the_oldest_flink_spells_the_start_of_a_task_otherwise() -> None:
    task = {
        "subtask": 0,
        "status": "RUNNING",
        "attempt": 0,
        "host": "a",
        "start_time": 5,
        "end-time": -1,
        "duration": 1,
    }
    vertex = {"id": "2", "name": "Map", "parallelism": 1, "now": 6, "subtasks": [task]}
    assert vertices.detail("1", "2").decode(answer(vertex)).subtasks[0].start_time == 5


def test_an_attempt_may_run_beside_another() -> None:
    task = {"subtask": 0, "status": "RUNNING", "attempt": 0, "start-time": 5, "end-time": -1, "duration": 1}
    slow = {**task, "other-concurrent-attempts": [{**task, "attempt": 1}], "taskmanager-id": None}
    vertex = {"id": "2", "name": "Map", "parallelism": 1, "now": 6, "subtasks": [slow]}
    read = vertices.detail("1", "2").decode(answer(vertex))
    assert [other.attempt for other in read.subtasks[0].other_concurrent_attempts or ()] == [1]
    assert same(told(read), vertex)


@pytest.mark.parametrize("version", versions_with("vertex-unknown"))
def test_an_unknown_vertex_is_not_found(version: str) -> None:
    assert isinstance(recorded(version, "vertex-unknown").error(), NotFound)
    assert isinstance(recorded(version, "vertex-malformed").error(), BadRequest)


@pytest.mark.parametrize("version", versions_with("vertex-accumulators"))
def test_what_a_vertex_counts(version: str) -> None:
    (only,) = recorded(version, "vertex-accumulators").read().user_accumulators
    assert (only.name, only.type) == ("probeAcc", "LongCounter")


class TestBackpressure:
    @pytest.mark.parametrize("version", versions_with("vertex-backpressure"))
    def test_is_told_for_each_task(self, version: str) -> None:
        read = recorded(version, "vertex-backpressure").read()
        (task,) = read.subtasks
        assert (read.status, read.backpressure_level, read.backpressure_level_again) == ("ok", "ok", "ok")
        assert (task.backpressure_level, task.ratio, task.idle_ratio, task.busy_ratio) == ("ok", 0.0, 0.0, 1.0)

    def test_is_not_known_yet_when_an_old_flink_is_first_asked(self) -> None:
        read = vertices.backpressure("1", "2").decode(answer({"status": "deprecated"}))
        assert (read.status, read.backpressure_level, read.end_timestamp, read.subtasks) == ("deprecated", *[None] * 3)

    def test_may_be_told_with_nulls_and_with_what_is_no_number(self) -> None:
        members = {
            "status": "ok",
            "backpressure-level": None,
            "end-timestamp": None,
            "subtasks": [{"subtask": 0, "backpressure-level": "ok", "ratio": "NaN", "busyRatio": "NaN"}],
        }
        read = vertices.backpressure("1", "2").decode(answer(members))
        assert math.isnan((read.subtasks or ())[0].ratio)
        assert same(told(read), members)


class TestFlameGraph:
    def test_of_a_kind(self) -> None:
        request = vertices.flame_graph(OLD, "1", "2", kind="ON_CPU")
        assert (request.method, request.path) == ("GET", "/jobs/1/vertices/2/flamegraph")
        assert request.query == (("type", "ON_CPU"),)

    def test_of_one_task(self) -> None:
        assert vertices.flame_graph(NEW, "1", "2", subtask=0).query == (("subtaskindex", "0"),)
        with pytest.raises(NotInThisVersion, match=r"subtask needs Flink 1\.17"):
            vertices.flame_graph(OLD, "1", "2", subtask=0)

    @pytest.mark.parametrize("version", versions_with("vertex-flamegraph"))
    def test_is_empty_where_the_cluster_measures_none(self, version: str) -> None:
        read = recorded(version, "vertex-flamegraph").read()
        assert (read.end_timestamp, read.data) == (-2, None)

    def test_is_as_deep_as_a_stack(self) -> None:
        frame: dict[str, Any] = {"name": "run", "value": 7, "children": []}
        for _ in range(300):
            frame = {"name": "call", "value": 7, "children": [frame]}
        read = vertices.flame_graph(NEW, "1", "2").decode(answer({"endTimestamp": 5, "data": frame}))
        assert (read.data or {})["children"][0]["name"] == "call"

    def test_that_is_none_is_refused(self) -> None:
        with pytest.raises(ValueError, match="endTimestamp"):
            vertices.flame_graph(NEW, "1", "2").decode(answer({}))


def test_watermarks_are_texts() -> None:
    assert recorded("2.3.0", "vertex-watermarks").read() == ()
    (only,) = vertices.watermarks("1", "2").decode(answer([{"id": "0.currentInputWatermark", "value": "-9"}]))
    assert (only.id, only.value) == ("0.currentInputWatermark", "-9")


@pytest.mark.parametrize("version", versions_with("vertex-taskmanagers"))
def test_tasks_are_put_together_by_taskmanager(version: str) -> None:
    (manager,) = recorded(version, "vertex-taskmanagers").read().taskmanagers
    assert (manager.endpoint, manager.status, manager.end_time) == ("localhost:18111", "RUNNING", -1)
    assert (manager.status_counts["RUNNING"], manager.status_counts["FAILED"]) == (1, 0)
    assert manager.metrics.write_records == manager.aggregated.metrics["write-records"]["sum"]
    assert manager.taskmanager_id.startswith("127.0.0.1:18110-")


@pytest.mark.parametrize("version", versions_with("vertex-subtasktimes"))
def test_when_tasks_came_to_which_state(version: str) -> None:
    (task,) = recorded(version, "vertex-subtasktimes").read().subtasks
    times = task.timestamps
    assert 0 < times["CREATED"] <= times["SCHEDULED"] <= times["DEPLOYING"] <= times["RUNNING"]
    assert (task.subtask, times["FINISHED"]) == (0, 0)
