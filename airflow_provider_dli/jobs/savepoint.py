"""Savepoints, and stopping with one: one request, one operation, and a path that is never lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from airflow_provider_dli.jobs.backend import Backend
from airflow_provider_dli.jobs.errors import JobEnded, JobError, SavepointFailed, StopFailed
from airflow_provider_dli.jobs.look import look
from airflow_provider_dli.jobs.model import Begun, Checkpoint, Operation, Savepoint
from airflow_provider_dli.jobs.wait import wait_for_end, wait_for_job
from airflow_provider_dli.rest.errors import NotFound, RestError
from airflow_provider_dli.rest.flow import Flow, pause, remark

Trigger = Callable[[str], Flow[str]]


def begin(
    backend: Backend,
    *,
    job_id: str,
    ids: Iterator[str],
    trigger: Trigger,
    since: float | None,
    poll_interval: float,
) -> Flow[Begun | Savepoint]:
    """Begin an operation, or find the one that an earlier try began; return the savepoint if it is there already.

    :param backend: where the job runs.
    :param job_id: the job.
    :param ids: the ids that the task instance's operations have, in order.
    :param trigger: triggers the operation under an id.
    :param since: when the first try began, in seconds since the epoch, where there was an earlier try: a savepoint
        from then on may be one whose operation the cluster has forgotten.
    :param poll_interval: seconds between two looks.
    :raises JobEnded: when the job has ended.
    :raises SavepointFailed: when the back end refuses.
    """
    for operation_id in ids:
        operation = yield from backend.operation(job_id, operation_id)
        if operation is None:
            forgotten = yield from _forgotten(backend, job_id, operation_id, since)
            return forgotten or (yield from _trigger(backend, job_id, operation_id, trigger, poll_interval))
        if not operation.failure:
            yield from remark(f"Attached to operation {operation_id} of job {job_id}; an earlier try began it.")
            return Begun(operation_id, after_checkpoint=0)
        yield from remark(f"An earlier try's operation {operation_id} failed; beginning a new one.")
    raise AssertionError("a series of ids never ends")


def follow_savepoint(
    backend: Backend, *, job_id: str, operation_id: str, after_checkpoint: int, poll_interval: float
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
    job = yield from backend.find(job_id)
    if operation.failure or not operation.path:
        raise SavepointFailed(
            f"The savepoint of job {job_id} failed: {operation.failure} Now {job or 'the job is gone'}.",
            job_id=job_id,
            savepoint_path=operation.path,
        )
    return Savepoint(job_id, operation.path, operation_id, job.status if job else "gone")


def follow_stop(
    backend: Backend, *, job_id: str, operation_id: str, after_checkpoint: int, poll_interval: float
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
    try:
        job = yield from wait_for_end(backend, job_id=job_id, poll_interval=poll_interval)
    except JobError as error:
        raise StopFailed(error.sentence, job_id=job_id, savepoint_path=operation.path) from error
    if job.ended_badly:
        raise StopFailed(f"While it stopped, {job}.", job_id=job_id, savepoint_path=operation.path)
    return Savepoint(job_id, operation.path, operation_id, job.status)


def _trigger(backend: Backend, job_id: str, operation_id: str, trigger: Trigger, poll_interval: float) -> Flow[Begun]:
    # Flink accepts this for a job that is gone, and refuses it later while a task is not running: wait here instead.
    job = yield from wait_for_job(backend, job_id=job_id, until="running", poll_interval=poll_interval)
    if job.has_ended:
        raise JobEnded(f"{job}: no savepoint can be taken, and there is nothing to stop.", job_id=job_id)
    before = (yield from backend.checkpoints(job_id)).last_id
    try:
        operation_id = yield from trigger(operation_id)
    except RestError as error:
        if not error.unclear:
            advice = backend.advise(error)
            raise SavepointFailed(advice.sentence, job_id=job_id, hopeless=advice.hopeless) from error
        yield from remark(f"No clear answer ({error.what}); looking among the job's checkpoints for what it did.")
    return Begun(operation_id, before)


def _forgotten(backend: Backend, job_id: str, operation_id: str, since: float | None) -> Flow[Savepoint | None]:
    """Look among the checkpoints for what an earlier try made: as an operation, Flink forgets it after minutes."""
    if since is None:
        return None
    job = yield from look(backend, job_id)
    made = [one for one in (yield from _savepoints(backend, job_id)) if one.path and one.triggered >= since]
    if not made or not made[0].path:
        return None
    yield from remark(f"An earlier try made {made[0]}.")
    return Savepoint(job_id, made[0].path, operation_id, job.status)


def _followed(
    backend: Backend, job_id: str, operation_id: str, after_checkpoint: int, poll_interval: float
) -> Flow[Operation]:
    while True:
        operation = yield from backend.operation(job_id, operation_id)
        if operation is None:
            operation = yield from _recalled(backend, job_id, after_checkpoint)
        if operation.path or operation.failure:
            return operation
        yield from pause(poll_interval, f"operation {operation_id} on job {job_id} is in progress")


def _recalled(backend: Backend, job_id: str, after_checkpoint: int) -> Flow[Operation]:
    """Find a forgotten operation among the job's checkpoints."""
    later = [one for one in (yield from _savepoints(backend, job_id)) if one.id > after_checkpoint]
    if not later:
        return Operation(failure="the cluster has forgotten the operation, and no such savepoint is in the history.")
    newest = later[0]
    failure = newest.failure or ("no reason given" if newest.status == "FAILED" else None)
    return Operation(path=newest.path, failure=failure)


def _savepoints(backend: Backend, job_id: str) -> Flow[list[Checkpoint]]:
    try:
        seen = yield from backend.checkpoints(job_id)
    except NotFound:
        return []
    return [one for one in seen.history if one.is_savepoint]


def _not_stopped(backend: Backend, job_id: str, operation: Operation) -> Flow[StopFailed]:
    """Look again after a stop that failed: whether the job still runs is what matters most."""
    job = yield from backend.find(job_id)
    now = f"{job}{'' if job.has_ended else ': it was not stopped'}" if job else "the job is gone"
    return StopFailed(
        f"The stop of job {job_id} failed: {operation.failure} Now {now}.",
        job_id=job_id,
        savepoint_path=operation.path,
    )
