"""Checkpoints on demand: one request, one checkpoint, and where it lies."""

from __future__ import annotations

from collections.abc import Callable

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.backend import OperatingBackend
from airflow_provider_dli.jobs.errors import CheckpointFailed
from airflow_provider_dli.jobs.look import last_failure
from airflow_provider_dli.jobs.model import Begun, Checkpoint, MadeCheckpoint, Operation
from airflow_provider_dli.jobs.operation import Kind, afterwards, among_checkpoints, begin_once, recalled
from airflow_provider_dli.rest.flow import Flow, pause, remark

# Polls for the path of a checkpoint that is complete, and the seconds in between: the cluster's list of checkpoints is
# seconds old, and more where it is set so.
_POLLS_FOR_A_PATH = 60
_POLL_EVERY = 1.0


def begin_checkpoint(
    backend: OperatingBackend,
    *,
    job_id: str,
    attempt: Attempt,
    trigger: Callable[[str], Flow[str]],
    poll_interval: float,
) -> Flow[Begun]:
    """Start a checkpoint, or return the one that an earlier try has started, however far it has come.

    :param backend: where the job runs.
    :param job_id: the job.
    :param attempt: the try, with the ids that are its own.
    :param trigger: starts the checkpoint under an id.
    :param poll_interval: seconds between two polls.
    :raises JobEnded: when the job has ended.
    :raises CheckpointFailed: when the back end refuses.
    """
    kind: Kind[Begun] = Kind(
        trigger=lambda operation_id, _: trigger(operation_id),
        known=lambda operation_id: backend.checkpoint_operation(job_id, operation_id),
        made=lambda ids: _made_before(backend, job_id, attempt, ids[0]),
        before=lambda operation: _checkpoint_before(backend, job_id, operation),
        refused=CheckpointFailed,
        too_late="no checkpoint can be made of it",
    )
    return begin_once(backend, kind, job_id=job_id, attempt=attempt, poll_interval=poll_interval)


def follow_checkpoint(
    backend: OperatingBackend, *, job_id: str, operation_id: str, after_checkpoint: int, poll_interval: float
) -> Flow[MadeCheckpoint]:
    """Follow a checkpoint to its end, and until the cluster tells where it lies.

    :param backend: where the job runs.
    :param job_id: the job.
    :param operation_id: the operation.
    :param after_checkpoint: the id of the last checkpoint before it.
    :param poll_interval: seconds between two polls.
    :raises CheckpointFailed: when it fails.
    """
    operation = yield from _followed(backend, job_id, operation_id, after_checkpoint, poll_interval)
    if operation.checkpoint_id is None:
        job, why = (yield from afterwards(backend, job_id)), (yield from last_failure(backend, job_id))
        raise CheckpointFailed(
            f"The checkpoint of job {job_id} failed: {operation.failure} Now {job}.{why}", job_id=job_id
        )
    path = yield from _path(backend, job_id, operation.checkpoint_id)
    return MadeCheckpoint(job_id, operation.checkpoint_id, path, operation_id)


def _made_before(backend: OperatingBackend, job_id: str, attempt: Attempt, operation_id: str) -> Flow[Begun | None]:
    """Return the checkpoint that an earlier try has started; some minutes after its end Flink forgets the operation.

    A checkpoint has no directory of its own. So it is found only where the ledger has the last checkpoint before it,
    and the job makes none by itself. Elsewhere another one is made, which costs the job little.
    """
    before = attempt.recall("before")
    if before is None:
        return None
    job = yield from backend.find(job_id)
    if job is None or job.started != attempt.recall("job_started"):
        return None
    later = yield from _checkpoints(backend, job_id, lambda one: one.id > before and one.status != "FAILED")
    if not later or (yield from backend.makes_checkpoints(job_id)):
        return None
    yield from remark(f"An earlier try started {later[-1]} of job {job_id}.")
    return Begun(operation_id, before)


def _checkpoint_before(backend: OperatingBackend, job_id: str, operation: Operation) -> Flow[int]:
    """Return the id of the last checkpoint before an operation, for when the cluster forgets the operation."""
    if operation.checkpoint_id is not None:
        return operation.checkpoint_id - 1
    made = yield from _checkpoints(backend, job_id, lambda one: one.status == "COMPLETED")
    return max((one.id for one in made), default=0)


def _followed(
    backend: OperatingBackend, job_id: str, operation_id: str, after_checkpoint: int, poll_interval: float
) -> Flow[Operation]:
    while True:
        operation = yield from backend.checkpoint_operation(job_id, operation_id)
        if operation is None:
            operation = yield from _recalled(backend, job_id, after_checkpoint)
        if operation.checkpoint_id is not None or operation.failure:
            return operation
        yield from pause(poll_interval, f"operation {operation_id} on job {job_id} is in progress")


def _recalled(backend: OperatingBackend, job_id: str, after_checkpoint: int) -> Flow[Operation]:
    """Find a forgotten operation among the job's checkpoints: any that began after it is as good."""
    later = yield from recalled(backend, job_id, lambda one: not one.is_savepoint and one.id > after_checkpoint)
    made = [one.id for one in later if one.status == "COMPLETED"]
    if made:
        return Operation(checkpoint_id=min(made))
    if any(one.status == "IN_PROGRESS" for one in later):
        return Operation()
    if later:
        return Operation(failure=f"{(later[0].failure or 'no reason given').rstrip('.')}.")
    return Operation(failure="the cluster has forgotten the operation, and no such checkpoint is in the history.")


def _path(backend: OperatingBackend, job_id: str, checkpoint_id: int) -> Flow[str | None]:
    for _ in range(_POLLS_FOR_A_PATH):
        history = (yield from backend.checkpoints(job_id)).history
        own = next((one for one in history if one.id == checkpoint_id), None)
        if own and own.status == "COMPLETED":
            return own.path
        if not own and any(one.id > checkpoint_id for one in history):
            break
        yield from pause(_POLL_EVERY, f"checkpoint {checkpoint_id} of job {job_id} is complete; waiting for its path")
    yield from remark(
        f"Checkpoint {checkpoint_id} of job {job_id} is complete; the job's history does not tell its path."
    )
    return None


def _checkpoints(
    backend: OperatingBackend, job_id: str, wanted: Callable[[Checkpoint], bool]
) -> Flow[list[Checkpoint]]:
    return among_checkpoints(backend, job_id, lambda one: not one.is_savepoint and wanted(one))
