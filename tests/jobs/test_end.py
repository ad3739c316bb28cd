"""Ending a job whose task is killed, as its author chose."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.jobs.end import CANCEL as BY_CANCEL
from airflow_provider_dli.jobs.end import CHOICES, DETACH, STOP_WITH_SAVEPOINT, Ending, end_job
from airflow_provider_dli.rest.errors import NotReachable
from airflow_provider_dli.rest.patience import within
from tests.jobs.script import (
    APPLICATIONS,
    CANCEL,
    CANCEL_APPLICATION,
    CHECKPOINTS,
    GONE,
    ID,
    IN_PROGRESS,
    OPERATION,
    OVERVIEW,
    SLOTS,
    STATUS,
    STOP,
    UNKNOWN_OPERATION,
    Script,
    broken,
    checkpoint,
    history,
    listed,
    made,
    row,
)
from tests.jobs.test_rescale import slots


def end(script: Script, how: str, **choices: Any) -> Ending:
    choices = {"directory": None, "operation_id": OPERATION, **choices}
    return script.run(end_job(script.backend, job_id=ID, how=how, **choices))


def test_detach_asks_nothing() -> None:
    script = Script()
    assert end(script, DETACH).sentence.startswith(f"Job {ID} is left as it is, as on_kill='detach' says: http://flink")
    assert not script.sent


@pytest.mark.parametrize("how", CHOICES[1:])
@pytest.mark.parametrize(
    ("look", "why"),
    [
        (GONE, f"there is no job {ID} on the cluster"),
        *((row(state), f"job 'count' ({ID}) is {state}") for state in ("FINISHED", "FAILED", "CANCELED")),
    ],
)
def test_nothing_to_end(how: str, look: Any, why: str) -> None:
    assert end(Script().jobs(look), how) == Ending(f"There was nothing to end: {why}.")


def test_cancel() -> None:
    script = Script().jobs(row("RUNNING")).on(CANCEL, {})
    assert "is being cancelled" in end(script, BY_CANCEL).sentence
    assert script.count(CANCEL) == 1


def stopping(*statuses: Any) -> Script:
    """A job that runs until it is stopped, and the states of the stop."""
    script = Script().jobs(row("RUNNING"), row("RUNNING"), row("FINISHED")).on(CHECKPOINTS, history(checkpoint(4)))
    return script.on(STOP, {"request-id": OPERATION}).on(STATUS, UNKNOWN_OPERATION, UNKNOWN_OPERATION, *statuses)


def test_stop_with_savepoint() -> None:
    script = stopping(IN_PROGRESS, made("file:/mine/5"))
    ending = end(script, STOP_WITH_SAVEPOINT, directory="file:/mine")
    assert ending == Ending(f"Job {ID} was stopped with savepoint file:/mine/5", "file:/mine/5")
    [body] = filter(None, script.bodies)
    assert body["targetDirectory"] == f"file:/mine/{OPERATION}"


def test_the_operation_is_told_before_it_is_done() -> None:
    """Whoever kills the task may not wait for its end."""
    script = stopping(made())
    end(script, STOP_WITH_SAVEPOINT)
    told = next(one for one in script.told if "is being stopped" in one)
    assert told.startswith(f"Job {ID} is being stopped with a savepoint, as operation {OPERATION}.")
    assert f"GET /jobs/{ID}/savepoints/{OPERATION} returns the path" in told


@pytest.mark.parametrize(
    ("look", "now"),
    [
        (row("RUNNING"), "Looked at again, job 'count' ({ID}) is RUNNING, tasks: 2 running: it still runs."),
        (row("FAILED"), "Looked at again, job 'count' ({ID}) is FAILED."),
        (GONE, "Looked at again, there is no job {ID} on the cluster."),
    ],
    ids=["runs", "failed", "gone"],
)
def test_after_a_stop_that_failed_it_is_told_whether_the_job_still_runs(look: Any, now: str) -> None:
    script = stopping(broken("java.io.IOException: Disk full")).jobs(row("RUNNING"), row("RUNNING"), look)
    told = end(script, STOP_WITH_SAVEPOINT).sentence
    assert told.startswith(
        f"Job {ID} was not ended as on_kill='stop_with_savepoint' says: The stop of job {ID} failed:"
    )
    assert "Disk full" in told
    assert told.endswith(now.format(ID=ID))


def test_after_a_stop_that_failed_nobody_may_be_able_to_look() -> None:
    script = stopping(broken("Disk full")).on(OVERVIEW, *[{"jobs": [row("RUNNING")]}] * 3, NotReachable)
    assert "Whether the job still runs is unclear: " in end(script, STOP_WITH_SAVEPOINT).sentence


def test_a_savepoint_is_kept_although_the_stop_failed() -> None:
    script = stopping(made("file:/mine/5")).jobs(row("RUNNING"), row("RUNNING"), row("FAILED"))
    ending = end(script, STOP_WITH_SAVEPOINT)
    assert ending.savepoint_path == "file:/mine/5"
    assert "The savepoint file:/mine/5 was made and is kept." in ending.sentence


def test_a_stop_that_takes_longer_than_there_is_time_for_goes_on() -> None:
    script = stopping(IN_PROGRESS)
    flow = end_job(script.backend, job_id=ID, how=STOP_WITH_SAVEPOINT, directory=None, operation_id=OPERATION)
    ending = script.run(within(flow, script.clock() + 4, script.clock))
    assert f"Timed out after 4 s. Last seen: operation {OPERATION} on job {ID} is in progress." in ending.sentence
    assert "What the cluster has begun it ends without this task" in ending.sentence
    assert ending.savepoint_path is None


@pytest.mark.parametrize("how", CHOICES[1:])
def test_a_cluster_that_cannot_be_reached(how: str) -> None:
    told = end(Script().on(OVERVIEW, NotReachable), how).sentence
    assert told.startswith(f"Whether job {ID} was ended is unclear: ")
    assert "Check the connection's address" in told


@pytest.mark.parametrize("how", CHOICES[1:])
def test_a_job_that_was_just_being_submitted_may_turn_up(how: str) -> None:
    script = stopping(made()).on(CANCEL, {}).jobs(GONE, GONE, row("RUNNING"), row("RUNNING"), row("FINISHED"))
    assert "nothing to end" not in end(script, how, turns_up_within=1.0).sentence


def test_one_that_does_not_turn_up() -> None:
    script = Script().jobs(GONE)
    assert "nothing to end" in end(script, BY_CANCEL, turns_up_within=1.0).sentence
    assert sum(script.pauses) == 1.0


@pytest.mark.parametrize("how", CHOICES[1:])
def test_a_main_that_is_at_work_is_cancelled_where_flink_can(how: str) -> None:
    script = Script("2.3.0").jobs(GONE).on(APPLICATIONS, listed("RUNNING")).on(CANCEL_APPLICATION, {})
    assert "was cancelled before the job had begun" in end(script, how, turns_up_within=1.0).sentence
    assert script.count(CANCEL_APPLICATION) == 1
    assert script.pauses == []


@pytest.mark.parametrize("applications", [{"applications": []}, listed("FAILED")], ids=["unknown", "ended"])
def test_a_main_that_is_not_there_is_not_cancelled(applications: Any) -> None:
    script = Script("2.3.0").jobs(GONE).on(APPLICATIONS, applications)
    assert "nothing to end" in end(script, BY_CANCEL, turns_up_within=1.0).sentence


def test_a_stop_waits_until_all_tasks_run() -> None:
    """Flink refuses a savepoint while a task is still being deployed."""
    begins = row("RUNNING", scheduled=1, running=1)
    script = stopping(made("file:/savepoints/1")).jobs(begins, begins, row("RUNNING"), row("FINISHED"))
    script.on(SLOTS, slots(0, 4))
    assert end(script, STOP_WITH_SAVEPOINT).savepoint_path == "file:/savepoints/1"
    assert script.pauses[:2] == [0.25, 3.1]
