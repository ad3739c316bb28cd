"""Looking at the jobs of a Flink."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeVar

from airflow_provider_dli.flink.endpoints import jobs
from airflow_provider_dli.jobs.backend import MetricSource
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.jobs.flink import FlinkBackend
from airflow_provider_dli.jobs.model import Checkpoint, Job
from airflow_provider_dli.local.demo.plan import COUNTING_VERTEX, RESTORED_COUNT
from airflow_provider_dli.local.demo.scene import JobSeen
from airflow_provider_dli.rest.errors import Refused
from airflow_provider_dli.rest.flow import Flow, ask
from airflow_provider_dli.rest.patience import Clock

T = TypeVar("T")

#: Seconds after which what Flink tells of an ended job is final.
_SETTLED: Final = 3
_RESTORED: Final = MetricSource(RESTORED_COUNT, vertex=COUNTING_VERTEX, aggregation="sum")


def look_at_jobs(
    backend: FlinkBackend, before: Mapping[str, JobSeen], clock: Clock = time.time
) -> Flow[tuple[JobSeen, ...]]:
    """Look at all jobs.

    :param backend: the cluster.
    :param before: the jobs as they were seen before, by id.
    :param clock: seconds since the epoch.
    """
    seen = []
    for job in sorted((yield from backend.all_jobs()).values(), key=lambda job: job.started or 0.0):
        known = before.get(job.id) or JobSeen(job, backend.job_url(job.id))
        seen.append(known if _is_settled(known.job, clock()) else (yield from _look_at(backend, job, known)))
    return tuple(seen)


def _is_settled(job: Job, now: float) -> bool:
    return job.ended is not None and now - job.ended > _SETTLED


def _look_at(backend: FlinkBackend, job: Job, before: JobSeen) -> Flow[JobSeen]:
    checkpoints = yield from _if_told(backend.checkpoints(job.id))
    restored = before.restored
    if restored is None and job.all_tasks_run:
        restored = yield from _if_told(_restored(backend, job))
    counted = yield from _if_told(_counted(job))
    return replace(
        before,
        job=job,
        completed=max(before.completed, checkpoints.completed if checkpoints else 0),
        savepoints=_savepoints(before, checkpoints.history if checkpoints else ()),
        restored=restored,
        counted=counted if counted is not None else before.counted,
    )


def _if_told(flow: Flow[T]) -> Flow[T | None]:
    """Return what a flow returns, or None where Flink does not know it: of a job that just begins, it knows little."""
    try:
        return (yield from flow)
    except (Refused, JobError):
        return None


def _counted(job: Job) -> Flow[int | None]:
    """Tell how many records the counting vertex of a job has read, or else its last one.

    Unlike metrics, this outlives the job's end.
    """
    vertices = (yield from ask(jobs.detail(job.id))).vertices
    counting = [one for one in vertices if one.name == COUNTING_VERTEX] or vertices[-1:]
    return counting[0].metrics.read_records if counting else None


def _restored(backend: FlinkBackend, job: Job) -> Flow[int | None]:
    value = yield from backend.metric(job.id, _RESTORED)
    return None if value is None else int(value)


def _savepoints(before: JobSeen, history: tuple[Checkpoint, ...]) -> tuple[str, ...]:
    """Return those from before and new ones: Flink's own history forgets."""
    made = [one.path for one in reversed(history) if one.is_savepoint and one.status == "COMPLETED" and one.path]
    return tuple(dict.fromkeys([*before.savepoints, *made]))
