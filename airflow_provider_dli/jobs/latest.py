"""What the jobs of a task instance have left: the newest checkpoint or savepoint, to go on from.

A cluster that has lost its jobs tells nothing of them. Their ids are derived, though, and Flink names the folder of a
job's checkpoints after its id: so they are found where they lie, without anything having been stored.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.backend import OperatingBackend
from airflow_provider_dli.jobs.errors import BackendTrouble, JobForgotten
from airflow_provider_dli.jobs.model import Checkpoint, Job
from airflow_provider_dli.jobs.object_store import ObjectStore
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, remark, work

#: What ``restore_from`` says where the newest state is wanted.
LATEST = "latest"


@dataclass(frozen=True)
class Kept:
    """A complete checkpoint or savepoint that a job has left.

    :param path: where it lies.
    :param job_id: the job.
    :param completed: when it was complete, in seconds since the epoch.
    :param found: where it was found, as the end of a sentence.
    """

    path: str
    job_id: str
    completed: float
    found: str

    def __str__(self) -> str:
        age = max(0.0, time.time() - self.completed)
        return f"{self.path}, which job {self.job_id} completed {age:.0f} s ago; it was found {self.found}"


class Remains(Protocol):
    """What a back end knows of the state that jobs leave. Every method is a flow."""

    def of(self, job: Job) -> Flow[Checkpoint | None]:
        """Return the newest checkpoint or savepoint of a job that is still there; None where there is none."""
        ...

    def directory(self) -> Flow[str]:
        """Return the folder that has a folder for each job's checkpoints.

        :raises ValueError: when none is known; says why.
        """
        ...


@dataclass(frozen=True)
class Candidates:
    """The jobs that may have left something.

    :param generations: the ids that they have, from the newest generation to the oldest.
    :param tries: how often the task instance was tried, this try included: no try starts more than one job.
    """

    generations: Sequence[Sequence[str]]
    tries: int

    @classmethod
    def of(cls, attempt: Attempt, tries: int, marked: Sequence[Job] = ()) -> Candidates:
        """Return the jobs of a task instance, with those from before clears as far as known.

        :param attempt: the attempt at starting a job.
        :param tries: number of tries of the task instance.
        :param marked: jobs that bear the mark of the task instance, newest first, where ids from before clears are
            unknown.
        """
        own = set(attempt.generations[0])
        return cls([*attempt.generations, *([job.id] for job in marked if job.id not in own)], tries)


def find_latest(
    backend: OperatingBackend,
    remains: Remains,
    open_store: Callable[[str], ObjectStore],
    candidates: Candidates,
    recalled: str | None = None,
) -> Flow[str | None]:
    """Return the path of the newest state that some jobs have left, and say in the log which, or that there is none.

    What the cluster knows is asked first. A job that it has forgotten is older than those of its generation that it
    knows, so folders are looked into only for generations after these.

    :param backend: where the jobs ran.
    :param remains: what it knows of their state.
    :param open_store: opens a folder, to look into it.
    :param candidates: the jobs.
    :param recalled: a savepoint that an earlier try has noted, for where nothing else is found.
    :raises BackendTrouble: when it cannot be looked for, so that nobody can say whether there is some.
    """
    try:
        told, newer = yield from _told(backend, remains, candidates.generations)
    except RestError as error:
        raise BackendTrouble(f"The state to start from could not be looked for: {error}") from error
    is_needed = candidates.tries > 1 and not (told or recalled)
    kept = (yield from _lying(remains, open_store, newer, candidates.tries, is_needed)) or told
    if kept:
        yield from remark(f"Starting from {kept}.")
    elif recalled:
        yield from remark(f"Starting from {recalled}, the savepoint that an earlier try has noted.")
    else:
        yield from remark("No checkpoint or savepoint of this task's jobs was found: starting without state.")
    return kept.path if kept else recalled


def find_left_by(
    backend: OperatingBackend, remains: Remains, open_store: Callable[[str], ObjectStore], job_id: str
) -> Flow[Kept | None]:
    """Return the newest state that one job has left, which has failed, or which the cluster has forgotten.

    :param backend: where it ran.
    :param remains: what that knows of its state.
    :param open_store: opens a folder, to look into it.
    :param job_id: its id.
    :raises ValueError: when nobody can say where it lies.
    """
    job = yield from backend.find(job_id)
    if job:
        return (yield from _left_by(remains, job))
    directory = yield from remains.directory()
    return (yield from _newest_in(open_store(directory), directory, [job_id]))


def _told(
    backend: OperatingBackend, remains: Remains, generations: Sequence[Sequence[str]]
) -> Flow[tuple[Kept | None, Sequence[Sequence[str]]]]:
    """Return the newest state that the cluster tells of, and the generations after that of its job."""
    jobs = yield from backend.all_jobs()
    for number, ids in enumerate(generations):
        kept = yield from _newest_of(remains, jobs, ids)
        if kept:
            return kept, generations[:number]
    return None, generations


def _newest_of(remains: Remains, jobs: Mapping[str, Job], ids: Sequence[str]) -> Flow[Kept | None]:
    """Return the state of the last job of a series that has any; each was started after the end of the one before."""
    for job in (jobs[job_id] for job_id in reversed(ids) if job_id in jobs):
        kept = yield from _left_by(remains, job)
        if kept:
            return kept
    return None


def _left_by(remains: Remains, job: Job) -> Flow[Kept | None]:
    try:
        newest = yield from remains.of(job)
    except JobForgotten:
        return None
    if newest is None or newest.path is None:
        return None
    return Kept(newest.path, job.id, newest.completed, "where the cluster tells of it")


def _lying(
    remains: Remains,
    open_store: Callable[[str], ObjectStore],
    generations: Sequence[Sequence[str]],
    tries: int,
    is_needed: bool,
) -> Flow[Kept | None]:
    """Return the newest state that lies where the jobs' checkpoints do, also of jobs that the cluster has forgotten."""
    try:
        directory = (yield from remains.directory()) if generations else ""
        for ids in generations:
            kept = yield from _newest_in(open_store(directory), directory, ids[: tries + 1])
            if kept:
                return kept
        if is_needed:
            yield from remark(f"No checkpoint of this task's jobs lies in {directory}, as this worker sees it.")
    except (ValueError, RestError, BackendTrouble) as error:
        # One that does not answer now may answer the next try; one that cannot be opened never will.
        if is_needed and isinstance(error, BackendTrouble):
            raise
        yield from remark(f"The state of jobs that the cluster has forgotten cannot be looked for: {error}")
    return None


def _newest_in(store: ObjectStore, directory: str, ids: Sequence[str]) -> Flow[Kept | None]:
    """Return the newest complete checkpoint in the folders of some jobs."""
    found: list[Kept] = []
    for job_id in ids:
        lying = yield from work(partial(store.complete_ones, job_id))
        found += [Kept(f"{directory}/{one.path}", job_id, one.completed, f"in {directory}") for one in lying]
    return max(found, key=lambda one: one.completed, default=None)
