"""How a flow ended, on its way from the triggerer to the worker."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints.jobs import overview
from airflow_provider_dli.flink.version import NotInThisVersion
from airflow_provider_dli.jobs import errors
from airflow_provider_dli.jobs.disposal import Disposal
from airflow_provider_dli.jobs.errors import BackendTrouble, JobError
from airflow_provider_dli.jobs.model import (
    Checkpoint,
    Job,
    JobState,
    MadeCheckpoint,
    Reading,
    Savepoint,
    Stopped,
    Watched,
)
from airflow_provider_dli.jobs.outcome import as_job_error, failed, read, succeeded
from airflow_provider_dli.rest.errors import NotReachable
from airflow_provider_dli.rest.flow import Flow, ask, pause
from airflow_provider_dli.rest.patience import Patience, WaitTimedOut, patiently
from tests.jobs.script import ID, OVERVIEW, Script, all_errors

JOB_ERRORS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, JobError)]


def over_the_wire(outcome: dict[str, Any]) -> Any:
    return json.loads(json.dumps(outcome, allow_nan=False))


@pytest.mark.parametrize(
    "result",
    [
        *(Job(ID, "count", state, state.value.upper(), {"total": 2, "running": 2}, 1.5, None) for state in JobState),
        Job(ID, "Zählen\n'1'", JobState.FAILED, "FAILED", ended=2.5),
        Savepoint(ID, "file:/savepoints/1", "1" * 32, "FINISHED"),
        Checkpoint(1, True, "COMPLETED", 1.5, 2.5, "file:/savepoints/1"),
        Checkpoint(2, False, "FAILED", 1.5, 2.5, None, "Disk full"),
        MadeCheckpoint(ID, 7, None, "1" * 32),
        Stopped(ID, "job_cancel_success", True, "bucket/s/1"),
        Stopped(ID, "job_cancel_success", False),
        Job("131390", "count", JobState.FAILED, "job_running_exception", may_recover=True),
        Disposal("file:/savepoints/1", was_there=False),
        Reading("lag", 0.5, 1.5),
        Watched("a" * 32, Reading("lag", 0.5, 1.5)),
    ],
    ids=str,
)
def test_a_result_arrives_as_it_was(result: Any) -> None:
    arrived = read(over_the_wire(succeeded(result)))
    assert arrived == result
    assert type(arrived) is type(result)


def test_a_state_arrives_as_a_state() -> None:
    arrived = read(over_the_wire(succeeded(Job(ID, "count", JobState.FAILED, "FAILED"))))
    assert arrived.ended_badly


@pytest.mark.parametrize("kind", JOB_ERRORS)
@pytest.mark.parametrize(
    "members",
    [
        {},
        {"job_id": ID, "savepoint_path": "file:/savepoints/1"},
        {"hopeless": True},
        {"hopeless": False},
        {"directory": "s3://bucket/1"},
    ],
    ids=str,
)
def test_an_error_arrives_as_it_was(kind: type[JobError], members: dict[str, Any]) -> None:
    error = kind("Disk full\nat night.", **members)
    with pytest.raises(JobError) as caught:
        read(over_the_wire(failed(error)))
    assert type(caught.value) is kind
    assert (str(caught.value), vars(caught.value)) == (str(error), vars(error) | {"hopeless": error.hopeless})


def test_a_path_is_part_of_the_text() -> None:
    assert str(JobError("Disk full.", savepoint_path="file:/1")) == (
        "Disk full. The savepoint file:/1 was made and is kept."
    )


@pytest.mark.parametrize("kind", all_errors())
def test_trouble_with_the_cluster(kind: Any) -> None:
    script = Script().on(OVERVIEW, kind)
    with pytest.raises(kind) as raised:
        script.run(ask(overview()))
    with pytest.raises(BackendTrouble) as caught:
        read(over_the_wire(failed(raised.value)))
    assert str(caught.value) == str(raised.value)
    assert caught.value.hopeless is raised.value.is_final


def test_what_was_seen_last_arrives_with_the_trouble() -> None:
    def poll() -> Flow[None]:
        while True:
            yield from ask(overview())
            yield from pause(1, "job 'count' is RUNNING")

    script = Script().on(OVERVIEW, {"jobs": []}, NotReachable)
    with pytest.raises(NotReachable) as raised:
        script.run(patiently(poll(), Patience(grace=0)))
    with pytest.raises(BackendTrouble) as caught:
        read(over_the_wire(failed(raised.value)))
    assert str(caught.value).count("Last seen: job 'count' is RUNNING.") == 1


def test_a_time_out() -> None:
    with pytest.raises(WaitTimedOut) as caught:
        read(over_the_wire(failed(WaitTimedOut(61.5, "job is RUNNING"))))
    assert (caught.value.seconds, caught.value.seeing) == (61.5, "job is RUNNING")


@pytest.mark.parametrize(
    ("error", "text", "hopeless"),
    [
        (RuntimeError("oops"), "RuntimeError: oops", False),
        (ValueError("No such thing."), "No such thing.", True),
        (
            NotInThisVersion("claim_mode needs Flink 1.15 or newer; the cluster runs 1.9."),
            "claim_mode needs Flink 1.15 or newer",
            True,
        ),
    ],
)
def test_any_other_error(error: Exception, text: str, hopeless: bool) -> None:
    told = as_job_error(error)
    assert str(told).startswith(text)
    assert told.hopeless is hopeless


@pytest.mark.parametrize("outcome", [None, {}, {"version": 2, "result": "Job", "members": {}}, {"status": "success"}])
def test_what_another_version_sent_is_refused(outcome: Any) -> None:
    with pytest.raises(ValueError, match="The trigger returned what this version of the provider cannot read"):
        read(outcome)
