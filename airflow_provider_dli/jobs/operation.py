"""Operations on a job that happen once: a try continues what an earlier try has started."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.backend import OperatingBackend
from airflow_provider_dli.jobs.errors import JobEnded, JobError, JobFailed, JobForgotten, JobNotFound
from airflow_provider_dli.jobs.model import Begun, Checkpoint, Job, JobState, Operation
from airflow_provider_dli.jobs.wait import wait_for_job
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, pause, remark

R = TypeVar("R")
#: Starts an operation under an id, in a directory of its own or in none; returns the id that the operation got.
Trigger = Callable[[str, "str | None"], Flow[str]]
Wanted = Callable[[Checkpoint], bool]

# Ids of a series under which an earlier try may have started something that the back end has forgotten.
_FORGOTTEN_IDS = 3
# Failures after each other that a series can have: no task is tried as often within the minutes that Flink knows them.
_MOST_FAILURES = 100


@dataclass(frozen=True)
class Kind(Generic[R]):
    """A kind of operation on one job.

    :param trigger: starts one.
    :param known: returns the state of one by its id; None where the back end does not know it, or no longer.
    :param made: returns what an earlier try has made under some ids that the back end has forgotten; None for nothing.
    :param before: returns the id of the last checkpoint before one that is known.
    :param refused: the error for one that the back end refuses.
    :param too_late: why there can be none once the job has ended.
    :param base: the directory that has a directory for each; None where there is none.
    """

    trigger: Trigger
    known: Callable[[str], Flow[Operation | None]]
    made: Callable[[Sequence[str]], Flow[R | None]]
    before: Callable[[Operation], Flow[int]]
    refused: type[JobError]
    too_late: str
    base: str | None = None


def begin_once(
    backend: OperatingBackend, kind: Kind[R], *, job_id: str, attempt: Attempt, poll_interval: float
) -> Flow[Begun | R]:
    """Start an operation, or return the one that an earlier try has started, however far it has come.

    The ids of a series are used in order: the next one after each failure.

    :param backend: where the job runs.
    :param kind: the kind of operation.
    :param job_id: the job.
    :param attempt: the try, with the ids that are its own.
    :param poll_interval: seconds between two polls.
    :raises JobEnded: when the job has ended.
    :raises JobError: as ``kind`` says, when the back end refuses.
    """
    first = attempt.recall("place") or 0
    is_retry = may_have_started(attempt)
    place, operation = yield from last_known(kind.known, attempt.ids.__getitem__, first, further=int(is_retry))
    operation_id = attempt.ids[place]
    if operation is None:
        candidates = attempt.ids[first : first + _FORGOTTEN_IDS]
        made = (yield from kind.made(candidates)) if is_retry else None
        if made is not None:
            return made
    elif attempt.run_age is not None:
        yield from remark(f"Not this task's: operation {operation_id}, of a deleted DAG run with the same id.")
        place += 1
    elif operation.failure:
        yield from remark(f"An earlier try's operation {operation_id} failed; starting a new one.")
        place += 1
    else:
        yield from remark(f"Attached to operation {operation_id} of job {job_id}; an earlier try started it.")
        before = yield from kind.before(operation)
        return Begun(operation_id, before, directory_in(kind.base, operation_id))
    try:
        return (yield from _start(backend, kind, job_id, attempt, place, poll_interval))
    except JobNotFound as error:
        if not is_retry or not kind.base:
            raise
        directory = directory_in(kind.base, attempt.ids[first])
        raise explained(error, f"An earlier try may have written to {directory}.") from error


def may_have_started(attempt: Attempt) -> bool:
    """Tell whether an earlier try may have started the operation. A durable ledger has an entry then.

    :param attempt: the try.
    """
    return attempt.recall("place") is not None if attempt.ledger.durable else attempt.is_retry


def last_known(
    known: Callable[[str], Flow[Operation | None]], ids: Callable[[int], str], first: int, *, further: int
) -> Flow[tuple[int, Operation | None]]:
    """Return the last operation of a series that the back end knows, and its place in the series.

    :param known: returns the state of one by its id; None where the back end does not know it.
    :param ids: returns the id at a place.
    :param first: the first place that counts.
    :param further: number of unknown places after which a known one may follow: a failure that is forgotten by now.
    :return: the place and the state; the first place and None where none is known.
    """
    found: tuple[int, Operation | None] = (first, None)
    unknown = 0
    for place in range(first, first + _MOST_FAILURES):
        operation = yield from known(ids(place))
        if operation:
            found, unknown = (place, operation), 0
        else:
            unknown += 1
        if unknown > further or (operation and not operation.failure):
            break
    return found


def directory_in(base: str | None, name: str) -> str | None:
    """Return the directory of one operation: everything in it is its own.

    :param base: the directory around it; None where there is none.
    :param name: the directory's own name, 32 hex digits.
    """
    return f"{base.rstrip('/')}/{name}" if base else None


def lies_in(path: str | None, directory: str | None) -> bool:
    """Tell whether a savepoint lies in the directory of an operation, however a cluster spells the path to that.

    :param path: the savepoint's path, if it has one.
    :param directory: the operation's directory, as :func:`directory_in` returns it.
    """
    return bool(path and directory) and f"/{str(directory).rpartition('/')[2]}/" in str(path)


def sent(
    backend: OperatingBackend,
    request: Flow[str],
    *,
    job_id: str,
    operation_id: str,
    directory: str | None,
    refused: type[JobError],
) -> Flow[str]:
    """Send the request that starts an operation, and return the operation's id; after an unclear response ours.

    Operation and directory are named before the request is sent: this process may end before it gets the response, and
    the cluster forgets operations after minutes. Then only the directory leads to the savepoint.

    :param backend: where the job runs.
    :param request: sends it.
    :param job_id: the job.
    :param operation_id: the id that the operation shall have.
    :param directory: the directory that it is to write to; None where it has none of its own.
    :param refused: the error for a refusal.
    """
    target = f" is to write its savepoint into {directory}" if directory else " is requested"
    yield from remark(f"Operation {operation_id} on job {job_id}{target}.")
    try:
        return (yield from request)
    except RestError as error:
        if not error.unclear:
            advice = backend.advise(error)
            raise refused(advice.sentence, job_id=job_id, hopeless=advice.hopeless) from error
        yield from remark(f"No clear response ({error.what}); following operation {operation_id} all the same.")
    return operation_id


def explained(error: JobError, sentence: str) -> JobError:
    """Return an error with one more sentence, and without a directory to search.

    :param error: the error.
    :param sentence: the sentence.
    """
    return type(error)(
        f"{error.sentence} {sentence}",
        job_id=error.job_id,
        savepoint_path=error.savepoint_path,
        hopeless=error.hopeless,
    )


def among_checkpoints(backend: OperatingBackend, job_id: str, wanted: Wanted) -> Flow[list[Checkpoint]]:
    """Return those of a job's checkpoints that are wanted, newest first; none where the job is gone."""
    try:
        listed = yield from backend.checkpoints(job_id)
    except JobForgotten:
        return []
    return [one for one in listed.history if wanted(one)]


def recalled(backend: OperatingBackend, job_id: str, wanted: Wanted) -> Flow[list[Checkpoint]]:
    """Find among a job's checkpoints, whose list may be late, what an operation made that is forgotten."""
    found = yield from among_checkpoints(backend, job_id, wanted)
    if not found:
        lag = yield from backend.checkpoints_lag()
        yield from pause(lag, f"an operation is forgotten; reading the checkpoints of job {job_id} again")
        found = yield from among_checkpoints(backend, job_id, wanted)
    return found


def afterwards(backend: OperatingBackend, job_id: str) -> Flow[Job]:
    """Return a job once its operation is over; its result must not be lost because the job cannot be read."""
    try:
        job = yield from backend.find(job_id)
    except RestError:
        return Job(job_id, "", JobState.UNKNOWN, "out of reach")
    return job or Job(job_id, "", JobState.UNKNOWN, "gone")


def _start(
    backend: OperatingBackend, kind: Kind[R], job_id: str, attempt: Attempt, place: int, poll_interval: float
) -> Flow[Begun]:
    # Flink accepts this for a job that is gone, and refuses it later while a task is not running: wait here instead.
    try:
        job = yield from wait_for_job(backend, job_id=job_id, until="running", poll_interval=poll_interval)
    except JobFailed as error:
        sentence = f"{str(error).rstrip('.')}. {kind.too_late[0].upper()}{kind.too_late[1:]}."
        raise JobFailed(sentence, job_id=job_id, hopeless=True) from error
    if job.has_ended:
        raise JobEnded(f"{job}: {kind.too_late}.", job_id=job_id)
    before = (yield from backend.checkpoints(job_id)).last_id
    operation_id = attempt.ids[place]
    directory = directory_in(kind.base, operation_id)
    yield from attempt.record(place=place, before=before, job_started=job.started)
    operation_id = yield from sent(
        backend,
        kind.trigger(operation_id, directory),
        job_id=job_id,
        operation_id=operation_id,
        directory=directory,
        refused=kind.refused,
    )
    return Begun(operation_id, before, directory)
