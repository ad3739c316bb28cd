"""``FlinkRunJarOperator`` with programs of several jobs, or a ``main`` that fails: all has run, or the task fails."""

from __future__ import annotations

from threading import Thread
from typing import Any, NamedTuple

import pytest

from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo_jobs import JAR, SEVERAL_JOBS
from airflow_provider_dli.operators.flink import FlinkRunJarOperator
from tests.airflow_engine import Task, connect, deferred_or_not, run_task
from tests.cluster import Cluster
from tests.local.waiting import wait_until
from tests.selection import FLINK_1, FLINK_2

pytestmark = pytest.mark.live

PROGRAM: dict[str, Any] = {
    "jar": str(JAR),
    "entry_class": SEVERAL_JOBS,
    "wait_until": "finished",
    "poll_interval": 0.2,
}


class Outcome(NamedTuple):
    """What became of a task and of the jobs of its program."""

    task: str
    jobs: list[str]
    error: str = ""


ALL_WELL = Outcome("success", ["FINISHED", "FINISHED"])
MAIN_FAILED = r"The program's main\(\) failed: "
# By the steps of the program: what becomes of it on Flink 1.20, and on 2.3.
MATRIX = {
    "execute": (Outcome("success", ["FINISHED"]), Outcome("success", ["FINISHED"])),
    "execute,new,execute": (
        Outcome("failed", ["CANCELED"], "starts jobs in several environments.*Set several_jobs=True"),
        ALL_WELL,
    ),
    "execute,execute": (
        Outcome("failed", ["CANCELED"], MAIN_FAILED + ".*Cannot have more than one execute.*STATEMENT SET"),
        Outcome("failed", ["CANCELED"], MAIN_FAILED + ".*STATEMENT SET"),
    ),
    "execute,throw": (
        Outcome("failed", ["CANCELED"], MAIN_FAILED + r".*told to fail in main\(\), after 1 jobs"),
        Outcome("failed", ["CANCELED"], MAIN_FAILED + r".*told to fail in main\(\), after 1 jobs"),
    ),
    "async,await,new,async": (Outcome("failed", ["CANCELED"], MAIN_FAILED + ".*Flink 2.3"), ALL_WELL),
    "async,await,throw": (
        Outcome("failed", ["CANCELED"], MAIN_FAILED),
        Outcome("failed", ["FINISHED"], MAIN_FAILED + r".*told to fail in main\(\), after 1 jobs"),
    ),
    "result": (
        Outcome("failed", ["CANCELED"], MAIN_FAILED + ".*execution.attached"),
        Outcome("failed", ["CANCELED"], MAIN_FAILED + ".*execution.attached"),
    ),
}


def run(cluster: Cluster, steps: str, **arguments: Any) -> tuple[Task, list[str], str]:
    """Run a program; return the task, the ids of the jobs that there are then, and the log."""
    before = set(cluster.jobs())
    task, log = run_task(FlinkRunJarOperator, **{**PROGRAM, "arguments": ["--steps", steps], **arguments})
    new = {job_id: job for job_id, job in cluster.jobs().items() if job_id not in before}
    return task, sorted(new, key=lambda job_id: new[job_id]["start-time"]), log


# Each way in which a program can be incomplete, once; the others take as long.
QUICK = {"execute,new,execute", "execute,throw"}


@pytest.mark.parametrize(
    "steps", [pytest.param(steps, marks=() if steps in QUICK else pytest.mark.long) for steps in MATRIX]
)
def test_the_whole_program_has_run_or_the_task_fails(cluster: Cluster, steps: str) -> None:
    jars, expected = cluster.jars(), MATRIX[steps][cluster.flink.version != FLINK_1]
    task, jobs, log = run(cluster, steps)
    assert cluster.comes_to_rest()
    assert (task.state, [cluster.status(job_id) for job_id in jobs]) == (expected.task, expected.jobs), log
    assert task.xcoms["job_id"] == jobs[0]
    assert task.xcoms.get("job_ids") == (jobs if len(jobs) > 1 else None)
    if expected.error:
        import re

        assert re.search(expected.error, task.first_line), task.first_line
    assert cluster.jars() == jars


@deferred_or_not
@pytest.mark.parametrize(
    "steps", ["execute,new,execute", pytest.param("execute,sleep,new,execute", marks=pytest.mark.long)]
)
def test_several_jobs_where_they_are_said_to_be(cluster: Cluster, steps: str, deferrable: bool) -> None:
    jars = cluster.jars()
    task, jobs, log = run(cluster, steps, several_jobs=True, deferrable=deferrable)
    assert (task.state, [cluster.status(job_id) for job_id in jobs]) == ALL_WELL[:2], log
    assert task.xcoms["job_ids"] == jobs
    assert cluster.jars() == jars


@pytest.mark.long
def test_with_high_availability_it_has_to_be_said(airflow_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """There, Flink 2.3 gives the first job of each environment the id of the application."""
    with LocalFlink(FLINK_2, high_availability=True) as flink:
        connect(monkeypatch, flink.address)
        cluster = Cluster(flink)
        task, jobs, log = run(cluster, "execute,new,execute")
        assert task.state == "failed", log
        assert "Set several_jobs=True" in task.error or "set several_jobs=True" in task.error
        assert cluster.comes_to_rest()
        task, jobs, log = run(cluster, "execute,new,execute", several_jobs=True)
        assert (task.state, [cluster.status(job_id) for job_id in jobs]) == ALL_WELL[:2], log
        assert task.xcoms["job_ids"] == jobs


@pytest.mark.long
def test_main_runs_again_where_a_jobmanager_takes_over(airflow_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environments that are still to come have ids of their own then, so all jobs of the program run."""
    with LocalFlink(FLINK_2, high_availability=True) as flink:
        connect(monkeypatch, flink.address)
        cluster = Cluster(flink)
        takeover = Thread(
            target=lambda: (wait_until(cluster.jobs), flink.kill_jobmanager(), flink.restart_jobmanager())
        )
        takeover.start()
        arguments = ["--steps", "execute,sleep,new,execute", "--seconds", "5", "--pause", "10"]
        task, log = run_task(FlinkRunJarOperator, **{**PROGRAM, "arguments": arguments, "grace_period": 120})
        takeover.join()
        assert task.state == "success", log
        first, second = task.xcoms["job_ids"]
        assert [cluster.status(first), cluster.status(second)] == ["FINISHED", "FINISHED"]
