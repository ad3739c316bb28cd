from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints import job_environment
from airflow_provider_dli.rest.request import Answer, Request
from tests.flink.recordings import recorded, versions_with
from tests.flink.wire import same, told

JOB = "0" * 31 + "1"


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        (job_environment.environment(JOB), f"/jobs/{JOB}/jobmanager/environment"),
        (job_environment.configuration(JOB), f"/jobs/{JOB}/jobmanager/config"),
        (job_environment.jobmanager_log_url(JOB), f"/jobs/{JOB}/jobmanager/log-url"),
        (job_environment.taskmanager_log_url(JOB, "tm:1-a"), f"/jobs/{JOB}/taskmanagers/tm%3A1-a/log-url"),
    ],
    ids=str,
)
def test_it_is_asked(request_: Request[Any], path: str) -> None:
    assert (request_.method, request_.path, request_.safe, request_.success) == ("GET", path, True, frozenset({200}))
    assert request_.availability
    assert (request_.availability.since, request_.availability.until) == ("1.16", None)


@pytest.mark.parametrize("version", versions_with("unknown-job-jobmanager-config"))
def test_the_settings_are_told_for_a_job_that_nobody_knows(version: str) -> None:
    recording = recorded(version, "unknown-job-jobmanager-config")
    assert {one.key: one.value for one in recording.read()}["parallelism.default"] == "1"
    assert same(told(recording.read()), recording.json)


def test_the_environment_is_that_of_the_jobmanager() -> None:
    body = b'{"jvm": {"version": "OpenJDK - 17", "arch": "amd64", "options": []}, "classpath": ["/lib/a.jar"]}'
    environment = job_environment.environment(JOB).decode(Answer(200, {}, body))
    assert (environment.jvm.version, environment.jvm.options) == ("OpenJDK - 17", ())
    assert environment.classpath == ("/lib/a.jar",)


@pytest.mark.parametrize("version", versions_with("job-jobmanager-log-url"))
def test_the_jobmanager_s_logs_are_on_a_page(version: str) -> None:
    assert recorded(version, "job-jobmanager-log-url").read() == "http://127.0.0.1:18100/#/job-manager/logs"


def test_the_taskmanager_s_logs_are_on_a_page() -> None:
    body = b'{"url": "http://127.0.0.1:8081/#/task-manager/tm-1/logs"}'
    request = job_environment.taskmanager_log_url(JOB, "tm-1")
    assert request.decode(Answer(200, {}, body)) == "http://127.0.0.1:8081/#/task-manager/tm-1/logs"
