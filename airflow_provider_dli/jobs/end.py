"""Ending a job whose task is killed or has timed out, as its author chose."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from airflow_provider_dli.jobs.backend import Backend
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.jobs.outcome import as_job_error
from airflow_provider_dli.rest.errors import Conflict
from airflow_provider_dli.rest.flow import Flow, pause, remark
from airflow_provider_dli.rest.patience import WaitTimedOut

# As long as a savepoint may take, where nothing else limits how long a job is being ended.
SECONDS_FOR_A_STOP = 600.0
#: Seconds in which a program ends by itself after its last job.
PROGRAM_ENDS_WITHIN = 3.0
# Seconds between two lists of jobs while one may turn up.
_LOOK_EVERY = 0.25
#: Seconds after which a job is listed that a program was just starting when its jar was deleted, or it was cancelled.
SETTLING = 1.0

DETACH, CANCEL, STOP_WITH_SAVEPOINT, CANCEL_UNLESS_RETRIED = CHOICES = (
    "detach",
    "cancel",
    "stop_with_savepoint",
    "cancel_unless_retried",
)


@dataclass(frozen=True)
class Ending:
    """The outcome of ending a job.

    :param sentence: for the log.
    :param savepoint_path: the savepoint that it was stopped with, if it was.
    """

    sentence: str
    savepoint_path: str | None = None


class PendingSubmission(Protocol):
    """A submission of a program that has no response yet."""

    #: The id under which the program is submitted.
    program_id: str
    #: The upload of this try; None while there is none.
    jar_id: str | None
    #: What was withdrawn; empty for nothing.
    outcome: str

    def withdraw(self) -> Flow[bool]:
        """Keep the program from starting further jobs; return whether that has succeeded."""
        ...

    def jobs(self) -> Flow[tuple[Sequence[Job], Sequence[Job]]]:
        """Return the jobs of the program that have not ended, and jobs that may turn out to be such."""
        ...

    def finish(self) -> Flow[None]:
        """Do what is left to do, once the jobs of the program were ended."""
        ...


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
    """End a job, or leave it, and return the outcome. Errors are part of the outcome, and never raised.

    :param backend: where it runs.
    :param job_id: its id.
    :param how: one of :data:`CHOICES`.
    :param directory: where a savepoint is written; None for the cluster's default.
    :param operation_id: the id of the operation, where the job is stopped.
    :param turns_up_within: seconds within which the job may turn up, as its submission is in progress.
    :param program_id: the id of its program, where that may start further jobs; None where it may not.
    :param job_ids: the ids of all jobs of that program, as far as known.
    """
    if how == DETACH:
        return Ending(f"Job {job_id} is left as it is, as on_kill='detach' says: {backend.job_url(job_id)}")

    def end() -> Flow[Ending]:
        ending = yield from _end(backend, job_id, how, directory, operation_id, turns_up_within)
        if program_id:
            others = [one for one in job_ids if one != job_id]
            yield from _end_others(backend, others, program_id, how, directory, operation_id)
        return ending

    return (yield from _without_errors(backend, job_id, how, end()))


def end_submission(
    backend: Backend,
    pending: PendingSubmission,
    *,
    how: str,
    directory: str | None,
    operation_id: str,
    turns_up_within: float,
) -> Flow[Ending]:
    """End a program whose submission is in progress, and return the outcome. Errors are part of it, and never raised.

    The program is kept from starting further jobs. Those that it has started are ended as soon as they are recognized.

    :param backend: where it runs.
    :param pending: the submission.
    :param how: one of :data:`CHOICES`.
    :param directory: where savepoints are written; None for the cluster's default.
    :param operation_id: the id of the operations, where jobs are stopped.
    :param turns_up_within: seconds within which jobs may turn up.
    """
    program = f"program {pending.program_id}"
    if how == DETACH:
        return Ending(f"The jobs of {program} are left as they are, as on_kill='detach' says.")
    endings: dict[str, Ending] = {}
    unclear: Sequence[Job] = ()
    try:
        least = SETTLING if (yield from pending.withdraw()) else turns_up_within
        for number in range(int(turns_up_within / _LOOK_EVERY) + 1):
            own, unclear = yield from pending.jobs()
            for job in own:
                if job.id not in endings:
                    ending = _end(backend, job.id, how, directory, operation_id, 0.0)
                    endings[job.id] = yield from _without_errors(backend, job.id, how, ending)
            if number * _LOOK_EVERY >= least and not unclear:
                break
            yield from pause(_LOOK_EVERY, f"{program} was being submitted; its jobs may turn up")
        yield from pending.finish()
    except WaitTimedOut:
        # The time is over. What is known by now is the outcome.
        pass
    except Exception as error:
        endings[""] = Ending(f"Whether {program} has started further jobs is unclear: {as_job_error(error)}")
    return _summary(backend, pending, how, list(endings.values()), unclear)


def _summary(
    backend: Backend, pending: PendingSubmission, how: str, endings: Sequence[Ending], unclear: Sequence[Job]
) -> Ending:
    """Return one outcome for a whole program."""
    lines = [ending.sentence for ending in endings]
    lines += [
        f"{job} may be of program {pending.program_id}: it was started meanwhile, and does not show its task yet. Look "
        f"whether it has to be cancelled: {backend.job_url(job.id)}"
        for job in unclear
    ]
    nothing = f"No job of program {pending.program_id} has turned up on {backend.called}"
    lines = lines or [f"{pending.outcome or nothing}, as on_kill={how!r} says."]
    return Ending("\n".join(lines), next((one.savepoint_path for one in endings if one.savepoint_path), None))


def _without_errors(backend: Backend, job_id: str, how: str, ending: Flow[Ending]) -> Flow[Ending]:
    """Return the outcome of ending a job; an error is one as well."""
    try:
        return (yield from ending)
    except WaitTimedOut as late:
        return Ending(
            f"Job {job_id} had not ended yet, as on_kill={how!r} says: {late} "
            f"What the cluster has begun it ends without this task: {backend.job_url(job_id)}"
        )
    except JobError as error:
        now = yield from _looked_at_again(backend, job_id)
        sentence = f"Job {job_id} was not ended as on_kill={how!r} says: {str(error).rstrip('.')}. {now}"
        return Ending(sentence, error.savepoint_path)
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
    # It may have ended by itself just now, and the outcome for its jobs matters more than its own delay.
    with suppress(Conflict, WaitTimedOut):
        yield from backend.give_up(program_id, within=PROGRAM_ENDS_WITHIN if how == STOP_WITH_SAVEPOINT else 0.0)


def _find(backend: Backend, job_id: str, seconds: float) -> Flow[Job | Ending | None]:
    """Return a job once it has started; wait some seconds for that, unless its submission can be cancelled."""
    for _ in range(int(seconds / _LOOK_EVERY)):
        job = yield from backend.find(job_id)
        if job and not _is_at_rest(job):
            return job
        if job is None and (yield from backend.give_up(job_id)):
            return Ending(f"The program of job {job_id} was cancelled before the job had begun, as on_kill says.")
        yield from pause(_LOOK_EVERY, f"job {job_id} was being submitted; it may turn up")
    return (yield from backend.find(job_id))


def _looked_at_again(backend: Backend, job_id: str) -> Flow[str]:
    """Return a sentence on a job that could not be ended: whether it still runs matters most."""
    try:
        job = yield from backend.find(job_id)
    except Exception as error:
        return f"Whether the job still runs is unclear: {error}"
    if job is None:
        return f"Looked at again, there is no job {job_id} on {backend.called}."
    return f"Looked at again, {job}." if _is_at_rest(job) else f"Looked at again, {job}: it still runs."


def _is_at_rest(job: Job) -> bool:
    """Return whether a job is idle: some back ends keep a job between its runs, and before the first of them.

    A job that the back end restarts by itself is not at rest, nor is one whose stop has failed.
    """
    return job.is_over or job.state is JobState.DRAFT
