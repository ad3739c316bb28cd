from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints import profiler
from airflow_provider_dli.rest.errors import NotFound
from airflow_provider_dli.rest.request import Answer, Request
from tests.flink.recordings import recorded, versions_with
from tests.flink.wire import same, told

RUNNING = {
    "status": "RUNNING",
    "mode": "ITIMER",
    "triggerTime": 1795232703911,
    "finishedTime": None,
    "duration": 1,
    "message": None,
    "outputFile": None,
    "profilingMode": "ITIMER",
}
FINISHED = {
    **RUNNING,
    "status": "FINISHED",
    "finishedTime": 1795232704953,
    "message": "Profiling Successful",
    "outputFile": "JobManager_ITIMER_2026-11-21_03_45_04.html",
}


def read(request: Request[Any], answer: Any) -> Any:
    decoded = request.decode(Answer(200, {}, json.dumps(answer).encode()))
    assert same(told(decoded), answer)
    return decoded


@pytest.mark.parametrize(
    ("request_", "method", "path"),
    [
        (profiler.start_on_jobmanager("CPU", 30), "POST", "/jobmanager/profiler"),
        (profiler.of_jobmanager(), "GET", "/jobmanager/profiler"),
        (profiler.file_of_jobmanager("a.html"), "GET", "/jobmanager/profiler/a.html"),
        (profiler.start_on_taskmanager("tm-1", "CPU", 30), "POST", "/taskmanagers/tm-1/profiler"),
        (profiler.of_taskmanager("tm-1"), "GET", "/taskmanagers/tm-1/profiler"),
        (profiler.file_of_taskmanager("tm-1", "a.html"), "GET", "/taskmanagers/tm-1/profiler/a.html"),
    ],
    ids=str,
)
def test_it_is_asked(request_: Request[Any], method: str, path: str) -> None:
    assert (request_.method, request_.path, request_.success) == (method, path, frozenset({200}))
    assert (request_.safe, request_.repeatable) == (method == "GET", False)
    assert request_.json == (b'{"duration":30,"mode":"CPU"}' if method == "POST" else None)
    assert request_.availability
    assert (request_.availability.since, request_.availability.until) == ("1.19", None)


@pytest.mark.parametrize(
    "request_", [profiler.start_on_jobmanager("ITIMER", 1), profiler.start_on_taskmanager("tm-1", "ITIMER", 1)]
)
def test_a_run_that_was_started_has_no_end_yet(request_: Request[Any]) -> None:
    run = read(request_, RUNNING)
    assert (run.status, run.mode, run.duration) == ("RUNNING", "ITIMER", 1)
    assert (run.finished_time, run.message, run.output_file) == (None, None, None)


@pytest.mark.parametrize("request_", [profiler.of_jobmanager(), profiler.of_taskmanager("tm-1")])
def test_the_runs_are_listed_with_their_files(request_: Request[Any]) -> None:
    newest, other = read(request_, {"profilingList": [RUNNING, FINISHED]}).profiling_list
    assert (newest.output_file, other.output_file) == (None, "JobManager_ITIMER_2026-11-21_03_45_04.html")
    assert read(request_, {"profilingList": []}).profiling_list == ()


def test_what_a_run_has_made_is_read_as_it_is() -> None:
    page = b"<!DOCTYPE html>\xff"
    for request in (profiler.file_of_jobmanager("a.html"), profiler.file_of_taskmanager("tm-1", "a.html")):
        assert request.decode(Answer(200, {"content-type": "text/plain"}, page)) == page


@pytest.mark.parametrize("version", versions_with("jobmanager-profiler"))
def test_it_is_not_found_where_the_cluster_does_not_offer_it(version: str) -> None:
    with pytest.raises(NotFound):
        recorded(version, "jobmanager-profiler").read()
