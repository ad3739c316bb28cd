"""Savepoints, and stopping with one: one request, one operation, and a path that is never lost."""

from __future__ import annotations

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.backend import OperatingBackend
from airflow_provider_dli.jobs.errors import JobError, SavepointFailed, StopFailed
from airflow_provider_dli.jobs.look import last_failure, look, why_it_ended
from airflow_provider_dli.jobs.model import Begun, Checkpoint, JobState, Operation, Savepoint, Stopped
from airflow_provider_dli.jobs.operation import Kind, Trigger, afterwards, among_checkpoints, begin_once, recalled
from airflow_provider_dli.jobs.wait import wait_for_end
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, pause, remark
from airflow_provider_dli.rest.patience import WaitTimedOut


def begin(
    backend: OperatingBackend,
    *,
    job_id: str,
    attempt: Attempt,
    trigger: Trigger,
    poll_interval: float,
    stops: bool = False,
) -> Flow[Begun]:
    """Begin an operation, or find the one that an earlier try began, however far it has come.

    :param backend: where the job runs.
    :param job_id: the job.
    :param attempt: which try it is: it tells what is its own.
    :param trigger: triggers the operation under an id.
    :param poll_interval: seconds between two looks.
    :param stops: whether the operation ends the job: a savepoint of a job that goes on is none of its.
    :raises JobEnded: when the job has ended.
    :raises SavepointFailed: when the back end refuses.
    """
    kind = Kind(
        trigger=trigger,
        known=lambda operation_id: backend.operation(job_id, operation_id),
        forgotten=lambda: _forgotten(backend, job_id, 0.0 if attempt.is_retry else None, stops, poll_interval),
        before=lambda operation: _checkpoint_before(backend, job_id, operation),
        refused=SavepointFailed,
        in_vain="no savepoint can be taken, and there is nothing to stop",
        # A second stop would destroy the first one's savepoint.
        is_exclusive=stops,
    )
    return begin_once(backend, kind, job_id=job_id, attempt=attempt, poll_interval=poll_interval)


def follow_savepoint(
    backend: OperatingBackend, *, job_id: str, operation_id: str, after_checkpoint: int, poll_interval: float
) -> Flow[Savepoint]:
    """Follow a savepoint to its end.

    :param backend: where the job runs.
    :param job_id: the job.
    :param operation_id: the operation.
    :param after_checkpoint: the id of the last checkpoint before it.
    :param poll_interval: seconds between two looks.
    :raises SavepointFailed: when it fails.
    """
    operation = yield from _followed(backend, job_id, operation_id, after_checkpoint, poll_interval)
    job = yield from afterwards(backend, job_id)
    if operation.failure or not operation.path:
        why = yield from last_failure(backend, job_id)
        sentence = f"The savepoint of job {job_id} failed: {operation.failure} Now {job}.{why}"
        raise SavepointFailed(sentence, job_id=job_id, savepoint_path=operation.path)
    return Savepoint(job_id, operation.path, operation_id, job.status)


def follow_stop(
    backend: OperatingBackend, *, job_id: str, operation_id: str, after_checkpoint: int, poll_interval: float
) -> Flow[Savepoint]:
    """Follow a stop until its savepoint is made and the job has ended.

    :param backend: where the job runs.
    :param job_id: the job.
    :param operation_id: the operation.
    :param after_checkpoint: the id of the last checkpoint before it.
    :param poll_interval: seconds between two looks.
    :raises StopFailed: when it fails; says whether the job still runs, and holds the path if there is one.
    """
    operation = yield from _followed(backend, job_id, operation_id, after_checkpoint, poll_interval)
    if operation.failure or not operation.path:
        raise (yield from _not_stopped(backend, job_id, operation))
    yield from remark(f"The stop of job {job_id} has made savepoint {operation.path}.")
    try:
        job = yield from wait_for_end(backend, job_id=job_id, poll_interval=poll_interval)
        if job.ended_badly:
            raise (yield from why_it_ended(backend, job))
    except (JobError, RestError, WaitTimedOut) as error:
        raise StopFailed(f"While it stopped: {error}", job_id=job_id, savepoint_path=operation.path) from error
    return Savepoint(job_id, operation.path, operation_id, job.status)


def stop(backend: OperatingBackend, job_id: str, *, directory: str | None, operation_id: str) -> Flow[Stopped]:
    """Stop a job with a savepoint and follow that to its end, as a kill does: at once, whatever state the job is in.

    :param backend: where the job runs.
    :param job_id: the job.
    :param directory: where the savepoint is written; None for the cluster's default.
    :param operation_id: the id that the stop shall have.
    """
    before = (yield from backend.checkpoints(job_id)).last_id
    operation_id = yield from backend.trigger_stop(
        job_id, directory=directory, savepoint_format=None, drain=False, trigger_id=operation_id
    )
    # Whoever kills the task may end the process before the stop is over.
    yield from remark(
        f"Job {job_id} is being stopped with a savepoint, as operation {operation_id}. The cluster goes on with that "
        f"when this task is gone: GET /jobs/{job_id}/savepoints/{operation_id} tells the path for some minutes, after "
        "that the list of the job's checkpoints."
    )
    made = yield from follow_stop(
        backend, job_id=job_id, operation_id=operation_id, after_checkpoint=before, poll_interval=0.5
    )
    return Stopped(job_id, made.job_status, True, made.path)


def _forgotten(
    backend: OperatingBackend, job_id: str, since: float | None, stops: bool, poll_interval: float
) -> Flow[Checkpoint | None]:
    """Look among the checkpoints for what an earlier try began: as an operation, Flink forgets it after minutes."""
    while since is not None:
        tried = [one for one in (yield from _savepoints(backend, job_id)) if one.triggered >= since]
        newest = next((one for one in tried if one.status != "FAILED"), None)
        if newest is None or not stops:
            return newest
        if newest.path:
            return newest if (yield from look(backend, job_id)).has_ended else None
        # A stop beside it would destroy it; whether it is a stop itself shows in the end.
        yield from pause(poll_interval, f"{newest} of job {job_id} is in progress; an earlier try may have begun it")
    return None


def _checkpoint_before(backend: OperatingBackend, job_id: str, operation: Operation) -> Flow[int]:
    """Return the id of the last checkpoint before an operation, for when the cluster forgets the operation."""
    made = [one for one in (yield from _savepoints(backend, job_id)) if one.status != "FAILED"]
    ids = [one.id for one in made if one.path == operation.path]
    return min(ids) - 1 if ids else max((one.id for one in made), default=0)


def _followed(
    backend: OperatingBackend, job_id: str, operation_id: str, after_checkpoint: int, poll_interval: float
) -> Flow[Operation]:
    while True:
        operation = yield from backend.operation(job_id, operation_id)
        if operation is None:
            operation = yield from _recalled(backend, job_id, after_checkpoint)
        if operation.path or operation.failure:
            return operation
        yield from pause(poll_interval, f"operation {operation_id} on job {job_id} is in progress")


def _recalled(backend: OperatingBackend, job_id: str, after_checkpoint: int) -> Flow[Operation]:
    """Find a forgotten operation among the job's checkpoints."""
    later = yield from recalled(backend, job_id, lambda one: one.is_savepoint and one.id > after_checkpoint)
    if not later:
        return Operation(failure="the cluster has forgotten the operation, and no such savepoint is in the history.")
    # The next one after it is its own; those that follow are others'.
    own = later[-1]
    reason = (own.failure or "no reason given").rstrip(".")
    return Operation(path=own.path, failure=f"{reason}." if own.status == "FAILED" else None)


def _savepoints(backend: OperatingBackend, job_id: str) -> Flow[list[Checkpoint]]:
    return among_checkpoints(backend, job_id, lambda one: one.is_savepoint)


def _not_stopped(backend: OperatingBackend, job_id: str, operation: Operation) -> Flow[StopFailed]:
    """Look again after a stop that failed: whether the job still runs is what matters most."""
    job = yield from afterwards(backend, job_id)
    goes_on = job.state in {JobState.STARTING, JobState.RUNNING, JobState.RESTARTING}
    now = f"{job}: it was not stopped" if goes_on else str(job)
    why = yield from last_failure(backend, job_id)
    sentence = f"The stop of job {job_id} failed: {operation.failure} Now {now}.{why}"
    return StopFailed(sentence, job_id=job_id, savepoint_path=operation.path)
