"""Waiting for a job."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.jobs.errors import ConditionNotReachable, JobFailed, JobForgotten, JobNotFound
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.jobs.wait import wait_for_end, wait_for_job, wait_for_status
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import WaitTimedOut, within
from tests.flink.recordings import recorded
from tests.jobs.script import (
    CHECKPOINTS,
    GONE,
    ID,
    SECOND_ID,
    SETTINGS,
    SLOTS,
    START,
    Script,
    checkpoint,
    history,
    row,
)

UNTIL = ["submitted", "running", "checkpointed", "finished"]
FREE_SLOTS = {"flink-version": "2.3.0", "taskmanagers": 1, "slots-total": 4, "slots-available": 1}


def waiting(script: Script, until: str, **choices: Any) -> Flow[Job]:
    return wait_for_job(script.backend, job_id=ID, until=until, poll_interval=10, **choices)


@pytest.mark.parametrize(("until", "pauses"), [*zip(UNTIL, [0, 3, 4, 5], strict=True)])
def test_each_goal_is_reached_in_its_turn(until: str, pauses: int) -> None:
    script = Script().jobs(
        row("CREATED"),
        row("RUNNING", scheduled=2),
        row("RUNNING", running=1, initializing=1),
        row("RUNNING"),
        row("RUNNING"),
        row("FINISHED"),
    )
    script.on(CHECKPOINTS, history(), history(checkpoint(1))).on(SLOTS, FREE_SLOTS).on(SETTINGS, ON)
    script.run(waiting(script, until))
    assert script.pauses == [10] * pauses


@pytest.mark.parametrize("until", UNTIL)
def test_a_finished_job_has_come_as_far_as_any(until: str) -> None:
    script = Script().jobs(row("FINISHED"))
    assert script.run(waiting(script, until)).status == "FINISHED"


@pytest.mark.parametrize("until", UNTIL[1:])
def test_a_job_that_was_cancelled(until: str) -> None:
    script = Script().jobs(row("CANCELED"))
    with pytest.raises(JobFailed, match=r"^Job 'count' was cancelled, and not by this task \(http://flink:8081/.*\)"):
        script.run(waiting(script, until))


def test_finished_tasks_are_tasks_at_work() -> None:
    script = Script().jobs(row("RUNNING", running=1, finished=1))
    assert script.run(waiting(script, "running"))


@pytest.mark.parametrize("state", ["RESTARTING", "FAILING", "SUSPENDED", "RECONCILING", "INITIALIZING", "NEWER"])
@pytest.mark.parametrize("until", ["running", "finished"])
def test_states_that_end_no_wait(state: str, until: str) -> None:
    script = Script().jobs(row(state), row("FINISHED"))
    assert script.run(waiting(script, until)).status == "FINISHED"
    assert script.pauses == [10]


def test_a_job_without_slots_is_not_running() -> None:
    script = Script().jobs(row("RUNNING", running=1, scheduled=9)).on(SLOTS, FREE_SLOTS)
    seen = f"job 'count' \\({ID}\\) is RUNNING, tasks: 1 running, 9 scheduled; waiting until running; "
    with pytest.raises(WaitTimedOut, match=rf"{seen}tasks without a slot: 9, free slots: 1 of 4\.$"):
        script.run(within(waiting(script, "running"), START + 25, script.clock))


def test_a_job_that_is_gone() -> None:
    script = Script().jobs(row("RUNNING"), GONE)
    words = (
        f"no longer knows job {ID}. Last seen: job 'count' .* is RUNNING, tasks: 2 running.*JobManager was restarted"
    )
    with pytest.raises(JobForgotten, match=words) as caught:
        script.run(waiting(script, "finished"))
    assert not caught.value.hopeless


def test_a_job_that_is_gone_before_the_first_look() -> None:
    script = Script().jobs(GONE)
    with pytest.raises(JobForgotten, match=f"Last seen: job {ID} is just submitted"):
        script.run(waiting(script, "finished", known=True))


@pytest.mark.parametrize(
    ("others", "words"),
    [
        (GONE, "no job that has not ended: is this the right connection"),
        ([row("FINISHED", SECOND_ID)], "no job that has not ended"),
        ([row("RUNNING", SECOND_ID, name="sum")], rf"Not ended are: 'sum' \({SECOND_ID}\)\."),
    ],
)
def test_a_job_that_never_was(others: Any, words: str) -> None:
    script = Script().jobs(others)
    with pytest.raises(JobNotFound, match=f"There is no job {ID} on the cluster.*{words}") as caught:
        script.run(waiting(script, "finished"))
    assert caught.value.hopeless


OFF, ON = recorded("2.3.0", "checkpoints-config-when-disabled").answer, recorded("2.3.0", "checkpoints-config").answer


@pytest.mark.parametrize(
    ("seen", "settings"),
    [(history(), OFF), (recorded("2.3.0", "unknown-job-checkpoints").answer,) * 2],
    ids=["switched off", "a batch job, which has none at all"],
)
def test_a_job_without_checkpoints(seen: Any, settings: Any) -> None:
    script = Script().jobs(row("RUNNING")).on(CHECKPOINTS, seen).on(SETTINGS, settings)
    with pytest.raises(ConditionNotReachable, match=r"makes no checkpoints.*execution\.checkpointing\.interval"):
        script.run(waiting(script, "checkpointed"))


def test_a_job_that_is_lost_between_two_requests() -> None:
    script = Script().jobs(row("RUNNING"), GONE)
    script.on(CHECKPOINTS, recorded("2.3.0", "unknown-job-checkpoints").answer)
    with pytest.raises(JobForgotten, match=f"no longer knows job {ID}"):
        script.run(waiting(script, "checkpointed"))


def test_an_unknown_goal() -> None:
    with pytest.raises(ValueError, match="'done' is not a valid WaitUntil"):
        Script().run(waiting(Script(), "done"))


class TestStatus:
    def wait(self, script: Script, *statuses: str) -> Job:
        return script.run(wait_for_status(script.backend, job_id=ID, statuses=[*statuses], poll_interval=10))

    @pytest.mark.parametrize("status", ["RESTARTING", "CANCELLING", "CANCELED", "FAILED", "FINISHED"])
    def test_the_status_comes(self, status: str) -> None:
        script = Script().jobs(row("RUNNING"), row(status))
        assert self.wait(script, "SUSPENDED", status).status == status

    def test_a_bad_end_that_is_not_waited_for(self) -> None:
        with pytest.raises(JobFailed, match="was cancelled"):
            self.wait(Script().jobs(row("CANCELED")), "FINISHED", "FAILED")

    def test_a_good_end_that_is_not_waited_for(self) -> None:
        with pytest.raises(ConditionNotReachable, match="is FINISHED, and will never be FAILED or CANCELED") as caught:
            self.wait(Script().jobs(row("FINISHED")), "FAILED", "CANCELED")
        assert caught.value.hopeless

    def test_gone(self) -> None:
        with pytest.raises(JobForgotten, match=r"Last seen: job 'count' .* is RUNNING"):
            self.wait(Script().jobs(row("RUNNING"), GONE), "FINISHED")


@pytest.mark.parametrize("end", ["FINISHED", "CANCELED", "FAILED"])
def test_any_end(end: str) -> None:
    script = Script().jobs(row("RUNNING"), row("CANCELLING"), row(end))
    assert script.run(wait_for_end(script.backend, job_id=ID, poll_interval=10)).status == end
    assert script.pauses == [10, 10]
