"""Stops with a savepoint: a job is stopped once, whoever wants it stopped, and the savepoint's path is never lost.

A second stop under another id destroys the savepoint of the first one and fails the job. So the id of a stop is derived
from the job: all that stop it send the same one, and Flink (1.15+) carries it out once. Clients that send other ids are
found among the job's checkpoints, whose list is up to some seconds old. Each of those who stop a job names a directory
of its own; the savepoint is in the directory of the one that came first.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid5

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.backend import OperatingBackend
from airflow_provider_dli.jobs.errors import (
    JobEnded,
    JobError,
    JobFailed,
    JobForgotten,
    JobNotFound,
    StopFailed,
)
from airflow_provider_dli.jobs.look import last_failure, look, why_it_ended
from airflow_provider_dli.jobs.model import Begun, Checkpoint, Job, JobState, Operation, Savepoint, Stopped
from airflow_provider_dli.jobs.operation import (
    Trigger,
    afterwards,
    among_checkpoints,
    directory_in,
    explained,
    last_known,
    lies_in,
    may_have_started,
    recalled,
    sent,
)
from airflow_provider_dli.jobs.savepoint import (
    OpenStore,
    base_directory,
    checkpoint_before,
    followed,
    path_in_store,
)
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, Pause, pause, remark, work
from airflow_provider_dli.rest.patience import WaitTimedOut
from airflow_provider_dli.rest.wording import number_text

_NAMESPACE = UUID("0c8f8f2b-6f0e-5c51-8a53-6f7d8a2a4b1e")
# Seconds between two polls of a job that a kill stops.
_POLL_IN_A_KILL = 0.25
_TOO_LATE = "no savepoint can be taken, and there is nothing to stop"


@dataclass(frozen=True)
class _Listed:
    """The savepoints of a job, as the cluster listed them.

    :param in_progress: the one that a stop must not be sent beside, one that stops the job before others.
    :param last_id: the id of the last checkpoint.
    :param at: when the response was there, in seconds of :func:`time.monotonic`.
    """

    in_progress: Checkpoint | None
    last_id: int
    at: float


def begin_stop(
    backend: OperatingBackend,
    *,
    job_id: str,
    attempt: Attempt,
    trigger: Trigger,
    directory: str | None,
    poll_interval: float,
    open_store: OpenStore | None = None,
) -> Flow[Begun | Savepoint]:
    """Start the stop of a job, or return the one that is in progress, whoever has started it.

    :param backend: where the job runs.
    :param job_id: the job.
    :param attempt: the try; the stop's own directory has the first of its ids as its name.
    :param trigger: starts a stop under an id, in a directory.
    :param directory: directory for savepoints; None for the cluster's default.
    :param poll_interval: seconds between two polls.
    :param open_store: opens a directory, to read which savepoints are complete; None where that is not possible.
    :return: the operation, or the savepoint itself where the job is stopped by now.
    :raises JobEnded: when the job has ended, and not by this task; holds the path of a stop's savepoint.
    :raises JobFailed: when it ended badly.
    :raises StopFailed: when the back end refuses, or the job ended badly while it was stopped.
    """
    own = directory_in((yield from base_directory(backend, directory)), attempt.ids[0])
    try:
        job = yield from look(backend, job_id)
    except JobNotFound as gone:
        if not own or not may_have_started(attempt):
            raise
        return (yield from _stopped_before(job_id, own, open_store, gone))
    begun = yield from _begin(backend, job, own, trigger, attempt, poll_interval)
    return (yield from _after_end(backend, begun, own, attempt)) if isinstance(begun, Job) else begun


def follow_stop(
    backend: OperatingBackend,
    *,
    job_id: str,
    operation_id: str,
    after_checkpoint: int,
    poll_interval: float,
    directory: str | None = None,
) -> Flow[Savepoint]:
    """Follow a stop until its savepoint is complete and the job has ended.

    :param backend: where the job runs.
    :param job_id: the job.
    :param operation_id: the operation.
    :param after_checkpoint: the id of the last checkpoint before it.
    :param poll_interval: seconds between two polls.
    :param directory: the task's own directory; None where it has none.
    :raises StopFailed: when it fails; tells whether the job still runs, and holds the path if there is one. It names
        the directory once the cluster has forgotten the operation.
    """

    def is_own(one: Checkpoint) -> bool:
        return one.id > after_checkpoint and (one.stops_job or lies_in(one.path, directory))

    operation = yield from followed(backend, job_id, operation_id, after_checkpoint, poll_interval, is_own)
    if operation.failure or not operation.path:
        raise (yield from _not_stopped(backend, job_id, operation, directory))
    yield from remark(f"The stop of job {job_id} has made savepoint {operation.path}.")
    return (yield from _end_of(backend, job_id, operation.path, operation_id, poll_interval))


def stop(backend: OperatingBackend, job_id: str, *, directory: str | None, operation_id: str) -> Flow[Stopped]:
    """Stop a job with a savepoint and follow that to its end, as a kill does.

    :param backend: where the job runs.
    :param job_id: the job.
    :param directory: directory for savepoints; None for the cluster's default.
    :param operation_id: the name of the stop's own directory, 32 hex digits.
    :raises JobEnded: when the job has ended meanwhile; holds the path of a stop's savepoint.
    :raises StopFailed: when it is not stopped; says so where nothing was sent, for want of time.
    """

    def trigger(stop_id: str, target: str | None) -> Flow[str]:
        return backend.trigger_stop(job_id, directory=target, savepoint_format=None, drain=False, trigger_id=stop_id)

    try:
        # A kill is short of time: all that can be read meanwhile is read after this.
        listed = yield from _list(backend, job_id)
        job = yield from look(backend, job_id)
        own = directory_in((yield from base_directory(backend, directory)), operation_id)
        begun = yield from _begin(backend, job, own, trigger, None, _POLL_IN_A_KILL, listed)
    except WaitTimedOut as late:
        raise StopFailed(f"No stop was sent. {late}", job_id=job_id) from late
    made = (yield from _after_end(backend, begun, own, None)) if isinstance(begun, Job) else begun
    if isinstance(made, Begun):
        # Whoever kills the task may end the process before the stop is over.
        yield from remark(
            f"Job {job_id} is being stopped with a savepoint, as operation {made.operation_id}. The cluster completes "
            f"that without this task: GET /jobs/{job_id}/savepoints/{made.operation_id} returns the path for some "
            f"minutes, the list of the job's checkpoints after that."
        )
        made = yield from follow_stop(
            backend,
            job_id=job_id,
            operation_id=made.operation_id,
            after_checkpoint=made.after_checkpoint,
            poll_interval=_POLL_IN_A_KILL,
            directory=own,
        )
    return Stopped(job_id, made.job_status, True, made.path)


def find_lost_stop(backend: OperatingBackend, error: JobError, open_store: OpenStore) -> Flow[Savepoint]:
    """Return the savepoint of a stop that the cluster has forgotten, from the directory that it was written to.

    :param backend: where the job ran.
    :param error: what following the stop failed with.
    :param open_store: opens a directory, to read which savepoints are complete.
    :raises JobError: the same one where no savepoint is found, or the job runs on; says why.
    """
    if not error.directory or not error.job_id:
        raise error
    path = yield from path_in_store(error, error.directory, open_store)
    job = yield from afterwards(backend, error.job_id)
    if not (job.has_ended or job.status == "gone"):
        raise StopFailed(error.sentence, job_id=error.job_id, savepoint_path=path) from error
    yield from remark(f"The cluster has forgotten the stop; its savepoint is {path}.")
    return Savepoint(error.job_id, path, None, job.status)


def stopped_with(backend: OperatingBackend, job: Job) -> Flow[str | None]:
    """Return the path of the savepoint with which a job was stopped; None where it was not, or nobody knows.

    :param backend: where the job ran.
    :param job: the job, which has ended.
    """
    _, operation = yield from last_known(_known(backend, job.id), partial(_stop_id, job), 0, further=1)
    if operation and operation.path:
        return operation.path
    stops = yield from among_checkpoints(backend, job.id, lambda one: one.stops_job and one.path is not None)
    return stops[0].path if stops else None


def is_being_stopped(backend: OperatingBackend, job: Job) -> Flow[bool]:
    """Tell whether a job that runs is being stopped, as far as the cluster shows it by now.

    :param backend: where the job runs.
    :param job: the job as it was just read.
    """
    _, operation = yield from last_known(_known(backend, job.id), partial(_stop_id, job), 0, further=1)
    if operation and not operation.failure:
        return True
    other = (yield from _list(backend, job.id)).in_progress
    return bool(other and other.stops_job)


def _begin(
    backend: OperatingBackend,
    job: Job,
    own: str | None,
    trigger: Trigger,
    attempt: Attempt | None,
    poll_interval: float,
    listed: _Listed | None = None,
) -> Flow[Begun | Savepoint | Job]:
    """Start the stop of a job once nothing is in progress that it would destroy, or return the one in progress.

    :param listed: the savepoints of the job, as they were just listed; None where they were not.
    :return: the operation, the savepoint of somebody else's stop, or the job when it has ended.
    """
    while True:
        job = yield from _stoppable(backend, job, poll_interval)
        if job.has_ended:
            return job
        listed = listed or (yield from _list(backend, job.id))
        place, operation = yield from last_known(_known(backend, job.id), partial(_stop_id, job), 0, further=1)
        if operation and not operation.failure:
            before = yield from checkpoint_before(backend, job.id, operation)
            yield from _record(attempt, job)
            yield from remark(f"Attached to operation {_stop_id(job, place)}, which stops job {job.id} already.")
            return Begun(_stop_id(job, place), before, own)
        if listed.in_progress is None:
            listed = yield from _list_again(backend, job, listed)
        other = listed.in_progress
        if other is None:
            yield from _record(attempt, job)
            stop_id = _stop_id(job, place + 1 if operation else place)
            operation_id = yield from sent(
                backend,
                trigger(stop_id, own),
                job_id=job.id,
                operation_id=stop_id,
                directory=own,
                refused=StopFailed,
            )
            return Begun(operation_id, listed.last_id, own)
        if other.stops_job:
            yield from _record(attempt, job)
        made = yield from _end_of_other(backend, job, other, poll_interval)
        if made:
            return made
        job, listed = (yield from look(backend, job.id, job)), None


def _record(attempt: Attempt | None, job: Job) -> Flow[None]:
    """Record that a try sends or follows a stop of a job, as the job was started last."""
    if attempt:
        yield from attempt.record(place=0, job_started=job.started)


def _known(backend: OperatingBackend, job_id: str) -> Callable[[str], Flow[Operation | None]]:
    return lambda operation_id: backend.operation(job_id, operation_id)


def _stop_id(job: Job, place: int) -> str:
    """Return the id for the stop of a job: the first one, and the next one after each failure.

    A job that was started again under its id, or came back with another JobManager, has another start and so other ids.
    """
    started = round((job.started or 0.0) * 1000)
    return uuid5(_NAMESPACE, json.dumps([job.id, started, place])).hex


def _stoppable(backend: OperatingBackend, job: Job, poll_interval: float) -> Flow[Job]:
    """Return a job once all its tasks run, or it has ended: Flink refuses a savepoint while a task is not running."""
    while not (job.has_ended or (yield from backend.tasks_run(job))):
        hint = yield from backend.hint(job)
        yield from pause(poll_interval, "; ".join(filter(None, (f"{job}; waiting until it can be stopped", hint))))
        job = yield from look(backend, job.id, job)
    return job


def _list(backend: OperatingBackend, job_id: str) -> Flow[_Listed]:
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
    return _Listed(next(iter(in_progress), None), listed.last_id, at)


def _list_again(backend: OperatingBackend, job: Job, before: _Listed) -> Flow[_Listed]:
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
    return (yield from _list(backend, job.id))


def _end_of_other(
    backend: OperatingBackend, job: Job, other: Checkpoint, poll_interval: float
) -> Flow[Savepoint | None]:
    """Wait for the end of somebody else's savepoint, and return it where it stops the job; None where the job runs on.

    A stop beside it would make it fail, and would be lost itself where it stops the job.
    """
    what = "somebody else stops it" if other.stops_job else "a savepoint is in progress"
    yield from remark(f"{job}, and {what} ({other}): no stop is sent before that has ended.")
    while not job.has_ended:
        yield from pause(poll_interval, f"{job}; {what}, as {other}")
        try:
            job = yield from look(backend, job.id, job)
            current = (yield from _list(backend, job.id)).in_progress
        except JobForgotten:
            if not (other.stops_job and other.path):
                raise
            return Savepoint(job.id, other.path, None, "gone")
        if current and current.id == other.id:
            other = current
        elif not job.has_ended:
            return None
    listed = yield from recalled(backend, job.id, lambda one: one.id == other.id and one.status != "IN_PROGRESS")
    if not (other.stops_job and listed and listed[0].path):
        return None
    return (yield from _end_of(backend, job.id, listed[0].path, None, poll_interval))


def _after_end(backend: OperatingBackend, job: Job, own: str | None, attempt: Attempt | None) -> Flow[Savepoint]:
    """Return the savepoint of a job that this task has stopped, and that has ended.

    :raises JobEnded: when it was not this task; holds the path of the savepoint that has stopped the job.
    :raises JobFailed: when the job ended badly, and not while this task stopped it.
    """
    path = yield from stopped_with(backend, job)
    if path is None and job.state is JobState.FINISHED:
        # The list of checkpoints may be late, and before 1.12 it does not tell stops from other savepoints.
        listed = yield from recalled(backend, job.id, lambda one: one.stops_job or lies_in(one.path, own))
        path = listed[0].path if listed else None
    if path and (lies_in(path, own) or _has_followed(attempt, job)):
        yield from remark(f"An earlier try stopped job {job.id} with savepoint {path}.")
        return (yield from _end_of(backend, job.id, path, None, _POLL_IN_A_KILL))
    if job.ended_badly:
        error = yield from why_it_ended(backend, job)
        sentence = f"{str(error).rstrip('.')}. {_TOO_LATE[0].upper()}{_TOO_LATE[1:]}."
        raise JobFailed(sentence, job_id=job.id, savepoint_path=path, hopeless=True) from error
    raise JobEnded(f"{job}: {_TOO_LATE}.", job_id=job.id, savepoint_path=path)


def _has_followed(attempt: Attempt | None, job: Job) -> bool:
    """Tell whether the ledger has that an earlier try sent or followed a stop, since the job was started last."""
    return attempt is not None and job.started is not None and attempt.recall("job_started") == job.started


def _stopped_before(job_id: str, own: str, open_store: OpenStore | None, gone: JobNotFound) -> Flow[Savepoint]:
    """Return the savepoint with which an earlier try has stopped a job that the cluster does not know any more."""
    if open_store is None:
        raise explained(gone, f"An earlier try may have stopped it with a savepoint in {own}.")
    path = yield from path_in_store(gone, own, open_store)
    yield from remark(f"An earlier try stopped job {job_id} with savepoint {path}.")
    return Savepoint(job_id, path, None, "gone")


def _end_of(
    backend: OperatingBackend, job_id: str, path: str, operation_id: str | None, poll_interval: float
) -> Flow[Savepoint]:
    """Return the savepoint of a stop, once its job has ended."""
    try:
        job = yield from _ended(backend, job_id, poll_interval)
        if job.ended_badly:
            raise (yield from why_it_ended(backend, job))
    except (JobError, RestError, WaitTimedOut) as error:
        raise StopFailed(f"While it stopped: {error}", job_id=job_id, savepoint_path=path) from error
    return Savepoint(job_id, path, operation_id, job.status)


def _ended(backend: OperatingBackend, job_id: str, poll_interval: float) -> Flow[Job]:
    """Return a job that has made its last savepoint, once it has ended; a JobManager that was restarted forgets it."""
    job: Job | None = None
    while True:
        before = job
        try:
            job = yield from look(backend, job_id, before)
        except (JobForgotten, JobNotFound):
            return Job(job_id, "", JobState.UNKNOWN, "gone")
        if job.has_ended:
            return job
        if before and before.started != job.started:
            raise StopFailed(f"The JobManager was restarted, and {job}: it was not stopped.", job_id=job_id)
        yield from pause(poll_interval, f"{job}; waiting for its end")


def _not_stopped(
    backend: OperatingBackend, job_id: str, operation: Operation, directory: str | None
) -> Flow[StopFailed]:
    """Return the error for a stop that failed: whether the job still runs matters most."""
    job = yield from afterwards(backend, job_id)
    runs_on = job.state in {JobState.STARTING, JobState.RUNNING, JobState.RESTARTING}
    now = f"{job}: it was not stopped" if runs_on else str(job)
    why = yield from last_failure(backend, job_id)
    sentence = f"The stop of job {job_id} failed: {operation.failure} Now {now}.{why}"
    lost_in = directory if operation.forgotten else None
    return StopFailed(sentence, job_id=job_id, savepoint_path=operation.path, directory=lost_in)
