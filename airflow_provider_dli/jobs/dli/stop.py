"""Stopping a Flink job of DLI, with a savepoint or without."""

from __future__ import annotations

from airflow_provider_dli.dli.endpoints import flink_jobs
from airflow_provider_dli.jobs.dli.flink_jobs import FlinkJobs
from airflow_provider_dli.jobs.dli.states import ACTIVE, CANCEL_FAIL
from airflow_provider_dli.jobs.dli.verdicts import is_no, refused
from airflow_provider_dli.jobs.errors import JobEnded, StopFailed
from airflow_provider_dli.jobs.look import look, sought, wait_while, why_it_ended
from airflow_provider_dli.jobs.model import Job, JobState, Stopped
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, remark

# Right after a stop was accepted DLI may still say that the job runs; seconds between looks.
_LOOKS_AFTER_STOP = (1,) * 60
_AT_WORK = {JobState.STARTING, JobState.RUNNING, JobState.RESTARTING}
_CAN_BE_STOPPED = {*_AT_WORK, JobState.UNKNOWN}


def begin_stop(
    backend: FlinkJobs, *, job_id: str, trigger_savepoint: bool, is_retry: bool, poll_interval: float
) -> Flow[str | None]:
    """Ask for a job to be stopped, unless it is being stopped; return the savepoint that it had before.

    :param backend: where it runs.
    :param job_id: its id.
    :param trigger_savepoint: whether a savepoint is made first.
    :param is_retry: whether an earlier try may have stopped it.
    :param poll_interval: seconds between two looks.
    :raises JobEnded: when it does not run, and a savepoint is wanted.
    :raises StopFailed: when DLI refuses, or does not clearly answer.
    """
    job = yield from _until_it_can_be_stopped(backend, job_id, poll_interval)
    before = (yield from backend.known(job_id)).savepoint_path
    if job.state in _CAN_BE_STOPPED or job.status == CANCEL_FAIL:
        yield from _ask(backend, job, trigger_savepoint)
    elif job.state is JobState.ENDING or is_retry:
        yield from remark(f"Attached: {job}; an earlier stop has begun.")
        return None
    elif trigger_savepoint:
        raise JobEnded(
            f"{job}: it does not run, so no savepoint can be made, and there is nothing to stop.", job_id=job_id
        )
    else:
        yield from remark(f"Nothing to stop: {job}.")
    return before


def follow_dli_stop(
    backend: FlinkJobs, *, job_id: str, trigger_savepoint: bool, before: str | None, poll_interval: float
) -> Flow[Stopped]:
    """Follow a stop to its end.

    :param backend: where the job runs.
    :param job_id: its id.
    :param trigger_savepoint: whether a savepoint is made first.
    :param before: the path of the savepoint that it had before; None where it had none.
    :param poll_interval: seconds between two looks.
    :raises StopFailed: when it is not stopped as asked; says what became of it.
    """
    job = yield from look(backend, job_id, Job(job_id, "", JobState.ENDING, "being stopped"))
    job = yield from wait_while(backend, job, ACTIVE, poll_interval, "waiting until it is stopped")
    seen = yield from backend.known(job_id)
    # A path that has not changed is that of an older savepoint.
    told = seen.savepoint_path or None
    path = told if told != before else None
    if job.state is JobState.FAILED:
        raise StopFailed(
            f"While it stopped: {yield from why_it_ended(backend, job)}", job_id=job_id, savepoint_path=path
        )
    made = bool(path or seen.has_savepoint)
    if trigger_savepoint and not made:
        raise StopFailed(f"{job}, and DLI tells of no savepoint.", job_id=job_id, hopeless=True)
    newest = path if trigger_savepoint else told
    return Stopped(job_id, job.status, made, newest if made else None)


def stop_at_once(backend: FlinkJobs, job_id: str) -> Flow[Stopped]:
    """Stop a job with a savepoint and follow that to its end, as a kill does.

    :param backend: where it runs.
    :param job_id: its id.
    """
    before = yield from begin_stop(backend, job_id=job_id, trigger_savepoint=True, is_retry=False, poll_interval=0.5)
    return (
        yield from follow_dli_stop(backend, job_id=job_id, trigger_savepoint=True, before=before, poll_interval=0.5)
    )


def _until_it_can_be_stopped(backend: FlinkJobs, job_id: str, poll_interval: float) -> Flow[Job]:
    """Wait while a savepoint of a job is being made: a stop beside it is not known to be safe."""
    job = yield from look(backend, job_id)
    why = "waiting before it is stopped"
    return (yield from wait_while(backend, job, {JobState.SAVEPOINTING}, poll_interval, why))


def _ask(backend: FlinkJobs, job: Job, trigger_savepoint: bool) -> Flow[None]:
    """Send the stop once, and wait until DLI has taken it up."""
    refusal: RestError | None = None
    try:
        yield from backend.gate.ask(flink_jobs.stop(job.id, trigger_savepoint=trigger_savepoint))
    except RestError as error:
        yield from remark(f"The stop was not accepted ({error.what}); looking at the job for what it did.")
        refusal = error if is_no(error) else None
    # What is refused may be over by now, or somebody else's doing.
    if (yield from _taken_up(backend, job, () if refusal else _LOOKS_AFTER_STOP)):
        return
    if refusal:
        raise refused(refusal, StopFailed, job.id) from refusal
    raise StopFailed(
        f"{job}: {sum(_LOOKS_AFTER_STOP)} s after it was asked to, DLI has not begun to stop it.", job_id=job.id
    )


def _taken_up(backend: FlinkJobs, before: Job, pauses: tuple[float, ...]) -> Flow[bool]:
    """Tell whether a job is being stopped, or is."""
    job = yield from sought(
        lambda: look(backend, before.id, before),
        pauses,
        lambda job: f"{job}; waiting until DLI has taken up the stop",
        found=lambda job: _is_being_stopped(job, before),
    )
    return _is_being_stopped(job, before)


def _is_being_stopped(job: Job, before: Job) -> bool:
    return job.status != before.status and job.state not in _AT_WORK
