"""Operations on a job that are begun once: a try finds what an earlier one began, however far it has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.backend import CHECKPOINTS_LAG, OperatingBackend
from airflow_provider_dli.jobs.errors import JobEnded, JobError, JobFailed, JobForgotten
from airflow_provider_dli.jobs.model import Begun, Checkpoint, Job, JobState, Operation
from airflow_provider_dli.jobs.wait import wait_for_job
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, pause, remark

Trigger = Callable[[str], Flow[str]]
Wanted = Callable[[Checkpoint], bool]


@dataclass(frozen=True)
class Kind:
    """A kind of operation, on one job.

    :param trigger: triggers one under an id, and returns the id that it got.
    :param known: looks at one by its id; None where the back end knows none, or no longer.
    :param forgotten: finds what an earlier try began, once the back end no longer knows the operation.
    :param before: tells the id of the last checkpoint before one that is known.
    :param refused: the error for one that the back end refuses.
    :param in_vain: why there is no use in one once the job has ended.
    :param is_exclusive: whether a second one would destroy the first: then one that is known is taken in any try.
    """

    trigger: Trigger
    known: Callable[[str], Flow[Operation | None]]
    forgotten: Callable[[], Flow[Checkpoint | None]]
    before: Callable[[Operation], Flow[int]]
    refused: type[JobError]
    in_vain: str
    is_exclusive: bool = False


def begin_once(
    backend: OperatingBackend, kind: Kind, *, job_id: str, attempt: Attempt, poll_interval: float
) -> Flow[Begun]:
    """Begin an operation, or find the one that an earlier try began, however far it has come.

    :param backend: where the job runs.
    :param kind: what it is.
    :param job_id: the job.
    :param attempt: which try it is: it tells what is its own.
    :param poll_interval: seconds between two looks.
    :raises JobEnded: when the job has ended.
    :raises JobError: as ``kind`` says, when the back end refuses.
    """
    for operation_id in attempt.ids:
        operation = yield from kind.known(operation_id)
        if operation is None:
            forgotten = yield from kind.forgotten()
            if forgotten:
                yield from remark(f"An earlier try began {forgotten} of job {job_id}.")
                return Begun(operation_id, forgotten.id - 1)
            return (yield from _trigger(backend, kind, job_id, operation_id, poll_interval))
        if attempt.oldest_age is not None and not kind.is_exclusive:
            yield from remark(f"Not this task's: operation {operation_id}, of a deleted DAG run of the same id.")
        elif not operation.failure:
            yield from remark(f"Attached to operation {operation_id} of job {job_id}; an earlier try began it.")
            return Begun(operation_id, (yield from kind.before(operation)))
        else:
            yield from remark(f"An earlier try's operation {operation_id} failed; beginning a new one.")
    raise AssertionError("a series of ids is longer than any task's tries")


def among_checkpoints(backend: OperatingBackend, job_id: str, wanted: Wanted) -> Flow[list[Checkpoint]]:
    """Return those of a job's checkpoints that are wanted, newest first; none where the job is gone."""
    try:
        seen = yield from backend.checkpoints(job_id)
    except JobForgotten:
        return []
    return [one for one in seen.history if wanted(one)]


def recalled(backend: OperatingBackend, job_id: str, wanted: Wanted) -> Flow[list[Checkpoint]]:
    """Find among a job's checkpoints, whose list may be late, what an operation made that is forgotten."""
    found = yield from among_checkpoints(backend, job_id, wanted)
    if not found:
        yield from pause(CHECKPOINTS_LAG, f"an operation is forgotten; looking among the checkpoints of job {job_id}")
        found = yield from among_checkpoints(backend, job_id, wanted)
    return found


def afterwards(backend: OperatingBackend, job_id: str) -> Flow[Job]:
    """Look at a job once its operation is over; what was made must not be lost because nobody can see the job."""
    try:
        job = yield from backend.find(job_id)
    except RestError:
        return Job(job_id, "", JobState.UNKNOWN, "out of reach")
    return job or Job(job_id, "", JobState.UNKNOWN, "gone")


def _trigger(
    backend: OperatingBackend, kind: Kind, job_id: str, operation_id: str, poll_interval: float
) -> Flow[Begun]:
    # Flink accepts this for a job that is gone, and refuses it later while a task is not running: wait here instead.
    try:
        job = yield from wait_for_job(backend, job_id=job_id, until="running", poll_interval=poll_interval)
    except JobFailed as error:
        told = f"{str(error).rstrip('.')}. {kind.in_vain[0].upper()}{kind.in_vain[1:]}."
        raise JobFailed(told, job_id=job_id, hopeless=True) from error
    if job.has_ended:
        raise JobEnded(f"{job}: {kind.in_vain}.", job_id=job_id)
    before = (yield from backend.checkpoints(job_id)).last_id
    try:
        operation_id = yield from kind.trigger(operation_id)
    except RestError as error:
        if not error.unclear:
            advice = backend.advise(error)
            raise kind.refused(advice.sentence, job_id=job_id, hopeless=advice.hopeless) from error
        yield from remark(f"No clear answer ({error.what}); looking among the job's checkpoints for what it did.")
    return Begun(operation_id, before)
