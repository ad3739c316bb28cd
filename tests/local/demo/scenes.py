"""Scenes and outcomes of the demo, made up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.local.airflow.api import DagRun, TaskInstance
from airflow_provider_dli.local.demo.outcome import Outcome, SavepointFiles, StreamOnDli
from airflow_provider_dli.local.demo.plan import BATCH_ON_DLI, MEASURED, SAVERS, STARTERS, STREAM_ON_DLI, TaskName
from airflow_provider_dli.local.demo.scene import JobSeen, RunSeen, Scene

BACKFILL, ORDERS, CLICKS, CLICKS_AGAIN, FILLED, STREAMED = (letter * 32 for letter in "abcdef")
ON_DLI = StreamOnDli("1001", "cities", "job_cancel_success", 1, "http://dli")


def job(job_id: str, name: str, status: str = "RUNNING", **more: Any) -> JobSeen:
    tasks = {"running": 2 if status == "RUNNING" else 0, "finished": 2 if status == "FINISHED" else 0, "total": 2}
    ended = None if status == "RUNNING" else 106.0
    state = JobState(status.lower())
    return JobSeen(Job(job_id, name, state, status, tasks, 100.0, ended), f"http://flink/{job_id}", **more)


def task(task_id: str, state: str = "success", **more: Any) -> TaskInstance:
    started = 101.0 if state else None
    ended = 103.5 if state in {"success", "failed"} else None
    return replace(TaskInstance(task_id, state, 1, started, ended, None, {}), **more)


def run(dag_id: str, *tasks: TaskInstance, state: str = "success") -> RunSeen:
    return RunSeen(DagRun(dag_id, "1", state), f"http://airflow/{dag_id}", tasks)


def scene() -> Scene:
    """The end of a demo in which all went well."""
    return Scene(
        runs=(
            run("batch_then_stream", task("backfill"), task("stream")),
            run("nightly_savepoint_backup", task("healthy"), task("backup")),
            run(
                "run_watch_stop",
                task("run"),
                task("enough_records", rendered={"threshold": 500}),
                task("backup"),
                task("stop"),
                task("run_again"),
            ),
            run(
                "batch_then_stream_on_dli", *map(task, ("shops", "fill", "stream", "enough_records", "backup", "stop"))
            ),
        ),
        jobs=(
            job(BACKFILL, "backfill", "FINISHED", counted=2000, restored=0),
            job(ORDERS, "orders", completed=41, savepoints=("file:/s/1",), counted=9800, restored=0),
            job(CLICKS, "clicks", "FINISHED", completed=15, savepoints=("file:/s/2", "file:/s/3"), counted=1734),
            job(CLICKS_AGAIN, "clicks", completed=3, counted=266, restored=1734),
            job(FILLED, "sql-7", "FINISHED"),
            job(STREAMED, "cities", "FINISHED", completed=2, savepoints=("file:/s/4", "file:/s/5"), counted=700),
        ),
        at=110.0,
    )


def outcome() -> Outcome:
    """What came of it when all went well."""
    results: dict[TaskName, Any] = dict(
        zip(STARTERS, (BACKFILL, ORDERS, CLICKS, CLICKS_AGAIN, None, "1001"), strict=True)
    )
    results |= {task: f"file:/s/{number}" for number, task in enumerate(SAVERS, 1)}
    results[MEASURED] = 547.0
    savepoints = {task: SavepointFiles(results[task], 3760, has_metadata=True) for task in SAVERS}
    flink_ids = {BATCH_ON_DLI: FILLED, STREAM_ON_DLI: STREAMED}
    return Outcome(scene(), results, savepoints, flink_ids=flink_ids, on_dli=ON_DLI)


def with_job(before: Outcome, job_id: str, **changes: Any) -> Outcome:
    """Return the outcome with one job that was seen otherwise."""
    jobs = tuple(replace(seen, **changes) if seen.job.id == job_id else seen for seen in before.scene.jobs)
    return replace(before, scene=replace(before.scene, jobs=jobs))


def with_task(before: Outcome, name: TaskName, **changes: Any) -> Outcome:
    """Return the outcome with one task that was seen otherwise."""

    def changed(seen: RunSeen) -> RunSeen:
        tasks = [replace(one, **changes) if one.task_id == name.task_id else one for one in seen.tasks]
        return replace(seen, tasks=tuple(tasks)) if seen.run.dag_id == name.dag_id else seen

    return replace(before, scene=replace(before.scene, runs=tuple(map(changed, before.scene.runs))))


def with_result(before: Outcome, name: TaskName, result: Any) -> Outcome:
    """Return the outcome with one task that returned something else."""
    return replace(before, results={**before.results, name: result})


def with_savepoint(before: Outcome, name: TaskName, files: SavepointFiles | None) -> Outcome:
    """Return the outcome with another savepoint of a task, or none."""
    others = {task: made for task, made in before.savepoints.items() if task != name}
    return replace(before, savepoints=others if files is None else {**others, name: files})
