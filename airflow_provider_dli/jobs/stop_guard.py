"""Stops and other savepoints that a job has had, or has in progress: a stop beside them would fail, and they with it.

The ids of stops are derived from the job. Savepoints of clients that use other ids are found among the job's
checkpoints, whose list is up to some seconds old.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid5

from airflow_provider_dli.jobs.backend import OperatingBackend
from airflow_provider_dli.jobs.model import Checkpoint, Job, Operation
from airflow_provider_dli.jobs.operation import among_checkpoints, last_known
from airflow_provider_dli.rest.flow import Flow, Pause, work
from airflow_provider_dli.rest.wording import number_text

_NAMESPACE = UUID("0c8f8f2b-6f0e-5c51-8a53-6f7d8a2a4b1e")


@dataclass(frozen=True)
class Listed:
    """The savepoints of a job, as the cluster listed them.

    :param in_progress: the one that a stop must not be sent beside, one that stops the job before others.
    :param last_id: the id of the last checkpoint.
    :param at: when the response was there, in seconds of :func:`time.monotonic`.
    """

    in_progress: Checkpoint | None
    last_id: int
    at: float


def stop_id(job: Job, place: int) -> str:
    """Return the id for the stop of a job: the first one, and the next one after each failure.

    A job that was started again under its id, or came back with another JobManager, has another start and so other ids.
    """
    started = round((job.started or 0.0) * 1000)
    return uuid5(_NAMESPACE, json.dumps([job.id, started, place])).hex


def last_stop(backend: OperatingBackend, job: Job) -> Flow[tuple[int, Operation | None]]:
    """Return the last stop of a job under a derived id, with its place in the series; None where none is known.

    :param backend: where the job runs, or ran.
    :param job: the job.
    """
    return last_known(lambda stop: backend.operation(job.id, stop), partial(stop_id, job), 0, further=1)


def stopped_with(backend: OperatingBackend, job: Job) -> Flow[str | None]:
    """Return the path of the savepoint with which a job was stopped; None where it was not, or nobody knows.

    :param backend: where the job ran.
    :param job: the job, which has ended.
    """
    _, operation = yield from last_stop(backend, job)
    if operation and operation.path:
        return operation.path
    stops = yield from among_checkpoints(backend, job.id, lambda one: one.stops_job and one.path is not None)
    return stops[0].path if stops else None


def is_being_stopped(backend: OperatingBackend, job: Job) -> Flow[bool]:
    """Tell whether a job that runs is being stopped, as far as the cluster shows it by now.

    :param backend: where the job runs.
    :param job: the job as it was just read.
    """
    _, operation = yield from last_stop(backend, job)
    if operation and not operation.failure:
        return True
    other = (yield from list_savepoints(backend, job.id)).in_progress
    return bool(other and other.stops_job)


def list_savepoints(backend: OperatingBackend, job_id: str) -> Flow[Listed]:
    """List the savepoints of a job; up to some seconds old."""
    listed = yield from backend.checkpoints(job_id)
    at = yield from work(time.monotonic)
    in_progress = [one for one in listed.history if one.is_savepoint and one.status == "IN_PROGRESS"]
    in_progress.sort(key=lambda one: one.stops_job, reverse=True)
    complete = [one for one in listed.history if one.stops_job and one.status == "COMPLETED"]
    if complete and not in_progress:
        # The job ends now, unless it has been started again since, because it failed while it stopped.
        running_since = yield from backend.running_since(job_id)
        in_progress = [one for one in complete if running_since is not None and one.completed >= running_since]
    return Listed(next(iter(in_progress), None), listed.last_id, at)


def list_again(backend: OperatingBackend, job: Job, before: Listed) -> Flow[Listed]:
    """List the savepoints of a job, all of those among them that were started before they were listed first.

    The cluster keeps its response for some seconds. So this one is requested that long after the first response.
    """
    lag = yield from backend.checkpoints_lag()
    elapsed = (yield from work(time.monotonic)) - before.at
    # Rounded up to tenths.
    left = math.ceil((lag - elapsed) * 10) / 10
    if left > 0:
        yield Pause(
            left, f"{job}; checking that nobody else stops it, which takes {number_text(lag)} s", exact=True, whole=True
        )
    return (yield from list_savepoints(backend, job.id))
