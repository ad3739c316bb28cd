"""Jobs that run on although their task has ended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_dli.jobs.flink.marked_jobs import MarkedJob
from airflow_provider_dli.jobs.flink.marks import Mark
from airflow_provider_dli.jobs.flink.orphans import OrphanedJob, key_of, orphans, running_marked_jobs
from airflow_provider_dli.jobs.model import Job, JobState
from tests.jobs.script import Script, row

MARK = Mark("dag", "run", "task", "a" * 32, namespace="prod", on_kill="cancel", wait_until="finished")
KEY = key_of(MARK)
JOB = Job("1", "count", JobState.RUNNING, "RUNNING")


def found(state: str | None, namespace: str = "prod", **mark: Any) -> bool:
    marked = replace(MARK, **mark)
    (*jobs,) = orphans([MarkedJob(JOB, marked)], {key_of(marked): state}, namespace)
    assert jobs in ([], [OrphanedJob("1", "count", "RUNNING", key_of(marked), str(state), marked.on_kill)])
    return bool(jobs)


@pytest.mark.parametrize("state", ["failed", "upstream_failed", "removed", "skipped", "success"])
def test_a_task_that_has_ended_leaves_an_orphan(state: str) -> None:
    assert found(state)


@pytest.mark.parametrize(
    "state",
    [None, "scheduled", "queued", "running", "deferred", "up_for_retry", "up_for_reschedule", "restarting"],
)
def test_a_task_that_is_at_work_or_unknown_leaves_none(state: str | None) -> None:
    assert not found(state)


@pytest.mark.parametrize("wait_until", ["submitted", "running", "checkpointed"])
def test_a_stream_of_a_task_that_has_succeeded_is_meant_to_run(wait_until: str) -> None:
    assert not found("success", wait_until=wait_until)
    assert found("failed", wait_until=wait_until)


def test_a_detached_job_and_a_job_of_another_airflow_are_left_alone() -> None:
    assert not found("failed", on_kill="detach")
    assert not found("failed", on_kill="")
    assert not found("failed", namespace="")
    assert found("failed", on_kill="stop_with_savepoint")


def test_a_job_from_before_a_clear_is_an_orphan_once_the_task_has_started_a_newer_one() -> None:
    newer, older = (MarkedJob(replace(JOB, id=one), replace(MARK, identity=one * 32)) for one in ("b", "a"))
    assert [one.job_id for one in orphans([newer, older], {KEY: "deferred"}, "prod")] == ["a"]
    assert [one.job_id for one in orphans([older], {KEY: "deferred"}, "prod")] == []
    # All jobs of one program bear one mark.
    assert not orphans([newer, newer], {KEY: "deferred"}, "prod")


def test_jobs_that_have_ended_are_not_asked_for() -> None:
    script = Script().jobs([row("FINISHED")])
    assert script.run(running_marked_jobs(script.backend)) == []
    assert script.count("GET /jobs/:id/config") == 0
