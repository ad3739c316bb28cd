from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints import taskmanagers
from airflow_provider_dli.rest.request import Answer, Request
from tests.flink.recordings import recorded, versions_with
from tests.flink.wire import same, told

ID = "127.0.0.1:18110-afe68f"
PATH = "/taskmanagers/127.0.0.1%3A18110-afe68f"

# What Flink 1.7 tells.
OLD = {
    "id": "3e1f",
    "path": "akka.tcp://flink@tm:6122/user/taskmanager_0",
    "dataPort": 6121,
    "timeSinceLastHeartbeat": 0,
    "slotsNumber": 2,
    "freeSlots": 1,
    "hardware": {"cpuCores": 2, "physicalMemory": 8000, "freeMemory": 4000, "managedMemory": 1000},
}
OLD_METRICS = {
    **{f"{kind}{what}": 1 for kind in ("heap", "nonHeap") for what in ("Used", "Committed", "Max")},
    **{f"{kind}{what}": 2 for kind in ("direct", "mapped") for what in ("Count", "Used", "Max")},
    "memorySegmentsAvailable": 3,
    "memorySegmentsTotal": 4,
    "garbageCollectors": [{"name": "PS_Scavenge", "count": 5, "time": 60}],
}


def read(request: Request[Any], answer: Any) -> Any:
    decoded = request.decode(Answer(200, {}, json.dumps(answer).encode()))
    assert same(told(decoded), answer)
    return decoded


@pytest.mark.parametrize(
    ("request_", "path", "since"),
    [
        (taskmanagers.overview(), "/taskmanagers", "1.7"),
        (taskmanagers.detail(ID), PATH, "1.7"),
        (taskmanagers.log(ID), f"{PATH}/log", "1.9"),
        (taskmanagers.stdout(ID), f"{PATH}/stdout", "1.9"),
        (taskmanagers.logs(ID), f"{PATH}/logs", "1.11"),
        (taskmanagers.log_file(ID, "a b.log"), f"{PATH}/logs/a%20b.log", "1.11"),
        (taskmanagers.thread_dump(ID), f"{PATH}/thread-dump", "1.11"),
    ],
    ids=str,
)
def test_one_is_asked(request_: Request[Any], path: str, since: str) -> None:
    assert (request_.method, request_.path, request_.safe, request_.success) == ("GET", path, True, frozenset({200}))
    assert request_.availability
    assert (request_.availability.since, request_.availability.until) == (since, None)


@pytest.mark.parametrize("name", ["taskmanagers", "taskmanager-details", "taskmanager-logs"])
@pytest.mark.parametrize("version", versions_with("taskmanagers"))
def test_nothing_of_what_they_tell_is_lost(version: str, name: str) -> None:
    recording = recorded(version, name)
    assert same(told(recording.read()), recording.json)


@pytest.mark.parametrize("version", versions_with("taskmanagers"))
def test_one_has_slots(version: str) -> None:
    (only,) = recorded(version, "taskmanagers").read().taskmanagers
    assert (only.slots_number, only.free_slots, only.jmx_port, only.blocked) == (4, 4, -1, None)


@pytest.mark.parametrize("version", versions_with("taskmanager-details"))
def test_its_slots_are_told_in_mebibytes_and_its_memory_in_bytes(version: str) -> None:
    detail = recorded(version, "taskmanager-details").read()
    assert detail.memory_configuration.task_heap == detail.total_resource.task_heap_memory << 20
    assert detail.hardware.managed_memory == detail.total_resource.managed_memory << 20
    (slot,) = detail.allocated_slots
    assert slot.resource.cpu_cores + detail.free_resource.cpu_cores == detail.total_resource.cpu_cores
    assert len(slot.job_id) == 32


@pytest.mark.parametrize("version", versions_with("taskmanager-details"))
def test_its_metrics(version: str) -> None:
    metrics = recorded(version, "taskmanager-details").read().metrics
    assert 0 < metrics.heap_used < metrics.heap_max
    assert (metrics.non_heap_max, metrics.netty_shuffle_memory_segments_used) == (-1, 3)
    assert [one.name for one in metrics.garbage_collectors][:1] == ["All"]


def test_only_newer_ones_tell_of_tasks_and_only_older_ones_of_segments() -> None:
    old, new = (recorded(version, "taskmanager-details").read() for version in ("1.20.5", "2.3.0"))
    assert (old.metrics.memory_segments_total, old.assigned_tasks) == (2048, None)
    assert (new.metrics.memory_segments_total, new.assigned_tasks) == (None, 2)
    assert new.allocated_slots[0].assigned_tasks == 2


def test_those_of_the_oldest_flink_tell_less() -> None:
    (only,) = read(taskmanagers.overview(), {"taskmanagers": [OLD]}).taskmanagers
    assert (only.id, only.jmx_port, only.total_resource, only.memory_configuration) == ("3e1f", None, None, None)
    detail = read(taskmanagers.detail("3e1f"), {**OLD, "metrics": OLD_METRICS})
    assert (detail.metrics.memory_segments_total, detail.allocated_slots) == (4, None)


def test_there_may_be_none() -> None:
    assert read(taskmanagers.overview(), {"taskmanagers": []}).taskmanagers == ()


def test_one_may_be_blocked_and_not_know_how_its_memory_is_split_up() -> None:
    row = {**OLD, "blocked": True, "memoryConfiguration": {"taskHeap": None, "managedMemory": 1000}}
    (only,) = read(taskmanagers.overview(), {"taskmanagers": [row]}).taskmanagers
    assert only.blocked
    assert (only.memory_configuration.task_heap, only.memory_configuration.managed_memory) == (None, 1000)


@pytest.mark.parametrize("version", versions_with("taskmanager-unknown"))
def test_an_unknown_one_is_not_told_as_not_found(version: str) -> None:
    error = recorded(version, "taskmanager-unknown").error()
    assert error.answer
    assert error.answer.status == 500
    assert "No TaskExecutor registered under nope" in str(error)


@pytest.mark.parametrize("version", versions_with("taskmanager-log-text"))
def test_its_log_is_text(version: str) -> None:
    recording = recorded(version, "taskmanager-log-text")
    assert recording.read() == recording.text


@pytest.mark.parametrize("version", versions_with("taskmanager-logs"))
def test_its_log_folder(version: str) -> None:
    assert "tm.log" in [one.name for one in recorded(version, "taskmanager-logs").read().logs]


def test_its_threads() -> None:
    dump = {"threadInfos": [{"threadName": "main", "stringifiedThreadInfo": '"main" Id=1 RUNNABLE\n\n'}]}
    (only,) = read(taskmanagers.thread_dump(ID), dump).thread_infos
    assert only.thread_name == "main"
