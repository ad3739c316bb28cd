"""Savepoints: one request, one savepoint, and a path that is never lost.

Each savepoint is written into a directory of its own. So it can be found there after the cluster has forgotten the
operation, and no other task's savepoint is mistaken for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.backend import OperatingBackend
from airflow_provider_dli.jobs.errors import BackendTrouble, JobError, SavepointFailed
from airflow_provider_dli.jobs.look import last_failure
from airflow_provider_dli.jobs.model import Begun, Checkpoint, Job, Operation, Savepoint
from airflow_provider_dli.jobs.operation import (
    Kind,
    Trigger,
    afterwards,
    among_checkpoints,
    begin_once,
    directory_in,
    explained,
    lies_in,
    recalled,
)
from airflow_provider_dli.rest.flow import Flow, pause, remark, work

if TYPE_CHECKING:
    from airflow_provider_dli.jobs.object_store import ObjectStore

OpenStore = Callable[[str], "ObjectStore"]


def begin_savepoint(
    backend: OperatingBackend,
    *,
    job_id: str,
    attempt: Attempt,
    trigger: Trigger,
    directory: str | None,
    poll_interval: float,
    open_store: OpenStore | None = None,
) -> Flow[Begun | Savepoint]:
    """Start a savepoint, or return the one that an earlier try has started, however far it has come.

    :param backend: where the job runs.
    :param job_id: the job.
    :param attempt: the try, with the ids that are its own.
    :param trigger: starts a savepoint under an id, in a directory.
    :param directory: directory for savepoints; None for the cluster's default.
    :param poll_interval: seconds between two polls.
    :param open_store: opens a directory, to read which savepoints are complete; None where that is not possible.
    :return: the operation, or the savepoint itself where an earlier try's is complete.
    :raises JobEnded: when the job has ended.
    :raises SavepointFailed: when the back end refuses.
    """
    base = yield from base_directory(backend, directory)
    kind: Kind[Savepoint] = Kind(
        trigger=trigger,
        known=lambda operation_id: backend.operation(job_id, operation_id),
        made=lambda ids: _made_before(backend, job_id, base, ids, open_store, poll_interval),
        before=lambda operation: checkpoint_before(backend, job_id, operation),
        refused=SavepointFailed,
        too_late="no savepoint can be taken",
        base=base,
    )
    return (yield from begin_once(backend, kind, job_id=job_id, attempt=attempt, poll_interval=poll_interval))


def job_of_earlier_try(backend: OperatingBackend, *, job_name: str, attempt: Attempt) -> Flow[str | None]:
    """Return the id of the job of a name whose savepoint or stop an earlier try has started; None where none is known.

    By now the name may belong to a job that was started since.

    :param backend: where the jobs run.
    :param job_name: their exact name.
    :param attempt: the try; the own directory of the operation has the first of its ids as its name.
    """
    own = attempt.ids[0]
    for job in (yield from backend.jobs_named(job_name)):
        if (yield from backend.operation(job.id, own)):
            return job.id
        if (yield from among_checkpoints(backend, job.id, lambda one: lies_in(one.path, own))):
            return job.id
    return None


def follow_savepoint(
    backend: OperatingBackend,
    *,
    job_id: str,
    operation_id: str,
    after_checkpoint: int,
    poll_interval: float,
    directory: str | None = None,
) -> Flow[Savepoint]:
    """Follow a savepoint to its end.

    :param backend: where the job runs.
    :param job_id: the job.
    :param operation_id: the operation.
    :param after_checkpoint: the id of the last checkpoint before it.
    :param poll_interval: seconds between two polls.
    :param directory: the operation's own directory; None where it has none.
    :raises SavepointFailed: when it fails; names the directory once the cluster has forgotten the operation.
    """
    operation = yield from followed(
        backend, job_id, operation_id, after_checkpoint, poll_interval, lambda one: lies_in(one.path, directory)
    )
    job = yield from afterwards(backend, job_id)
    if operation.failure or not operation.path:
        why = yield from last_failure(backend, job_id)
        sentence = f"The savepoint of job {job_id} failed: {operation.failure} Now {job}.{why}"
        lost_in = directory if operation.forgotten else None
        raise SavepointFailed(sentence, job_id=job_id, savepoint_path=operation.path, directory=lost_in)
    return Savepoint(job_id, operation.path, operation_id, job.status)


def find_lost_savepoint(backend: OperatingBackend, error: JobError, open_store: OpenStore) -> Flow[Savepoint]:
    """Return the savepoint of an operation that the cluster has forgotten, from the directory that it was written to.

    :param backend: where the job runs, or ran.
    :param error: what following the operation failed with.
    :param open_store: opens a directory, to read which savepoints are complete.
    :raises JobError: the same one where no savepoint is found; says why.
    """
    path, job = yield from lost_savepoint(backend, error, open_store)
    yield from remark(f"The cluster has forgotten the operation; its savepoint is {path}.")
    return Savepoint(job.id, path, None, job.status)


def lost_savepoint(backend: OperatingBackend, error: JobError, open_store: OpenStore) -> Flow[tuple[str, Job]]:
    """Return the path of a savepoint whose operation the cluster has forgotten, and its job as it is now.

    :param backend: where the job runs, or ran.
    :param error: what following the operation failed with; it names the operation's own directory.
    :param open_store: opens a directory, to read which savepoints are complete.
    :raises JobError: the same one where no savepoint is found; says why.
    """
    if not error.directory or not error.job_id:
        raise error
    path = yield from path_in_store(error, error.directory, open_store)
    return path, (yield from afterwards(backend, error.job_id))


def path_in_store(error: JobError, directory: str, open_store: OpenStore) -> Flow[str]:
    """Return the path of the complete savepoint in a directory.

    :param error: why it is needed; raised with what was found instead, where there is no such savepoint.
    :param directory: the directory of one operation.
    :param open_store: opens a directory, to read which savepoints are complete.
    """
    try:
        path = yield from complete_in(open_store, directory)
    except (ValueError, BackendTrouble) as unreadable:
        raise explained(error, f"Its savepoint may be complete in {directory}, but: {unreadable}") from error
    if path is None:
        raise explained(error, f"This worker sees no complete savepoint in {directory}.") from error
    return path


def base_directory(backend: OperatingBackend, directory: str | None) -> Flow[str | None]:
    """Return the directory that gets a directory for each operation; None where the cluster names none.

    :param backend: the cluster.
    :param directory: the directory that the user gives; None for the cluster's default.
    """
    return directory or (yield from backend.savepoint_directory())


def complete_in(open_store: OpenStore, directory: str) -> Flow[str | None]:
    """Return the path of the newest complete savepoint in the directory of an operation; None where there is none.

    An empty savepoint folder is what a JobManager leaves that died.

    :param open_store: opens a directory.
    :param directory: the operation's directory.
    :raises ValueError: when it cannot be read; says why.
    :raises BackendTrouble: when the store does not respond.
    """
    from airflow_provider_dli.jobs.object_store import as_flink_spells

    base, _, name = directory.rpartition("/")
    found = yield from work(partial(_complete_ones, open_store, base, name))
    return f"{as_flink_spells(base)}/{found}" if found else None


def checkpoint_before(backend: OperatingBackend, job_id: str, operation: Operation) -> Flow[int]:
    """Return the id of the last checkpoint before an operation that is known.

    :param backend: where the job runs.
    :param job_id: the job.
    :param operation: the operation.
    """
    listed = yield from among_checkpoints(backend, job_id, lambda one: one.is_savepoint and one.status != "FAILED")
    ids = [one.id for one in listed if one.path == operation.path]
    return min(ids) - 1 if ids else max((one.id for one in listed), default=0)


def followed(
    backend: OperatingBackend,
    job_id: str,
    operation_id: str,
    after_checkpoint: int,
    poll_interval: float,
    is_own: Callable[[Checkpoint], bool],
) -> Flow[Operation]:
    """Follow an operation until it has a path or a failure, also where the cluster forgets it.

    :param backend: where the job runs.
    :param job_id: the job.
    :param operation_id: the operation.
    :param after_checkpoint: the id of the last checkpoint before it.
    :param poll_interval: seconds between two polls.
    :param is_own: tells whether a complete savepoint in the job's history is the operation's.
    """
    while True:
        operation = yield from backend.operation(job_id, operation_id)
        if operation is None:
            operation = yield from _recalled(backend, job_id, after_checkpoint, is_own)
        if operation.path or operation.failure:
            return operation
        yield from pause(poll_interval, f"operation {operation_id} on job {job_id} is in progress")


def _made_before(
    backend: OperatingBackend,
    job_id: str,
    base: str | None,
    ids: Sequence[str],
    open_store: OpenStore | None,
    poll_interval: float,
) -> Flow[Savepoint | None]:
    """Return the savepoint that an earlier try has made under an id that the cluster has forgotten."""
    own = {directory_in(base, one): one for one in ids} if base else {}
    while True:
        listed = yield from among_checkpoints(backend, job_id, lambda one: one.is_savepoint)
        in_progress = next((one for one in listed if one.status == "IN_PROGRESS"), None)
        path = next((one.path for one in listed if any(lies_in(one.path, each) for each in own)), None)
        if path or not in_progress:
            break
        # Before 1.15 Flink gives operations ids of its own: this one may be an earlier try's.
        yield from pause(poll_interval, f"{in_progress} of job {job_id} is in progress; an earlier try may own it")
    path = path or (yield from _newest_in_store(list(own), open_store))
    if path is None:
        return None
    operation_id = next(one for each, one in own.items() if lies_in(path, each))
    yield from remark(f"An earlier try made savepoint {path} of job {job_id}.")
    job = yield from afterwards(backend, job_id)
    return Savepoint(job_id, path, operation_id, job.status)


def _newest_in_store(directories: Sequence[str | None], open_store: OpenStore | None) -> Flow[str | None]:
    """Return the last savepoint in directories of this task, where a worker can read them."""
    if open_store is None:
        return None
    for directory in reversed(directories):
        try:
            path = (yield from complete_in(open_store, directory)) if directory else None
        except (ValueError, BackendTrouble) as error:
            yield from remark(f"Whether an earlier try made a savepoint in {directory} cannot be read: {error}")
            return None
        if path:
            return path
    return None


def _complete_ones(open_store: OpenStore, base: str, name: str) -> str | None:
    from airflow_provider_dli.jobs.object_store import as_url

    found = open_store(as_url(base)).complete_ones(name)
    newest = max(found, key=lambda one: one.completed, default=None)
    return newest.path if newest else None


def _recalled(
    backend: OperatingBackend, job_id: str, after_checkpoint: int, is_own: Callable[[Checkpoint], bool]
) -> Flow[Operation]:
    """Find a forgotten operation among the job's checkpoints."""
    later = yield from recalled(
        backend, job_id, lambda one: one.is_savepoint and (one.id > after_checkpoint or is_own(one))
    )
    own = next((one for one in later if one.path and is_own(one)), None)
    if own:
        return Operation(path=own.path)
    if any(one.status == "IN_PROGRESS" for one in later):
        return Operation()
    failures = [f" Savepoint {one.id} failed: {_reason(one)}." for one in later if one.status == "FAILED"]
    forgotten = "the cluster has forgotten the operation, and the job's history does not have its savepoint."
    return Operation(failure="".join((forgotten, *failures)), forgotten=True)


def _reason(one: Checkpoint) -> str:
    return (one.failure or "no reason given").rstrip(".")
