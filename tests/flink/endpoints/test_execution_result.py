from __future__ import annotations

import pytest

from airflow_provider_dli.flink.endpoints.execution_result import execution_result
from airflow_provider_dli.flink.throwable import deepest
from airflow_provider_dli.flink.version import Version
from airflow_provider_dli.rest.errors import NotFound
from tests.flink.recordings import recorded, versions_with
from tests.flink.wire import same, told


def test_a_result_is_asked_for_by_the_job_s_id() -> None:
    request = execution_result("1")
    assert (request.method, request.path, request.safe) == ("GET", "/jobs/1/execution-result", True)


@pytest.mark.parametrize("version", versions_with("execution-result-running"))
def test_a_running_job_has_none_yet(version: str) -> None:
    read = recorded(version, "execution-result-running").read()
    assert (read.done, read.job_execution_result) == (False, None)


@pytest.mark.parametrize("version", versions_with("execution-result-after-stop"))
def test_a_stopped_job_has_succeeded(version: str) -> None:
    recording = recorded(version, "execution-result-after-stop")
    read = recording.read()
    result = read.job_execution_result
    assert (read.done, result.application_status, result.failure_cause) == (True, "SUCCEEDED", None)
    assert result.net_runtime > 0
    assert result.id in recording.path
    assert same(told(read), recording.json)


@pytest.mark.parametrize("version", versions_with("execution-result-failed"))
def test_a_failed_job_tells_why(version: str) -> None:
    recording = recorded(version, "execution-result-failed")
    read = recording.read()
    cause = read.job_execution_result.failure_cause
    assert read.job_execution_result.application_status == "FAILED"
    assert cause.class_name in {"org.apache.flink.runtime.JobException", "java.lang.RuntimeException"}
    assert str(deepest(cause.stack_trace)) == "RuntimeException: probe failure at record 20"
    assert cause.serialized_throwable
    assert same(told(read), recording.json)


@pytest.mark.parametrize("version", versions_with("execution-result-after-stop"))
def test_times_and_the_application_are_told_from_2_3_on(version: str) -> None:
    result = recorded(version, "execution-result-after-stop").read().job_execution_result
    if Version.read(version) < (2, 3):
        assert (result.name, result.start_time, result.end_time, result.application_id) == (None,) * 4
    else:
        assert (result.name, result.application_id) == ("probe", result.id)
        assert result.end_time - result.start_time == result.net_runtime


@pytest.mark.parametrize("version", versions_with("unknown-job-execution-result"))
def test_an_unknown_job_is_not_found(version: str) -> None:
    assert isinstance(recorded(version, "unknown-job-execution-result").error(), NotFound)
