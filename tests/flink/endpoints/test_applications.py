from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints import applications
from airflow_provider_dli.flink.throwable import deepest
from airflow_provider_dli.rest.errors import BadRequest, NotFound
from airflow_provider_dli.rest.request import Answer, Request
from tests.flink.recordings import recorded, recordings
from tests.flink.wire import same, told

ID = "0" * 31 + "1"
NEWEST = "2.3.0"


@pytest.mark.parametrize(
    ("request_", "method", "path", "status"),
    [
        (applications.overview(), "GET", "/applications/overview", 200),
        (applications.detail(ID), "GET", f"/applications/{ID}", 200),
        (applications.configuration(ID), "GET", f"/applications/{ID}/jobmanager/config", 200),
        (applications.exceptions(ID), "GET", f"/applications/{ID}/exceptions", 200),
        (applications.cancel(ID), "POST", f"/applications/{ID}/cancel", 202),
    ],
    ids=str,
)
def test_one_is_asked(request_: Request[Any], method: str, path: str, status: int) -> None:
    assert (request_.method, request_.path, request_.success, request_.json) == (
        method,
        path,
        frozenset({status}),
        None,
    )
    assert (request_.safe, request_.repeatable) == (method == "GET", method == "POST")
    assert request_.availability
    assert (request_.availability.since, request_.availability.until) == ("2.3", None)


def test_nothing_of_what_is_told_is_lost() -> None:
    told_of = [one for one in recordings().values() if one.path.startswith("/applications") and one.status == 200]
    assert len(told_of) > 8
    for recording in told_of:
        assert same(told(recording.read()), recording.json)


def test_the_overview_counts_jobs_by_their_state() -> None:
    (only,) = recorded(NEWEST, "applications-overview").read().applications
    assert (only.name, only.status, only.end_time, only.jobs) == ("demo.ProbeJob", "RUNNING", -1, {"RUNNING": 1})
    assert applications.overview().decode(Answer(200, {}, b'{"applications": []}')).applications == ()


def test_one_has_jobs() -> None:
    found = recorded(NEWEST, "application-two-jobs").read()
    assert (found.status, [job.state for job in found.jobs]) == ("FINISHED", ["FINISHED", "FINISHED"])
    assert found.timestamps["FINISHED"] == found.end_time
    assert {job.scheduler_type for job in found.jobs} == {"Default"}


def test_one_may_have_failed_before_it_had_a_job() -> None:
    failed = recorded(NEWEST, "application-main-throws").read()
    assert (failed.status, failed.jobs) == ("FAILED", ())
    (only,) = recorded(NEWEST, "application-exceptions-main-throws").read().exception_history.entries
    assert only.exception_name.endswith(".ApplicationExecutionException")
    assert only.job_id is None
    assert str(deepest(only.stacktrace)) == "IllegalStateException: probe main failure: x"


def test_one_that_has_not_failed_has_no_exceptions() -> None:
    assert recorded(NEWEST, "application-exceptions").read().exception_history.entries == ()


def test_an_exception_may_name_its_job() -> None:
    entry = f'{{"exceptionName": "a.B", "stacktrace": "a.B", "timestamp": 1, "jobId": "{ID}"}}'
    body = f'{{"exceptionHistory": {{"entries": [{entry}]}}}}'
    (only,) = applications.exceptions(ID).decode(Answer(200, {}, body.encode())).exception_history.entries
    assert only.job_id == ID


def test_its_settings_have_keys_and_values() -> None:
    settings = {one.key: one.value for one in recorded(NEWEST, "application-jobmanager-config").read()}
    assert settings["taskmanager.numberOfTaskSlots"] == "4"


@pytest.mark.parametrize("name", ["application-cancel", "application-cancel-again", "application-cancel-of-run-job"])
def test_one_is_cancelled_also_twice(name: str) -> None:
    assert recorded(NEWEST, name).read() is None


def test_an_unknown_one_cannot_be_cancelled() -> None:
    with pytest.raises(NotFound, match="Could not find Flink application"):
        recorded(NEWEST, "application-cancel-unknown").read()


def test_an_unknown_one_is_not_told_as_not_found() -> None:
    error = recorded(NEWEST, "application-unknown").error()
    assert error.answer
    assert error.answer.status == 500


def test_what_is_no_id_is_refused() -> None:
    with pytest.raises(BadRequest, match="applicationid"):
        recorded(NEWEST, "application-malformed").read()
