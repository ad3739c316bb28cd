"""Stops with a savepoint: a job is stopped once, whoever wants it stopped, and the savepoint's path is never lost.

A second stop under another id destroys the savepoint of the first one and fails the job. So the id of a stop is derived
from the job: all that stop it send the same one, and Flink (1.15+) carries it out once. Clients that send other ids are
found among the job's checkpoints, whose list is up to some seconds old. Each of those who stop a job names a directory
of its own; the savepoint is in the directory of the one that came first.
"""

from __future__ import annotations

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
    directory_in,
    explained,
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
    lost_savepoint,
    path_in_store,
)
from airflow_provider_dli.jobs.stop_guard import Listed, last_stop, list_again, list_savepoints, stop_id, stopped_with
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, pause, remark
from airflow_provider_dli.rest.patience import WaitTimedOut

# Seconds between two polls of a job that a kill stops.
_POLL_IN_A_KILL = 0.25
_TOO_LATE = "no savepoint can be taken, and there is nothing to stop"


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

    def trigger(own_id: str, target: str | None) -> Flow[str]:
        return backend.trigger_stop(job_id, directory=target, savepoint_format=None, drain=False, trigger_id=own_id)

    try:
        # A kill is short of time: all that can be read meanwhile is read after this.
        listed = yield from list_savepoints(backend, job_id)
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
    path, job = yield from lost_savepoint(backend, error, open_store)
    if not (job.has_ended or job.status == "gone"):
        raise StopFailed(error.sentence, job_id=job.id, savepoint_path=path) from error
    yield from remark(f"The cluster has forgotten the stop; its savepoint is {path}.")
    return Savepoint(job.id, path, None, job.status)


def _begin(
    backend: OperatingBackend,
    job: Job,
    own: str | None,
    trigger: Trigger,
    attempt: Attempt | None,
    poll_interval: float,
    listed: Listed | None = None,
) -> Flow[Begun | Savepoint | Job]:
    """Start the stop of a job once nothing is in progress that it would destroy, or return the one in progress.

    :param listed: the savepoints of the job, as they were just listed; None where they were not.
    :return: the operation, the savepoint of somebody else's stop, or the job when it has ended.
    """
    while True:
        job = yield from _stoppable(backend, job, poll_interval)
        if job.has_ended:
            return job
        listed = listed or (yield from list_savepoints(backend, job.id))
        place, operation = yield from last_stop(backend, job)
        if operation and not operation.failure:
            before = yield from checkpoint_before(backend, job.id, operation)
            yield from _record(attempt, job)
            yield from remark(f"Attached to operation {stop_id(job, place)}, which stops job {job.id} already.")
            return Begun(stop_id(job, place), before, own)
        if listed.in_progress is None:
            listed = yield from list_again(backend, job, listed)
        other = listed.in_progress
        if other is None:
            yield from _record(attempt, job)
            next_id = stop_id(job, place + 1 if operation else place)
            operation_id = yield from sent(
                backend,
                trigger(next_id, own),
                job_id=job.id,
                operation_id=next_id,
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


def _stoppable(backend: OperatingBackend, job: Job, poll_interval: float) -> Flow[Job]:
    """Return a job once all its tasks run, or it has ended: Flink refuses a savepoint while a task is not running."""
    while not (job.has_ended or (yield from backend.tasks_run(job))):
        hint = yield from backend.hint(job)
        yield from pause(poll_interval, "; ".join(filter(None, (f"{job}; waiting until it can be stopped", hint))))
        job = yield from look(backend, job.id, job)
    return job


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
            current = (yield from list_savepoints(backend, job.id)).in_progress
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
