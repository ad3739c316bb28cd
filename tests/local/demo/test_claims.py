from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_dli.local.demo.claims import check
from airflow_provider_dli.local.demo.outcome import Outcome, SavepointFiles, StreamOnDli
from airflow_provider_dli.local.demo.plan import BOUNDED, MEASURED, RESTARTED, SAVERS, STOPPED, TaskName
from tests.local.demo.scenes import (
    BACKFILL,
    CLICKS,
    CLICKS_AGAIN,
    ON_DLI,
    ORDERS,
    STREAMED,
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
DLI = "DLI ran its stream once, and stopped it with a savepoint."
STATE = "The restarted job went on where the stopped one had ended."
JOBS = "Exactly 6 jobs were started, one for each task that starts one."


def troubles(of: Outcome) -> dict[str, tuple[str, ...]]:
    """Return the claims that do not hold, with what speaks against them."""
    return {claim.says: claim.troubles for claim in check(of) if not claim.held}


def test_all_claims_hold_when_all_went_well() -> None:
    assert [claim.says for claim in check(outcome())] == [TASKS, BOUNDED_JOB, METRIC, SAVEPOINTS, STATE, DLI, JOBS]
    assert not troubles(outcome())


@pytest.mark.parametrize(("state", "told"), [("failed", "failed"), ("deferred", "deferred"), ("", "not run")])
def test_a_task_that_did_not_succeed_is_named(state: str, told: str) -> None:
    assert troubles(with_task(outcome(), SAVERS[0], state=state)) == {
        TASKS: (f"nightly_savepoint_backup.backup is {told}",)
    }


def test_a_dag_that_did_not_succeed_is_named() -> None:
    before = outcome()
    first, second, *others = before.scene.runs
    going_on = run("nightly_savepoint_backup", *second.tasks, state="running")
    unfinished = replace(before.scene, runs=(first, going_on, *others))
    assert troubles(replace(before, scene=unfinished)) == {TASKS: ("nightly_savepoint_backup is running",)}


def test_a_dag_that_did_not_run_is_named() -> None:
    before = outcome()
    cut = replace(before.scene, runs=before.scene.runs[:3])
    assert troubles(replace(before, scene=cut))[TASKS] == ("batch_then_stream_on_dli is not run",)


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
    twin = job("9" * 32, "orders")
    twice = replace(before, scene=replace(before.scene, jobs=(*before.scene.jobs, twin)))
    (said,) = troubles(twice).items()
    assert said == (JOBS, ("Flink has 7 jobs", f"{twin.job}, and belongs to no task"))


def test_a_job_that_is_not_there_is_told() -> None:
    before = outcome()
    fewer = replace(before.scene, jobs=tuple(seen for seen in before.scene.jobs if seen.job.id != ORDERS))
    assert troubles(replace(before, scene=fewer)) == {
        JOBS: ("Flink has 5 jobs", "the job of batch_then_stream.stream is not there")
    }


def test_two_tasks_with_one_job_are_told() -> None:
    shared = with_result(outcome(), RESTARTED, CLICKS)
    assert f"{job(CLICKS_AGAIN, 'clicks').job}, and belongs to no task" in troubles(shared)[JOBS]


@pytest.mark.parametrize(
    ("stream", "told"),
    [
        (replace(ON_DLI, status="job_running"), "DLI says of cities (1001) that it is job_running"),
        (replace(ON_DLI, runs=2), "DLI was asked 2 times to run a job"),
        (None, "DLI has no stream"),
    ],
)
def test_a_stream_that_dli_did_not_run_once_and_stop_is_told(stream: StreamOnDli | None, told: str) -> None:
    assert troubles(replace(outcome(), on_dli=stream)) == {DLI: (told,)}


def test_a_stream_of_dli_that_was_cancelled_on_flink_is_told() -> None:
    cancelled = job(STREAMED, "cities", "CANCELED").job
    assert troubles(with_job(outcome(), STREAMED, job=cancelled)) == {DLI: ("on Flink it is CANCELED",)}


def test_a_job_of_dli_that_is_not_on_flink_is_told() -> None:
    said = troubles(replace(outcome(), flink_ids={}))
    assert said[DLI] == ("on Flink it is not there",)
    assert "the job of batch_then_stream_on_dli.fill is not there" in said[JOBS]
