"""Looking at jobs: by id, by name, and what it means when one is not there."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from airflow_provider_dli.jobs.backend import Backend, Named
from airflow_provider_dli.jobs.errors import (
    ConditionNotReachable,
    JobFailed,
    JobForgotten,
    JobNameAmbiguous,
    JobNotFound,
)
from airflow_provider_dli.jobs.model import Failure, Job, JobState
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, Pause, pause
from airflow_provider_dli.rest.patience import WaitTimedOut
from airflow_provider_dli.rest.wording import listed

T = TypeVar("T")

# Seconds between two looks at a job that may be brought back.
_LOOK_EVERY = 2.0


def resolve(backend: Backend, *, job_id: str | None, job_name: str | None, besides: Collection[str] = ()) -> Flow[str]:
    """Return the id of a job that is known by id or by name. By name, the one that has not ended is meant.

    :param backend: where it runs.
    :param job_id: its id, or
    :param job_name: its exact name.
    :param besides: ids of jobs that are not meant.
    :raises JobNotFound: when there is none of this name, or more than one that has not ended.
    """
    if job_id:
        return job_id
    job = yield from newest_named(backend, job_name or "", besides)
    if job is None:
        raise JobNotFound(f"No job is called {job_name!r}. {(yield from others(backend))}")
    return job.id


def newest_named(backend: Backend, job_name: str, besides: Collection[str] = ()) -> Flow[Job | None]:
    """Return the job of a name: the one that has not ended, else the one that started last; None where there is none.

    :param backend: where it runs.
    :param job_name: its exact name.
    :param besides: ids of jobs that are not meant.
    :raises JobNameAmbiguous: when more than one has not ended.
    """
    named = [job for job in (yield from backend.jobs_named(job_name)) if job.id not in besides]
    alive = [job for job in named if not job.has_ended]
    if len(alive) > 1:
        ids = listed([job.id for job in alive])
        raise JobNameAmbiguous(f"{len(alive)} jobs are called {job_name!r}: {ids}. Give job_id.")
    return max(alive or named, key=lambda job: job.started or 0.0, default=None)


def look(backend: Backend, job_id: str, before: Job | None = None) -> Flow[Job]:
    """Return a job as it is now.

    :param backend: where it runs.
    :param job_id: its id.
    :param before: the job as it was seen before, or None.
    :raises JobForgotten: when it was seen before, and is gone.
    :raises JobNotFound: when it was not seen before, and is not there.
    """
    job = yield from backend.find(job_id)
    if job is None and before:
        # One list that lacks a job proves nothing: a proxy, or another JobManager, may have sent it.
        job = yield from backend.find_apart(job_id)
    if job:
        return job
    if before:
        raise forgotten(backend, job_id, f" Last seen: {before}.")
    raise JobNotFound(f"There is no job {job_id} on {backend.called}. {(yield from others(backend))}", job_id=job_id)


def wait_while(backend: Backend, job: Job, states: Collection[JobState], seconds: float, why: str) -> Flow[Job]:
    """Return a job once it no longer stands where it is to be waited for; at once where it does not.

    :param backend: where it runs.
    :param job: the job as it was just seen.
    :param states: where it stands while it is waited for.
    :param seconds: how long it is between two looks.
    :param why: what is being waited for, as the end of a sentence on the job.
    :raises JobForgotten: when it is gone meanwhile.
    """
    while job.state in states:
        yield from pause(seconds, f"{job}; {why}")
        job = yield from look(backend, job.id, job)
    return job


def sought(
    probe: Callable[[], Flow[T]],
    pauses: Iterable[float],
    seeing: str | Callable[[T], str],
    found: Callable[[T], object] = bool,
) -> Flow[T]:
    """Look for something again and again, and return what the last look saw: what is sought, or that it is not there.

    :param probe: looks once.
    :param pauses: seconds between the looks; where there are none, there is one look.
    :param seeing: what is being waited for; where that depends on what a look saw, it is told that.
    :param found: tells whether a look saw what is sought; by default, whether it saw anything.
    """
    for seconds in pauses:
        seen = yield from probe()
        if found(seen):
            return seen
        yield from pause(seconds, seeing if isinstance(seeing, str) else seeing(seen))
    return (yield from probe())


def just_submitted(job_id: str) -> Job:
    """Return what is known of a job that was submitted and not looked at yet."""
    return Job(job_id, "", JobState.UNKNOWN, "just submitted")


def forgotten(backend: Named, job_id: str, seen: str = "") -> JobForgotten:
    """Return the error for a job that was there, and is no longer.

    :param backend: where it was.
    :param job_id: its id.
    :param seen: a sentence on how it was seen last.
    """
    called = backend.called[0].upper() + backend.called[1:]
    return JobForgotten(f"{called} no longer knows job {job_id}.{seen} {backend.forgets}", job_id=job_id)


def no_such_vertex(job_id: str, vertex: str, names: Iterable[str]) -> ConditionNotReachable:
    """Return the error for a vertex that a job does not have.

    :param job_id: the job.
    :param vertex: the name or id that was given.
    :param names: the names of those that it has.
    """
    known = listed([*map(repr, names)])
    return ConditionNotReachable(f"Job {job_id} has no vertex {vertex!r}. It has: {known}.", job_id=job_id)


def ambiguous_vertex(job_id: str, vertex: str, ids: Sequence[str]) -> ConditionNotReachable:
    """Return the error for a name that several vertices of a job have.

    :param job_id: the job.
    :param vertex: the name that was given.
    :param ids: the ids of the vertices with this name.
    """
    return ConditionNotReachable(
        f"Job {job_id} has {len(ids)} vertices {vertex!r}: {listed(ids)}. Give the id of one of them.", job_id=job_id
    )


def why_it_ended(backend: Backend, job: Job) -> Flow[JobFailed]:
    """Return the error for a job that ended badly: first the cause, then where, then what is left."""
    try:
        told = yield from _why_it_ended(backend, job)
    except (RestError, JobForgotten) as error:
        if isinstance(error, RestError):
            # It tells of what was seen before this end.
            error.seeing = ""
        told = f"Job {job.name!r} {job.status}; its reason could not be had: {error} ({backend.job_url(job.id)})"
    return JobFailed(told, job_id=job.id)


def recovered(backend: Backend, job: Job, seconds: float) -> Flow[Job]:
    """Return a job that has ended badly, once the back end has brought it back by itself.

    :param backend: where it runs.
    :param job: the job as it was just seen.
    :param seconds: how long the back end has for that.
    :raises JobFailed: when it does not do it, or not in time.
    """
    job = yield from brought_back(backend, job, seconds)
    if job.ended_badly:
        raise (yield from why_it_ended(backend, job))
    return job


def brought_back(backend: Backend, job: Job, seconds: float) -> Flow[Job]:
    """Wait for a failed job that the back end restarts by itself; return the job as it is then, failed or not.

    :param backend: where it runs.
    :param job: the job as it was just found.
    :param seconds: how long the back end has for that.
    """
    for _ in range(int(seconds / _LOOK_EVERY)):
        if not job.may_recover:
            break
        yield Pause(_LOOK_EVERY, f"{job}; it is set to be brought back by itself", exact=True)
        job = yield from look(backend, job.id, job)
    return job


def _why_it_ended(backend: Backend, job: Job) -> Flow[str]:
    url = backend.job_url(job.id)
    if job.state is not JobState.CANCELED:
        return _tell(job, (yield from backend.failure(job.id)), url)
    cause = yield from backend.why_cancelled(job.id)
    if cause:
        return f"Job {job.name!r} was cancelled by {backend.called}: {cause} ({url})"
    return f"Job {job.name!r} was cancelled, and not by this task ({url})."


def last_failure(backend: Backend, job_id: str) -> Flow[str]:
    """Return a sentence on what failed last in a job; empty where nothing did, or nobody can say."""
    try:
        failure = yield from backend.failure(job_id)
    except (RestError, JobForgotten, WaitTimedOut):
        return ""
    if failure.moment is None:
        return ""
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(failure.moment))
    task = f" in {failure.task}" if failure.task else ""
    return f" What failed last in it, at {at} UTC{task}: {failure.cause.rstrip('.')}."


def _tell(job: Job, failure: Failure, url: str) -> str:
    place = f" on {failure.place}" if failure.place else ""
    known = f"the last good one is {failure.checkpoint}" if failure.checkpoint else "there is no checkpoint"
    checkpoint = "" if failure.checkpoint is None else known
    details = [
        f"in {failure.task}{place}" if failure.task else "",
        f"restarts: {failure.restarts}" if failure.restarts is not None else "",
        checkpoint,
        url,
    ]
    return f"Job {job.name!r} {job.status}: {failure.cause} ({'; '.join(filter(None, details))})"


def no_job_yet(backend: Backend, job_name: str, seeing: str) -> Flow[str]:
    """Return a sentence on a name that no job has; it names the other jobs, which are read once.

    On DLI they are a request of their own.

    :param backend: where the job is to run.
    :param job_name: the name.
    :param seeing: what the wait saw last.
    """
    sentence = f"no job is called {job_name!r} yet."
    return seeing if seeing.startswith(sentence) else f"{sentence} {(yield from others(backend))}"


def others(backend: Backend) -> Flow[str]:
    """Return a sentence that names some jobs: most mistakes are typing errors, or the wrong cluster."""
    alive = [job for job in (yield from backend.all_jobs()).values() if not job.has_ended]
    if not alive:
        return "It has no job that has not ended: is this the right connection?"
    return "Not ended are: " + ", ".join(f"{job.name!r} ({job.id})" for job in alive[:5]) + "."
