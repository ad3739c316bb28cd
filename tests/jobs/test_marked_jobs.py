"""Jobs of a cluster with the marks that they bear."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.flink import marks
from airflow_provider_dli.jobs.flink.marked_jobs import jobs_of_task, marked_jobs
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.jobs.latest import Candidates
from tests.jobs.script import ID, IDENTITY, JOB_IDS, NO_JOB, SECOND_ID, Script, row

CONFIGURATION = "GET /jobs/:id/config"
EXECUTION = {"restart-strategy": "none", "job-parallelism": 1, "object-reuse-mode": False}
BEFORE = replace(IDENTITY, generation="before a clear")


def settings(identity: Identity | None) -> dict[str, Any]:
    """The settings of a job as Flink returns them."""
    pairs = marks.configuration(identity, {})[marks.GLOBAL_JOB_PARAMETERS].split(",") if identity else []
    user = {name: unquote(value) for name, _, value in (pair.partition(":") for pair in pairs)}
    return {"jid": ID, "name": "count", "execution-config": {**EXECUTION, "user-config": user}}


def rows(*jobs: tuple[str, int]) -> list[dict[str, Any]]:
    return [{**row("RUNNING", job_id), "start-time": started} for job_id, started in jobs]


def test_jobs_without_a_mark_and_jobs_that_are_gone_are_left_out() -> None:
    script = Script().jobs(rows((ID, 3), (SECOND_ID, 2), (JOB_IDS[2], 1)), rows())
    jobs = list(script.run(script.backend.all_jobs()).values())
    script.on(CONFIGURATION, settings(None), NO_JOB, settings(IDENTITY))
    ((job, mark),) = script.run(marked_jobs(script.backend, jobs))
    assert (job.id, mark.belongs_to(IDENTITY), mark.task_id) == (JOB_IDS[2], True, "task")


def test_a_task_instance_has_jobs_in_all_of_its_generations() -> None:
    script = Script().jobs(rows((ID, 1), (SECOND_ID, 3), (JOB_IDS[2], 2)))
    script.on(CONFIGURATION, settings(IDENTITY), settings(BEFORE), settings(replace(IDENTITY, run_id="other")))
    found = script.run(jobs_of_task(script.backend, IDENTITY))
    assert [job.id for job in found] == [SECOND_ID, JOB_IDS[2]]


def test_where_no_earlier_id_is_known_state_is_looked_for_in_marked_jobs() -> None:
    script = Script().jobs(rows((ID, 1), ("b" * 32, 3)))
    jobs = list(script.run(script.backend.all_jobs()).values())
    candidates = Candidates.of(Attempt(IDENTITY, "run"), 2, jobs)
    assert [list(ids) for ids in candidates.generations[1:]] == [["b" * 32]]
