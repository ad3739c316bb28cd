"""Savepoints of DLI's Flink jobs. DLI gives them no id: a folder of the task instance's own stands for one.

Whether a savepoint is complete is read from the job's status and from the path that DLI tells of; where the object
store can be looked into, that is the proof.
"""

from __future__ import annotations

from airflow_provider_dli.dli.endpoints import flink_savepoints
from airflow_provider_dli.jobs.dli.flink_jobs import FlinkJobs
from airflow_provider_dli.jobs.dli.object_store import plain
from airflow_provider_dli.jobs.dli.states import is_active
from airflow_provider_dli.jobs.dli.verdicts import is_no, refused
from airflow_provider_dli.jobs.errors import JobEnded, JobRejected, SavepointFailed
from airflow_provider_dli.jobs.look import look, sought, wait_while, why_it_ended
from airflow_provider_dli.jobs.model import Job, JobState, Savepoint
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, pause, remark

# Seconds between two looks for what a request without a clear answer did, and how many.
_LOOKS_AFTER_UNCLEAR = (1, 1, 2, 3, 5, 5, 5, 10, 10)
# What an earlier try has asked for just before it died may not show yet; seconds between looks.
_LOOKS_IN_A_RETRY = (1, 2, 3, 5)
# How often a savepoint is looked for once DLI is no longer at work on one: its path may be told late.
_LOOKS_AFTER_SAVEPOINTING = 5


def begin_savepoint(
    backend: FlinkJobs, *, job_id: str, folder: str, is_retry: bool, poll_interval: float
) -> Flow[None]:
    """Ask for a savepoint of a running job, unless an earlier try has.

    :param backend: where the job runs.
    :param job_id: its id.
    :param folder: where it is written; nobody else writes there.
    :param is_retry: whether there was an earlier try.
    :param poll_interval: seconds between two looks.
    :raises JobEnded: when the job does not run.
    :raises SavepointFailed: when DLI refuses.
    """
    if is_retry and (yield from _begun(backend, job_id, folder, poll_interval)):
        yield from remark(f"An earlier try has made the savepoint of job {job_id} in {plain(folder)}.")
        return
    yield from _running(backend, job_id, poll_interval)
    try:
        yield from backend.gate.ask(flink_savepoints.trigger(job_id, savepoint_path=folder))
    except RestError as error:
        if is_no(error):
            raise refused(error, SavepointFailed, job_id) from error
        yield from remark(f"No clear answer ({error.what}); looking at the job for what it did.")
        yield from _taken_up(backend, job_id, folder, error)


def follow_dli_savepoint(backend: FlinkJobs, *, job_id: str, folder: str, poll_interval: float) -> Flow[Savepoint]:
    """Follow a savepoint to its end.

    :param backend: where the job runs.
    :param job_id: its id.
    :param folder: where it is written.
    :param poll_interval: seconds between two looks.
    :raises SavepointFailed: when the job ends before it is complete.
    """
    job: Job | None = None
    looks_left: int | None = None
    while True:
        before, job = job, (yield from look(backend, job_id, job))
        path = yield from _complete_in(backend, job, folder)
        if path:
            return Savepoint(job_id, path, plain(folder).rpartition("/")[2], job.status)
        if before and before.state is JobState.SAVEPOINTING and job.state is not JobState.SAVEPOINTING:
            looks_left = _LOOKS_AFTER_SAVEPOINTING
        if not is_active(job.state) or looks_left == 0:
            raise (yield from _none(backend, job, folder))
        looks_left = looks_left and looks_left - 1
        yield from pause(poll_interval, f"{job}; waiting for a complete savepoint in {plain(folder)}")


def import_savepoint(backend: FlinkJobs, *, job_id: str, path: str) -> Flow[None]:
    """Hand a savepoint or checkpoint to a job that does not run; it starts from there when it resumes.

    Done twice, it is as if done once.

    :param backend: where the job is.
    :param job_id: its id.
    :param path: the folder that holds ``_metadata``.
    :raises JobRejected: when the job runs, or DLI refuses.
    """
    job = yield from look(backend, job_id)
    if is_active(job.state):
        raise JobRejected(
            f"{job}: a savepoint can only be imported while it does not run.", job_id=job_id, hopeless=True
        )
    try:
        yield from backend.gate.ask(flink_savepoints.import_savepoint(job_id, savepoint_path=path))
    except RestError as error:
        raise refused(error, JobRejected, job_id) from error


def _begun(backend: FlinkJobs, job_id: str, folder: str, poll_interval: float) -> Flow[bool]:
    """Tell whether an earlier try has made the savepoint; while one is being made, wait for what it is."""
    made = yield from sought(
        lambda: _made_or_making(backend, job_id, folder, poll_interval),
        _LOOKS_IN_A_RETRY,
        f"an earlier try may have asked for a savepoint of job {job_id}; looking for it",
        found=lambda made: made is not None,
    )
    return bool(made)


def _made_or_making(backend: FlinkJobs, job_id: str, folder: str, poll_interval: float) -> Flow[bool | None]:
    """Tell whether a savepoint is in a folder, once none is in the making; None where none was."""
    first = yield from look(backend, job_id)
    why = "an earlier try may have asked for it"
    job = yield from wait_while(backend, first, {JobState.SAVEPOINTING}, poll_interval, why)
    if (yield from _complete_in(backend, job, folder)):
        return True
    return False if first.state is JobState.SAVEPOINTING or not is_active(job.state) else None


def _running(backend: FlinkJobs, job_id: str, poll_interval: float) -> Flow[None]:
    """Wait until a job that was started runs, and until no other savepoint of it is being made."""
    job: Job | None = None
    while True:
        job = yield from look(backend, job_id, job)
        if job.state is JobState.FAILED:
            raise (yield from why_it_ended(backend, job))
        if not is_active(job.state):
            raise JobEnded(f"{job}: it does not run, so no savepoint can be made.", job_id=job_id)
        if job.state is JobState.RUNNING and (yield from backend.tasks_run(job)):
            return
        yield from pause(poll_interval, f"{job}; waiting until a savepoint can be made")


def _taken_up(backend: FlinkJobs, job_id: str, folder: str, error: RestError) -> Flow[None]:
    """Look whether a request without a clear answer has begun a savepoint."""

    def probe() -> Flow[tuple[Job, bool]]:
        job = yield from look(backend, job_id)
        return job, job.state is JobState.SAVEPOINTING or bool((yield from _complete_in(backend, job, folder)))

    _, begun = yield from sought(
        probe,
        _LOOKS_AFTER_UNCLEAR,
        lambda seen: f"{seen[0]}; looking for a savepoint in {plain(folder)}",
        found=lambda seen: seen[1],
    )
    if begun:
        return
    raise SavepointFailed(
        f"No clear answer to the request for a savepoint, and {sum(_LOOKS_AFTER_UNCLEAR)} s later none in "
        f"{plain(folder)}: {error} The next try looks for it before it asks again.",
        job_id=job_id,
    ) from error


def _none(backend: FlinkJobs, job: Job, folder: str) -> Flow[SavepointFailed]:
    """Return the error for a savepoint that was begun and is not there; DLI may say why in the job's status."""
    why = (yield from backend.known(job.id)).status_desc or "DLI gives no reason"
    told = f"{job}, and there is no complete savepoint in {plain(folder)}: {why.rstrip('.')}."
    return SavepointFailed(told, job_id=job.id)


def _complete_in(backend: FlinkJobs, job: Job, folder: str) -> Flow[str | None]:
    """Return the path of the savepoint in a folder, once it is complete."""
    if job.state is JobState.SAVEPOINTING:
        return None
    told = plain((yield from backend.known(job.id)).savepoint_path or "")
    if not backend.sees_store:
        return told if f"{told}/".startswith(f"{plain(folder)}/") else None
    found = yield from backend.stored(folder)
    return max(found, key=lambda one: one.completed).path if found else None
