from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_dli.local.demo.claims import check
from airflow_provider_dli.local.demo.outcome import Outcome, SavepointFiles
from airflow_provider_dli.local.demo.plan import BOUNDED, MEASURED, RESTARTED, SAVERS, STOPPED, TaskName
from tests.local.demo.scenes import (
    BACKFILL,
    CLICKS,
    CLICKS_AGAIN,
    ORDERS,
    job,
    outcome,
    run,
    with_job,
    with_result,
    with_savepoint,
    with_task,
)

TASKS = "Every task succeeded."
BOUNDED_JOB = "The bounded job finished."
METRIC = "A metric was held against its threshold."
SAVEPOINTS = "Every savepoint is on the disk, with its metadata."
STATE = "The restarted job went on where the stopped one had ended."
JOBS = "Exactly 4 jobs were started, one for each task that starts one."


def troubles(of: Outcome) -> dict[str, tuple[str, ...]]:
    """Return the claims that do not hold, with what speaks against them."""
    return {claim.says: claim.troubles for claim in check(of) if not claim.held}


def test_all_claims_hold_when_all_went_well() -> None:
    assert [claim.says for claim in check(outcome())] == [TASKS, BOUNDED_JOB, METRIC, SAVEPOINTS, STATE, JOBS]
    assert not troubles(outcome())


@pytest.mark.parametrize(("state", "told"), [("failed", "failed"), ("deferred", "deferred"), ("", "not run")])
def test_a_task_that_did_not_succeed_is_named(state: str, told: str) -> None:
    assert troubles(with_task(outcome(), SAVERS[0], state=state)) == {
        TASKS: (f"nightly_savepoint_backup.backup is {told}",)
    }


def test_a_dag_that_did_not_succeed_is_named() -> None:
    before = outcome()
    first, second, third = before.scene.runs
    going_on = run("nightly_savepoint_backup", *second.tasks, state="running")
    unfinished = replace(before.scene, runs=(first, going_on, third))
    assert troubles(replace(before, scene=unfinished)) == {TASKS: ("nightly_savepoint_backup is running",)}


def test_a_dag_that_did_not_run_is_named() -> None:
    before = outcome()
    cut = replace(before.scene, runs=before.scene.runs[:2])
    assert troubles(replace(before, scene=cut))[TASKS] == ("run_watch_stop is not run",)


def test_a_bounded_job_that_ended_otherwise_is_told() -> None:
    cancelled = job(BACKFILL, "backfill", "CANCELED").job
    assert troubles(with_job(outcome(), BACKFILL, job=cancelled)) == {
        BOUNDED_JOB: ("the job of batch_then_stream.backfill is CANCELED",)
    }


def test_a_bounded_job_that_is_not_there_is_told() -> None:
    said = troubles(with_result(outcome(), BOUNDED, None))
    assert said[BOUNDED_JOB] == ("the job of batch_then_stream.backfill is not there",)


@pytest.mark.parametrize("value", [499.9, float("nan"), None])
def test_a_metric_below_its_threshold_is_told(value: float | None) -> None:
    assert troubles(with_result(outcome(), MEASURED, value)) == {
        METRIC: (f"run_watch_stop.enough_records returned {value}, its threshold is 500",)
    }


def test_a_threshold_that_is_not_known_is_told() -> None:
    assert troubles(with_task(outcome(), MEASURED, rendered={})) == {
        METRIC: ("run_watch_stop.enough_records returned 547.0, its threshold is None",)
    }


@pytest.mark.parametrize("saver", SAVERS)
def test_a_savepoint_that_no_task_returned_is_told(saver: TaskName) -> None:
    assert troubles(with_savepoint(outcome(), saver, None)) == {SAVEPOINTS: (f"{saver} returned no savepoint",)}


def test_a_savepoint_that_is_not_on_the_disk_is_told() -> None:
    nothing = SavepointFiles("file:/s/9", None, has_metadata=False)
    assert troubles(with_savepoint(outcome(), SAVERS[2], nothing)) == {
        SAVEPOINTS: ("there is nothing at file:/s/9, which run_watch_stop.stop returned",)
    }


def test_a_savepoint_without_metadata_is_told() -> None:
    half = SavepointFiles("file:/s/9", 100, has_metadata=False)
    assert troubles(with_savepoint(outcome(), SAVERS[2], half)) == {
        SAVEPOINTS: ("there is no _metadata in file:/s/9, which run_watch_stop.stop returned",)
    }


@pytest.mark.parametrize(("restored", "told"), [(None, "0"), (0, "0"), (1733, "1,733")])
def test_a_job_that_began_with_less_than_was_counted_is_told(restored: int | None, told: str) -> None:
    assert troubles(with_job(outcome(), CLICKS_AGAIN, restored=restored)) == {
        STATE: (f"the job of {RESTARTED} began with {told} records; that of {STOPPED} had counted 1,734",)
    }


def test_a_job_that_began_with_nothing_is_told_even_if_nothing_was_counted() -> None:
    nothing = with_job(with_job(outcome(), CLICKS, counted=0), CLICKS_AGAIN, restored=0)
    assert list(troubles(nothing)) == [STATE]


def test_a_job_too_many_is_told() -> None:
    before = outcome()
    twin = job("e" * 32, "orders")
    twice = replace(before, scene=replace(before.scene, jobs=(*before.scene.jobs, twin)))
    (said,) = troubles(twice).items()
    assert said == (JOBS, ("Flink has 5 jobs", f"{twin.job}, and belongs to no task"))


def test_a_job_that_is_not_there_is_told() -> None:
    before = outcome()
    fewer = replace(before.scene, jobs=tuple(seen for seen in before.scene.jobs if seen.job.id != ORDERS))
    assert troubles(replace(before, scene=fewer)) == {
        JOBS: ("Flink has 3 jobs", "the job of batch_then_stream.stream is not there")
    }


def test_two_tasks_with_one_job_are_told() -> None:
    shared = with_result(outcome(), RESTARTED, CLICKS)
    assert f"{job(CLICKS_AGAIN, 'clicks').job}, and belongs to no task" in troubles(shared)[JOBS]
