"""Waits on real clusters."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.jobs.cancel import cancel_job
from airflow_provider_dli.jobs.errors import ConditionNotReachable, JobFailed, JobNotFound
from airflow_provider_dli.jobs.look import resolve
from airflow_provider_dli.jobs.wait import wait_for_status
from airflow_provider_dli.jobs.watch_checkpoints import wait_for_checkpoint
from airflow_provider_dli.jobs.watch_metric import wait_for_metric
from airflow_provider_dli.local.demo_jobs import STREAMING_COUNT
from airflow_provider_dli.rest.patience import WaitTimedOut
from tests.jobs.live import POLL, Live

pytestmark = pytest.mark.live
BATCH = {"configuration": {"execution.runtime-mode": "BATCH"}}


def test_running_means_that_all_tasks_run(live: Live) -> None:
    job_id = live.submit(STREAMING_COUNT, parallelism=10).id
    with pytest.raises(WaitTimedOut) as caught:
        live.wait(job_id, "running", seconds=1)
    assert "is RUNNING, tasks: 20 scheduled; waiting until running" in caught.value.seeing
    assert caught.value.seeing.endswith("tasks without a slot: 20, free slots: 0 of 4")
    assert live.run(cancel_job(live.backend, job_id=job_id, poll_interval=POLL)).status == "CANCELED"


@pytest.mark.parametrize("choices", [{}, BATCH], ids=["no interval", "batch mode"])
def test_no_checkpoints(live: Live, choices: Any) -> None:
    job_id = live.batch("--seconds", "60", **choices).id
    with pytest.raises(ConditionNotReachable, match="'bounded count' makes no checkpoints"):
        live.wait(job_id, "checkpointed")


def test_a_failed_job_names_its_cause(live: Live) -> None:
    job_id = live.submit(STREAMING_COUNT, "--fail-after", "50", "--restarts", "1", "--checkpoint-interval", "100").id
    with pytest.raises(JobFailed) as caught:
        live.wait(job_id)
    first_line, *others = str(caught.value).split("\n")
    assert first_line.startswith(
        "Job 'streaming count' FAILED: demo.ToldToFail: told to fail after 50 records (in Count"
    )
    assert "execution #1 on localhost:" in first_line
    assert "; restarts: 1; the last good one is checkpoint" in first_line
    assert first_line.endswith(f"{job_id}/overview)")
    assert not others


def test_a_failed_batch_job_names_its_cause(live: Live) -> None:
    """Flink knows no checkpoints of it at all."""
    job_id = live.batch("--fail-after", "5", **BATCH).id
    with pytest.raises(
        JobFailed, match=r"FAILED: demo.ToldToFail: told to fail after 5 records .*there is no checkpoint"
    ):
        live.wait(job_id)


def test_the_cause_is_not_what_the_cluster_had_cached(live: Live) -> None:
    job_id = live.stream("--fail-after", "50")
    live.api.jobs.detail(job_id)
    assert not live.api.jobs.exceptions(job_id).newest_first
    with pytest.raises(JobFailed, match="told to fail after 50 records"):
        live.wait(job_id)


def test_a_status(live: Live) -> None:
    job_id = live.batch().id
    flow = wait_for_status(live.backend, job_id=job_id, statuses=["FINISHED"], poll_interval=POLL)
    assert live.run(flow, 30).status == "FINISHED"
    flow = wait_for_status(live.backend, job_id=job_id, statuses=["RUNNING"], poll_interval=POLL)
    with pytest.raises(ConditionNotReachable, match="is FINISHED, and will never be RUNNING"):
        live.run(flow)


def test_by_name(live: Live) -> None:
    job_id = live.stream("--name", live.identity.run_id)
    flow = resolve(live.backend, job_id=None, job_name=live.identity.run_id)
    assert live.run(flow) == job_id


def test_a_job_that_never_was(live: Live) -> None:
    job_id = live.stream("--name", live.identity.run_id)
    with pytest.raises(JobNotFound, match=rf"There is no job {'0' * 32} on the cluster\. Not ended are: .*{job_id}"):
        live.wait("0" * 32)


def test_checkpoints(live: Live) -> None:
    job_id = live.stream("--checkpoint-interval", "100", until="checkpointed")
    after = live.all_jobs()[job_id].started
    flow = wait_for_checkpoint(live.backend, job_id=job_id, kind="checkpoint", count=8, after=after, poll_interval=POLL)
    found = live.run(flow, 30)
    assert found.id >= 8
    assert found.path


def test_the_savepoint_that_a_job_ended_with(live: Live) -> None:
    job_id = live.stream()
    flow = wait_for_checkpoint(live.backend, job_id=job_id, kind="savepoint", poll_interval=POLL)
    live.run(live.backend.checkpoints(job_id))
    made = live.savepoint(job_id, "stop")
    assert live.run(flow, 30).path == made.path


def test_a_metric(live: Live) -> None:
    job_id = live.stream("--rate", "1000")
    source: Any = {"job_id": job_id, "vertex": "Count", "poll_interval": POLL}
    reading = live.run(wait_for_metric(live.backend, metric="Count.count", threshold=1, hold_polls=2, **source), 30)
    assert reading.value >= 1
    with pytest.raises(ConditionNotReachable, match=r"no vertex 'Coumt'. It has: 'Source: Numbers -> Pace', 'Count'"):
        live.run(wait_for_metric(live.backend, metric="Count.count", threshold=1, **source | {"vertex": "Coumt"}))
