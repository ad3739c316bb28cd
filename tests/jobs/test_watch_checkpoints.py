"""Waiting for checkpoints."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.jobs.errors import ConditionNotReachable, JobFailed, JobForgotten
from airflow_provider_dli.jobs.model import Checkpoint
from airflow_provider_dli.jobs.watch_checkpoints import back_end_time, wait_for_checkpoint
from airflow_provider_dli.rest.patience import WaitTimedOut, within
from tests.flink.recordings import recorded
from tests.jobs.script import (
    CHECKPOINTS,
    GONE,
    ID,
    SETTINGS,
    START,
    Script,
    checkpoint,
    history,
    row,
    savepoint,
)

ON, OFF = recorded("2.3.0", "checkpoints-config").answer, recorded("2.3.0", "checkpoints-config-when-disabled").answer


def watched(*looks: Any) -> Script:
    return Script().jobs(row("RUNNING")).on(CHECKPOINTS, *looks).on(SETTINGS, ON)


def wait(script: Script, *, seconds: float = 1000, **wanted: Any) -> Checkpoint:
    flow = wait_for_checkpoint(script.backend, job_id=ID, poll_interval=10, clock=script.clock, **wanted)
    return script.run(within(flow, START + seconds, script.clock))


@pytest.mark.parametrize(
    ("wanted", "looks", "number", "pauses"),
    [
        ({}, [history(checkpoint(3))], 3, 0),
        ({}, [history(), history(checkpoint(1, "IN_PROGRESS")), history(checkpoint(1))], 1, 2),
        ({}, [history(checkpoint(1, "FAILED")), history(checkpoint(2), checkpoint(1, "FAILED"))], 2, 1),
        ({"after": START}, [history(checkpoint(3, at=START - 1)), history(checkpoint(4, at=START))], 4, 1),
        ({"kind": "savepoint"}, [history(checkpoint(3)), history(savepoint(4), checkpoint(3))], 4, 1),
        ({"kind": "checkpoint"}, [history(savepoint(3)), history(checkpoint(4), savepoint(3))], 4, 1),
        ({"kind": "any"}, [history(savepoint(3))], 3, 0),
        ({"max_age": 30}, [history(checkpoint(3, at=START - 20))], 3, 0),
        ({"max_age": 30}, [history(checkpoint(3, at=START - 31)), history(checkpoint(4, at=START + 5))], 4, 1),
        ({"max_age": 30, "after": START}, [history(checkpoint(3, at=START - 20)), history(checkpoint(4))], 4, 1),
        ({"count": 2}, [history(checkpoint(1)), history(checkpoint(2), checkpoint(1))], 2, 1),
    ],
)
def test_what_is_wanted_comes(wanted: Any, looks: list[Any], number: int, pauses: int) -> None:
    script = watched(*looks)
    found = wait(script, **wanted)
    assert (found.id, script.pauses) == (number, [10] * pauses)
    assert found.path == f"file:/{'savepoint' if found.is_savepoint else 'checkpoint'}s/{number}"


AHEAD = pytest.mark.parametrize("ahead", [-600, -10, 0, 10, 600], ids="the cluster is {} s ahead".format)


def at(ahead: float, age: float, status: str = "RUNNING") -> dict[str, Any]:
    """A job of a cluster whose clock is so many seconds ahead, and that runs for so many seconds."""
    started = START + ahead - 100
    return {**row(status), "start-time": int(started * 1000), "duration": int(age * 1000)}


@AHEAD
@pytest.mark.parametrize(("age", "fits"), [(20, True), (40, False)])
def test_an_age_is_measured_by_the_clock_of_the_cluster(ahead: float, age: float, fits: bool) -> None:
    script = watched(history(checkpoint(3, at=START + ahead - age))).jobs(at(ahead, 100))
    if fits:
        assert wait(script, max_age=30, seconds=5).id == 3
    else:
        with pytest.raises(WaitTimedOut, match="0 of 1 completed checkpoint not older than 30 s"):
            wait(script, max_age=30, seconds=5)


@AHEAD
def test_the_clock_of_the_cluster_is_known_after_the_job_has_ended(ahead: float) -> None:
    ended = {**at(ahead, 100, "FINISHED"), "end-time": int((START + ahead) * 1000)}
    script = watched(history(checkpoint(3, at=START + ahead - 50))).jobs(at(ahead, 100), ended)
    with pytest.raises(ConditionNotReachable, match="is FINISHED, and did not make"):
        wait(script, max_age=30)
    assert script.pauses == [10]


@AHEAD
def test_the_time_at_which_a_sensor_begins(ahead: float) -> None:
    script = Script().jobs(at(ahead, 100))
    assert script.run(back_end_time(script.backend, job_id=ID, clock=script.clock)) == START + ahead
    script = Script().jobs(row("FINISHED"))
    assert script.run(back_end_time(script.backend, job_id=ID, clock=script.clock)) == START


def test_counts_beyond_what_the_history_holds() -> None:
    tens = [[checkpoint(number) for number in range(last, last - 10, -1)] for last in (10, 18, 26)]
    script = watched(*(history(*ten) for ten in tens))
    assert wait(script, count=25).id == 26
    assert script.pauses == [10, 10]


def test_counts_on_when_the_ids_begin_again() -> None:
    """As they do in a job that a restarted JobManager took over, or that was started anew from a savepoint."""
    before = [checkpoint(number, at=START - 50 + number) for number in (3, 2, 1)]
    after = [checkpoint(number, at=START + number) for number in (2, 1)]
    script = watched(history(*before), history(*after))
    assert wait(script, count=5).triggered == START + 2


def test_those_that_grow_too_old_no_longer_count() -> None:
    looks = [history(checkpoint(number, at=START + 10 * number)) for number in range(4)]
    script = watched(*looks)
    with pytest.raises(WaitTimedOut, match="2 of 3 completed checkpoints not older than 15 s"):
        wait(script, count=3, max_age=15, seconds=30)


def test_a_time_out_tells_what_was_seen() -> None:
    seen = "tasks: 2 running; 1 of 2 completed savepoints after 2027-01-15 08:00:00 UTC; the newest is checkpoint 9 at "
    with pytest.raises(WaitTimedOut, match=seen):
        wait(watched(history(checkpoint(9), savepoint(8))), kind="savepoint", count=2, after=START, seconds=5)


@pytest.mark.parametrize(
    "settings", [OFF, recorded("2.3.0", "unknown-job-checkpoints-config").answer], ids=["off", "a batch job"]
)
def test_a_job_that_makes_none(settings: Any) -> None:
    script = watched(history()).on(SETTINGS, settings)
    with pytest.raises(ConditionNotReachable, match="'count' makes no checkpoints: give it an interval"):
        wait(script, kind="checkpoint")


def test_a_savepoint_may_come_without_checkpoints() -> None:
    script = watched(history(), history(savepoint(1))).on(SETTINGS, OFF)
    assert wait(script).is_savepoint


def test_a_job_that_finishes_before() -> None:
    script = watched(history(checkpoint(3))).jobs(row("RUNNING"), row("FINISHED"))
    with pytest.raises(ConditionNotReachable, match="is FINISHED, and did not make 4 completed checkpoints before"):
        wait(script, count=4)


def test_the_last_checkpoints_of_a_job_may_show_up_late() -> None:
    """Flink's list is cached: it may be older than the job's end."""
    ended = row("FINISHED", end=int(START + 9) * 1000)
    script = watched(history(), history(), history(savepoint(1))).jobs(row("RUNNING"), ended)
    assert wait(script, kind="savepoint").id == 1


def test_a_bad_end() -> None:
    with pytest.raises(JobFailed, match="was cancelled"):
        wait(watched(history()).jobs(row("RUNNING"), row("CANCELED")))


def test_what_is_wanted_counts_also_after_a_bad_end() -> None:
    assert wait(watched(history(checkpoint(1))).jobs(row("CANCELED"))).id == 1


def test_a_job_that_is_gone() -> None:
    with pytest.raises(JobForgotten, match=r"Last seen: job 'count'"):
        wait(watched(history()).jobs(row("RUNNING"), GONE))
