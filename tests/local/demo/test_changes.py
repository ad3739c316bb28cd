from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_dli.local.demo.changes import changes
from airflow_provider_dli.local.demo.scene import JobSeen, Scene
from tests.local.demo.scenes import BACKFILL, job, run, scene, task


def told_of_job(before: JobSeen | None, now: JobSeen) -> list[str]:
    """Return what is told of a job, without what each line begins with."""
    lines = changes(Scene(jobs=(before,) if before else ()), Scene(jobs=(now,)))
    prefix = f"job {now.job.name} {now.job.id[:8]}: "
    return [line.removeprefix(prefix) for line in lines]


def test_nothing_is_told_of_what_stays_as_it_is() -> None:
    assert not list(changes(scene(), scene()))


def test_a_run_and_its_tasks_are_told_when_they_appear_and_when_they_change() -> None:
    first = Scene(runs=(run("nightly", task("healthy", "queued"), task("backup", ""), state="running"),))
    then = Scene(runs=(run("nightly", task("healthy", "success"), task("backup", "running"), state="running"),))
    end = Scene(runs=(run("nightly", task("healthy", "success"), task("backup", "success"), state="success"),))
    assert list(changes(Scene(), first)) == ["task nightly.healthy: queued", "DAG nightly: running"]
    assert list(changes(first, then)) == ["task nightly.healthy: success", "task nightly.backup: running"]
    assert list(changes(then, end)) == ["task nightly.backup: success", "DAG nightly: success"]


def test_another_try_is_told() -> None:
    before = Scene(runs=(run("nightly", task("backup", "up_for_retry")),))
    now = Scene(runs=(run("nightly", task("backup", "running", try_number=2)),))
    assert list(changes(before, now)) == ["task nightly.backup: running, try 2"]


def test_a_job_is_told_when_it_appears_and_when_its_state_or_tasks_change() -> None:
    running, ended = job(BACKFILL, "backfill"), job(BACKFILL, "backfill", "FINISHED")
    starting = replace(running, job=replace(running.job, tasks={"scheduled": 1, "running": 1, "total": 2}))
    assert told_of_job(None, starting) == ["RUNNING, 1 of 2 tasks at work"]
    assert told_of_job(starting, running) == ["RUNNING, 2 of 2 tasks at work"]
    assert told_of_job(running, ended) == ["FINISHED"]


def test_each_savepoint_is_told_once() -> None:
    none, one, two = (job(BACKFILL, "backfill", completed=3 + n, savepoints=("a", "b")[:n]) for n in range(3))
    assert told_of_job(none, one) == ["savepoint a"]
    assert told_of_job(one, two) == ["savepoint b"]


def test_the_state_that_a_job_began_with_is_told() -> None:
    unknown, known = job(BACKFILL, "backfill"), job(BACKFILL, "backfill", restored=1734)
    assert told_of_job(unknown, known) == ["goes on from 1,734 records"]
    assert told_of_job(known, known) == []
    assert told_of_job(unknown, replace(unknown, restored=0)) == []


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (0, 1, ["1 checkpoint, 1,500 records"]),
        (1, 3, ["3 checkpoints, 1,500 records"]),
        (3, 9, []),
        (9, 11, ["11 checkpoints, 1,500 records"]),
        (11, 19, []),
    ],
)
def test_the_first_checkpoints_and_then_every_tenth_are_told(before: int, now: int, told: list[str]) -> None:
    then = job(BACKFILL, "backfill", completed=before, restored=500)
    assert told_of_job(then, replace(then, completed=now, counted=1000)) == told
