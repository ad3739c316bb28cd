"""Ending a job whose task is killed or has timed out, as its author chose."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from airflow_provider_dli.jobs.backend import Backend
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.jobs.outcome import as_job_error
from airflow_provider_dli.rest.errors import Conflict
from airflow_provider_dli.rest.flow import Flow, pause, remark
from airflow_provider_dli.rest.patience import WaitTimedOut

# As long as a savepoint may take, where nothing else limits how long a job is being ended.
SECONDS_FOR_A_STOP = 600.0
# Seconds in which a program ends by itself after its last job.
_PROGRAM_ENDS_WITHIN = 3.0
# Seconds between two looks at a job that may turn up.
_LOOK_EVERY = 0.25

DETACH, CANCEL, STOP_WITH_SAVEPOINT, CANCEL_UNLESS_RETRIED = CHOICES = (
    "detach",
    "cancel",
    "stop_with_savepoint",
    "cancel_unless_retried",
)


@dataclass(frozen=True)
class Ending:
    """What became of a job.

    :param sentence: for the log.
    :param savepoint_path: the savepoint that it was stopped with, if it was.
    """

    sentence: str
    savepoint_path: str | None = None


def end_job(
    backend: Backend,
    *,
    job_id: str,
    how: str,
    directory: str | None,
    operation_id: str,
    turns_up_within: float = 0.0,
    program_id: str | None = None,
    job_ids: Sequence[str] = (),
) -> Flow[Ending]:
    """End a job, or leave it, and tell what became of it; what goes wrong is told as well, and never raised.

    :param backend: where it runs.
    :param job_id: its id.
    :param how: one of :data:`CHOICES`.
    :param directory: where a savepoint is written; None for the cluster's default.
    :param operation_id: the id that a stop shall have.
    :param turns_up_within: for how many seconds a job that is not there may still turn up, as its submission is under
        way.
    :param program_id: the id of its program, where that may start further jobs; None where it may not.
    :param job_ids: the ids of all jobs of that program, as far as known.
    """
    if how == DETACH:
        return Ending(f"Job {job_id} goes on running, as on_kill='detach' says: {backend.job_url(job_id)}")
    try:
        ending = yield from _end(backend, job_id, how, directory, operation_id, turns_up_within)
        if program_id:
            others = [one for one in job_ids if one != job_id]
            yield from _end_others(backend, others, program_id, how, directory, operation_id)
        return ending
    except WaitTimedOut as late:
        return Ending(
            f"Job {job_id} had not ended yet, as on_kill={how!r} says: {late} "
            f"What the cluster has begun it ends without this task: {backend.job_url(job_id)}"
        )
    except JobError as error:
        now = yield from _looked_at_again(backend, job_id)
        told = f"Job {job_id} was not ended as on_kill={how!r} says: {str(error).rstrip('.')}. {now}"
        return Ending(told, error.savepoint_path)
    except Exception as error:
        return Ending(f"Whether job {job_id} was ended is unclear: {as_job_error(error)}")


def _end(
    backend: Backend, job_id: str, how: str, directory: str | None, operation_id: str, turns_up_within: float
) -> Flow[Ending]:
    job = yield from _find(backend, job_id, turns_up_within)
    if isinstance(job, Ending):
        return job
    if job is None or _is_at_rest(job):
        return Ending(f"There was nothing to end: {job or f'there is no job {job_id} on {backend.called}'}.")
    if how in (CANCEL, CANCEL_UNLESS_RETRIED):
        yield from backend.cancel(job_id)
        return Ending(f"Job {job_id} is being cancelled, as on_kill={how!r} says.")
    stopped = yield from backend.stop(job_id, directory=directory or None, operation_id=operation_id)
    savepoint = f"savepoint {stopped.savepoint_path}" if stopped.savepoint_path else "a savepoint"
    return Ending(f"Job {job_id} was stopped with {savepoint}", stopped.savepoint_path)


def _end_others(
    backend: Backend, job_ids: Sequence[str], program_id: str, how: str, directory: str | None, operation_id: str
) -> Flow[None]:
    """End the other jobs of a program, and keep it from starting more."""
    for job_id in job_ids:
        yield from remark((yield from _end(backend, job_id, how, directory, operation_id, 0.0)).sentence)
    # It may have ended by itself just now; and what became of its jobs matters more than that it takes its time.
    with suppress(Conflict, WaitTimedOut):
        yield from backend.give_up(program_id, within=_PROGRAM_ENDS_WITHIN if how == STOP_WITH_SAVEPOINT else 0.0)


def _find(backend: Backend, job_id: str, seconds: float) -> Flow[Job | Ending | None]:
    """Look at a job; where it is not at work yet, again for some seconds, unless its submission can be given up."""
    for _ in range(int(seconds / _LOOK_EVERY)):
        job = yield from backend.find(job_id)
        if job and not _is_at_rest(job):
            return job
        if job is None and (yield from backend.give_up(job_id)):
            return Ending(f"The program of job {job_id} was cancelled before the job had begun, as on_kill says.")
        yield from pause(_LOOK_EVERY, f"job {job_id} was being submitted; it may turn up")
    return (yield from backend.find(job_id))


def _looked_at_again(backend: Backend, job_id: str) -> Flow[str]:
    """Tell of a job that could not be ended: whether it still runs is what matters most."""
    try:
        job = yield from backend.find(job_id)
    except Exception as error:
        return f"Whether the job still runs is unclear: {error}"
    if job is None:
        return f"Looked at again, there is no job {job_id} on {backend.called}."
    return f"Looked at again, {job}." if _is_at_rest(job) else f"Looked at again, {job}: it still runs."


def _is_at_rest(job: Job) -> bool:
    """Tell whether a job does nothing: some back ends keep a job between its runs, and before the first of them.

    A job that the back end restarts by itself is not at rest.
    """
    return (job.has_ended and not job.may_recover) or job.state is JobState.DRAFT
