"""What is seen at one moment: runs and their tasks in Airflow, jobs in Flink. Values only; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.local.airflow.api import DagRun, TaskInstance
from airflow_provider_dli.local.demo.plan import TaskName


@dataclass(frozen=True)
class RunSeen:
    """A run of a DAG.

    :param run: the run.
    :param page: its page in Airflow's web UI.
    :param tasks: its tasks.
    """

    run: DagRun
    page: str
    tasks: tuple[TaskInstance, ...] = ()


@dataclass(frozen=True)
class JobSeen:
    """A job of Flink.

    :param job: the job.
    :param page: its page in Flink's web UI.
    :param completed: how many checkpoints it has completed, savepoints among them.
    :param savepoints: the paths of its savepoints, oldest first.
    :param restored: how many records it had counted in the state that it started from; None while unknown.
    :param counted: how many records it has counted since; None while unknown.
    """

    job: Job
    page: str
    completed: int = 0
    savepoints: tuple[str, ...] = ()
    restored: int | None = None
    counted: int | None = None

    @property
    def checkpoints(self) -> int:
        """How many checkpoints it has completed, savepoints not among them."""
        return self.completed - len(self.savepoints)

    @property
    def records(self) -> int:
        """How many records it has counted, with those before it."""
        return (self.restored or 0) + (self.counted or 0)

    @property
    def at_work(self) -> int:
        """How many of its tasks run, or have done their work."""
        return self.job.tasks.get("running", 0) + self.job.tasks.get("finished", 0)

    @property
    def tasks(self) -> int:
        """How many tasks it has."""
        return self.job.tasks.get("total", 0)


@dataclass(frozen=True)
class Scene:
    """All that is seen.

    :param runs: the runs that have begun, in the order of the plan.
    :param jobs: the jobs, oldest first.
    :param at: when, in seconds since the epoch.
    """

    runs: tuple[RunSeen, ...] = ()
    jobs: tuple[JobSeen, ...] = ()
    at: float = 0.0

    def duration(self, one: Job | TaskInstance) -> float | None:
        """Return for how many seconds a job or a task has been running, or ran; None before it has begun."""
        return None if one.started is None else max(0.0, (one.ended or self.at) - one.started)

    def job(self, job_id: str) -> JobSeen | None:
        """Return a job by its id."""
        return next((seen for seen in self.jobs if seen.job.id == job_id), None)

    def tasks(self) -> Iterator[tuple[TaskName, TaskInstance]]:
        """Yield all tasks of all runs."""
        for seen in self.runs:
            for task in seen.tasks:
                yield TaskName(seen.run.dag_id, task.task_id), task
