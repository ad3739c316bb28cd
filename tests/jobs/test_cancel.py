"""Cancelling a job."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.jobs.cancel import begin_cancel, cancel_job
from airflow_provider_dli.jobs.errors import JobForgotten, JobNotFound
from tests.flink.recordings import recorded
from tests.jobs.script import CANCEL, GONE, ID, Script, row


@pytest.mark.parametrize("state", ["RUNNING", "CREATED", "RESTARTING", "CANCELLING", "SUSPENDED"])
def test_asks_once_and_waits_for_the_end(state: str) -> None:
    script = Script().jobs(row(state), row("CANCELLING"), row("CANCELED")).on(CANCEL, {})
    assert script.run(cancel_job(script.backend, job_id=ID, poll_interval=10)).status == "CANCELED"
    assert (script.count(CANCEL), script.pauses) == (1, [10])


@pytest.mark.parametrize("state", ["FINISHED", "CANCELED", "FAILED"])
def test_a_job_that_has_ended_is_left_as_it_is(state: str) -> None:
    script = Script().jobs(row(state))
    assert script.run(cancel_job(script.backend, job_id=ID, poll_interval=10)).status == state
    assert script.count(CANCEL) == 0
    assert script.told == [f"Nothing to cancel: job 'count' ({ID}) is {state}."]


@pytest.mark.parametrize(
    ("version", "name"),
    [("1.14.6", "cancel-finished-job"), ("1.14.6", "cancel-canceled-job"), ("2.3.0", "cancel-finished-job")],
    ids=str,
)
def test_a_job_that_ends_in_between(version: str, name: str) -> None:
    script = Script(version).jobs(row("RUNNING"), row("FINISHED")).on(CANCEL, recorded(version, name).answer)
    assert script.run(cancel_job(script.backend, job_id=ID, poll_interval=10)).status == "FINISHED"


def test_a_job_that_is_lost_in_between() -> None:
    script = Script().jobs(row("RUNNING"), GONE).on(CANCEL, recorded("2.3.0", "cancel-unknown-job").answer)
    with pytest.raises(JobForgotten, match=f"no longer knows job {ID}"):
        script.run(begin_cancel(script.backend, job_id=ID))


@pytest.mark.parametrize("flow", [begin_cancel, lambda *args, **kwargs: cancel_job(*args, poll_interval=10, **kwargs)])
def test_a_job_that_never_was(flow: Any) -> None:
    script = Script().jobs(GONE)
    with pytest.raises(JobNotFound, match=f"There is no job {ID}"):
        script.run(flow(script.backend, job_id=ID))
