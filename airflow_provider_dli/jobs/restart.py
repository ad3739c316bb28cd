"""Giving a job another parallelism by stopping it with a savepoint, and starting it again from there.

However far an earlier try has come, it is found: the new job by its ids, or else the stop of the old one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.backend import RescalingBackend
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.jobs.look import look, resolve
from airflow_provider_dli.jobs.model import Job, Savepoint
from airflow_provider_dli.jobs.operation import lies_in
from airflow_provider_dli.jobs.outcome import as_job_error
from airflow_provider_dli.jobs.rescale import check_slots, targets
from airflow_provider_dli.jobs.stop_guard import is_being_stopped, stopped_with
from airflow_provider_dli.jobs.submit import find_started, submit_or_attach
from airflow_provider_dli.jobs.wait import wait_for_job
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, remark


class Restarted(NamedTuple):
    """What came of a restart.

    :param job_id: the job that runs now.
    :param savepoint_path: what it was started from; None where an earlier try has done it, and nobody can tell.
    """

    job_id: str
    savepoint_path: str | None


def find_old_job(
    backend: RescalingBackend,
    *,
    job_id: str | None,
    job_name: str | None,
    attempt: Attempt,
    stopped_in: str | None,
) -> Flow[str]:
    """Return the id of the job that is to be stopped, or was by an earlier try; never one of this task's own.

    :param backend: where it runs.
    :param job_id: its id, or
    :param job_name: its exact name, which the new job mostly has as well.
    :param attempt: the attempt at starting the new job; it has the ids of its own jobs.
    :param stopped_in: the directory for the savepoint of its stop; None where there is none.
    :raises JobNotFound: when there is none of this name, or more than one that has not ended.
    """
    if job_id:
        return job_id
    own = frozenset(attempt.ids)
    named = [job for job in (yield from backend.all_jobs()).values() if job.name == job_name and job.id not in own]
    for job in named if attempt.is_retry else ():
        if job.has_ended and lies_in((yield from stopped_with(backend, job)), stopped_in):
            return job.id
    return (yield from resolve(backend, job_id=None, job_name=job_name, besides=own))


def find_restarted(
    backend: RescalingBackend, *, job_id: str | None, attempt: Attempt, stopped_in: str | None
) -> Flow[Restarted | None]:
    """Find the job that an earlier try has started; None where there is none that has not failed.

    :param backend: where it runs.
    :param job_id: the id of the old job, where it is known.
    :param attempt: the attempt at starting the new job; it has the ids of its own jobs.
    :param stopped_in: the directory for the savepoint of the old job's stop; None where there is none.
    """
    job = (yield from find_started(backend, attempt)).job
    if job is None:
        return None
    old = (yield from backend.find(job_id)) if job_id else None
    path = (yield from stopped_with(backend, old)) if old else None
    return Restarted(job.id, path if lies_in(path, stopped_in) else (yield from backend.restored_from(job.id)))


def needs_restart(backend: RescalingBackend, *, job_id: str, parallelism: int, wait_for_slots: bool) -> Flow[bool]:
    """Return whether a job has to be restarted for a parallelism, and make sure before its stop that it can be.

    Nothing is checked once a stop has started, as it cannot be taken back.

    :param backend: where it runs.
    :param job_id: its id.
    :param parallelism: the wanted one.
    :param wait_for_slots: whether it may take more slots than there are.
    :raises ConditionNotReachable: when a vertex cannot have as many tasks, or there are too few slots.
    """
    job = yield from look(backend, job_id)
    if job.has_ended or (yield from is_being_stopped(backend, job)):
        return True
    vertices = yield from backend.vertices(job_id)
    default = yield from backend.default_parallelism(job_id)
    if default == parallelism and any(one.parallelism == parallelism for one in vertices):
        yield from remark(f"Nothing to do: {job}, and its parallelism is {parallelism}.")
        return False
    targets(job_id, vertices, parallelism)
    if not wait_for_slots:
        yield from check_slots(backend, job_id, parallelism)
    return True


def restart(
    backend: RescalingBackend,
    *,
    attempt: Attempt,
    stop: Callable[[], Flow[Savepoint]],
    start: Callable[[str, str], Flow[object]],
) -> Flow[Restarted]:
    """Stop a job, unless an earlier try did, and start it again from its savepoint.

    :param backend: where the job runs.
    :param attempt: the attempt at starting the new job; it has the ids of its own jobs.
    :param stop: stops the old job, or finds the stop of an earlier try.
    :param start: starts a job under an id, from the savepoint's path.
    :raises JobError: of any kind; after the stop it says that the job is stopped, and holds the savepoint's path.
    """
    paths: list[str] = []

    def stop_and_start(new_id: str) -> Flow[None]:
        paths.append((yield from _as_job_errors(stop())).path)
        yield from start(new_id, paths[0])

    try:
        job = yield from submit_or_attach(backend, attempt, stop_and_start)
    except (JobError, RestError) as error:
        if not paths:
            raise
        raise _after_stop(error, paths[0]) from error
    return Restarted(job.id, paths[0] if paths else None)


def wait_for_restarted(
    backend: RescalingBackend, *, job_id: str, savepoint_path: str | None, poll_interval: float
) -> Flow[Job]:
    """Wait until a job runs that was started again.

    :param backend: where it runs.
    :param job_id: its id.
    :param savepoint_path: what it was started from, where that is known.
    :param poll_interval: seconds between two polls.
    :raises JobError: of any kind; it says that the old job is stopped, and holds the savepoint's path.
    """
    try:
        return (
            yield from wait_for_job(backend, job_id=job_id, until="running", poll_interval=poll_interval, known=True)
        )
    except (JobError, RestError) as error:
        raise _after_stop(error, savepoint_path) from error


def told_after_stop(savepoint_path: str | None) -> str:
    """Return what to do after the stop, when the start has gone wrong.

    :param savepoint_path: the savepoint; None where nobody can tell.
    """
    told = "The old job is stopped: a retry goes on from its savepoint, or start it from there with restore_from."
    return told if savepoint_path else f"{told} The log of an earlier try names the savepoint."


def _as_job_errors(flow: Flow[Savepoint]) -> Flow[Savepoint]:
    """Keep what goes wrong in the stop from being taken for a refusal of the submission."""
    try:
        return (yield from flow)
    except RestError as error:
        raise as_job_error(error) from error


def _after_stop(error: Exception, savepoint_path: str | None) -> JobError:
    known = as_job_error(error)
    sentence = f"{known.sentence.rstrip('.')}. {told_after_stop(savepoint_path)}"
    return type(known)(sentence, job_id=known.job_id, savepoint_path=savepoint_path, hopeless=known.hopeless)
