from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints import jobmanager
from airflow_provider_dli.rest.errors import NotFound
from airflow_provider_dli.rest.request import Answer, Request
from tests.flink.recordings import recorded, versions_with
from tests.flink.wire import same, told


@pytest.mark.parametrize(
    ("request_", "path", "since"),
    [
        (jobmanager.configuration(), "/jobmanager/config", "1.7"),
        (jobmanager.environment(), "/jobmanager/environment", "1.16"),
        (jobmanager.log(), "/jobmanager/log", "1.9"),
        (jobmanager.stdout(), "/jobmanager/stdout", "1.9"),
        (jobmanager.logs(), "/jobmanager/logs", "1.11"),
        (jobmanager.log_file("gc 1.log"), "/jobmanager/logs/gc%201.log", "1.11"),
        (jobmanager.thread_dump(), "/jobmanager/thread-dump", "1.15"),
    ],
    ids=str,
)
def test_it_is_asked(request_: Request[Any], path: str, since: str) -> None:
    assert (request_.method, request_.path, request_.safe, request_.success) == ("GET", path, True, frozenset({200}))
    assert request_.availability
    assert (request_.availability.since, request_.availability.until) == (since, None)


@pytest.mark.parametrize("name", ["config", "environment", "logs", "thread-dump"])
@pytest.mark.parametrize("version", versions_with("jobmanager-config"))
def test_nothing_of_what_it_tells_is_lost(version: str, name: str) -> None:
    recording = recorded(version, f"jobmanager-{name}")
    assert same(told(recording.read()), recording.json)


@pytest.mark.parametrize("version", versions_with("jobmanager-config"))
def test_its_settings_have_keys_and_values(version: str) -> None:
    settings = {one.key: one.value for one in recorded(version, "jobmanager-config").read()}
    assert settings["taskmanager.numberOfTaskSlots"] == "4"


@pytest.mark.parametrize("version", versions_with("jobmanager-environment"))
def test_its_environment(version: str) -> None:
    environment = recorded(version, "jobmanager-environment").read()
    assert (environment.jvm.arch, environment.jvm.options[0]) == ("amd64", "-Xmx768m")
    assert any(jar.endswith(f"/flink-dist-{version}.jar") for jar in environment.classpath)


@pytest.mark.parametrize("name", ["jobmanager-log-text", "jobmanager-log-file-text"])
@pytest.mark.parametrize("version", versions_with("jobmanager-log-text"))
def test_a_log_is_text(version: str, name: str) -> None:
    recording = recorded(version, name)
    assert recording.read() == recording.text != ""


@pytest.mark.parametrize("version", versions_with("jobmanager-logs"))
def test_its_log_folder(version: str) -> None:
    files = {one.name: one for one in recorded(version, "jobmanager-logs").read().logs}
    assert files["tm.out"].size == 0
    assert files["jm.log"].mtime > 1_700_000_000_000


def test_an_old_flink_does_not_tell_when_a_log_was_written() -> None:
    answer = Answer(200, {}, b'{"logs": [{"name": "jm.log", "size": 7}]}')
    (only,) = jobmanager.logs().decode(answer).logs
    assert (only.size, only.mtime) == (7, None)
    assert jobmanager.logs().decode(Answer(200, {}, b'{"logs": []}')).logs == ()


@pytest.mark.parametrize("version", versions_with("jobmanager-log-file-unknown"))
def test_a_file_that_is_not_there_is_not_found(version: str) -> None:
    with pytest.raises(NotFound, match="This file does not exist in JobManager log dir"):
        recorded(version, "jobmanager-log-file-unknown").read()


@pytest.mark.parametrize("version", versions_with("jobmanager-thread-dump"))
def test_its_threads(version: str) -> None:
    first = recorded(version, "jobmanager-thread-dump").read().thread_infos[0]
    assert first.thread_name == "main"
    assert first.stringified_thread_info.startswith('"main" Id=1 WAITING')
