"""Stops of DLI's Flink jobs, with a savepoint or without.

DLI gives a stop no id. Its job has one run at a time, so a stop is identified by the run that it ends, and its
savepoint by the path that DLI names afterwards and did not name before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from airflow_provider_dli.dli.api import code_of
from airflow_provider_dli.dli.endpoints import flink_jobs
from airflow_provider_dli.dli.endpoints.flink_job import Job as Detail
from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.dli import answers
from airflow_provider_dli.jobs.dli.flink_jobs import FlinkJobs
from airflow_provider_dli.jobs.dli.states import ACTIVE, WRONG_STATUS
from airflow_provider_dli.jobs.dli.verdicts import is_no, refused
from airflow_provider_dli.jobs.errors import JobEnded, StopFailed
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.jobs.look import brought_back, look, sought, wait_while, why_it_ended
from airflow_provider_dli.jobs.model import Job, JobState, Stopped
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, remark

# Right after a stop was accepted DLI may still say that the job runs. Seconds between lookups.
_LOOKS_AFTER_STOP: Final = (1,) * 60
# A stop that somebody has sent just before may not show yet. Seconds between lookups.
_LOOKS_FOR_A_STOP: Final = (1, 2, 3, 5)
_AT_WORK: Final = {JobState.STARTING, JobState.RUNNING, JobState.RESTARTING}
_CAN_BE_STOPPED: Final = {*_AT_WORK, JobState.UNKNOWN}
# Seconds that DLI has to restart a job that a kill stops.
_RECOVERY_IN_A_KILL: Final = 60.0


@dataclass(frozen=True)
class BegunStop:
    """A stop that is in progress.

    :param before: the savepoint that DLI named before the stop; None where there was none, or that is not known.
    :param attached: whether another task or a user may have begun the stop, so that ``before`` is not known.
    """

    before: str | None = None
    attached: bool = False


def begin_stop(
    backend: FlinkJobs,
    *,
    job_id: str,
    trigger_savepoint: bool,
    attempt: Attempt,
    poll_interval: float,
    recovery: float = 0.0,
) -> Flow[BegunStop | Stopped]:
    """Send a stop of a job, unless one is in progress; return the stop, or the job where there is nothing to stop.

    :param backend: where the job runs.
    :param job_id: its id.
    :param trigger_savepoint: whether a savepoint is made first.
    :param attempt: this try; its ledger names the run that an earlier try was to stop.
    :param poll_interval: seconds between two lookups.
    :param recovery: seconds that DLI has to restart a job that has failed, before a stop with a savepoint gives up.
    :raises JobEnded: when the job does not run, and a savepoint is wanted.
    :raises StopFailed: when DLI refuses, or its response is not clear.
    """
    requested: Mapping[str, Any] | None = attempt.recall("requested")
    job = yield from look(backend, job_id)
    if requested or _may_have_been_sent(attempt):
        job = yield from _shown_late(backend, job)
    job = yield from _settled(backend, job, trigger_savepoint, poll_interval, recovery)
    if requested and _is_another_run(job, requested):
        return (yield from _leave_alone(job, trigger_savepoint))
    if _can_be_stopped(job):
        return (yield from _stop(backend, job, trigger_savepoint, attempt))
    if requested:
        yield from remark(f"Attached: {job}; an earlier try has sent its stop.")
        return BegunStop(requested.get("before"))
    if job.state is JobState.ENDING or (job.state is JobState.CANCELED and _may_have_been_sent(attempt)):
        yield from remark(f"Attached: {job}; its stop was sent before.")
        return BegunStop(attached=True)
    if trigger_savepoint:
        raise (yield from _nothing_to_stop(backend, job))
    yield from remark(f"Nothing to stop: {job}.")
    return Stopped(job_id, job.status, False)


def follow_dli_stop(
    backend: FlinkJobs,
    *,
    job_id: str,
    trigger_savepoint: bool,
    before: str | None,
    poll_interval: float,
    attached: bool = False,
) -> Flow[Stopped]:
    """Follow a stop to its end.

    :param backend: where the job runs.
    :param job_id: its id.
    :param trigger_savepoint: whether a savepoint is made first.
    :param before: the savepoint that DLI named before the stop; None where there was none.
    :param poll_interval: seconds between two lookups.
    :param attached: whether ``before`` is not known, since somebody else may have begun the stop.
    :raises StopFailed: when the job is not stopped as wanted; names its state and the savepoint, if there is one.
    """
    job = yield from look(backend, job_id, Job(job_id, "", JobState.ENDING, "being stopped"))
    job = yield from wait_while(backend, job, ACTIVE, poll_interval, "waiting until it is stopped")
    detail = yield from backend.known(job_id)
    # A stop without a savepoint that somebody else may have begun has made none of its own.
    path = None if attached and not trigger_savepoint else _path_of_stop(detail, before, attached)
    if job.state is JobState.FAILED:
        raise StopFailed(
            f"While it stopped: {yield from why_it_ended(backend, job)}", job_id=job_id, savepoint_path=path
        )
    # DLI need not name the path of a savepoint that it has made.
    made = bool(path or (trigger_savepoint and not attached and detail.has_savepoint))
    if trigger_savepoint and not made:
        raise StopFailed(_without_savepoint(job, detail), job_id=job_id, hopeless=True)
    return Stopped(job_id, job.status, made, path)


def stop_at_once(backend: FlinkJobs, job_id: str) -> Flow[Stopped]:
    """Stop a job with a savepoint and follow that to its end, as a kill does.

    :param backend: where the job runs.
    :param job_id: its id.
    """
    begun = yield from begin_stop(
        backend,
        job_id=job_id,
        trigger_savepoint=True,
        attempt=Attempt(Identity("", "", ""), "on_kill"),
        poll_interval=0.5,
        recovery=_RECOVERY_IN_A_KILL,
    )
    if isinstance(begun, Stopped):
        return begun
    return (
        yield from follow_dli_stop(
            backend,
            job_id=job_id,
            trigger_savepoint=True,
            before=begun.before,
            poll_interval=0.5,
            attached=begun.attached,
        )
    )


def _may_have_been_sent(attempt: Attempt) -> bool:
    """Tell whether an earlier try may have sent the stop without a trace: a ledger would name the run."""
    return attempt.is_retry and not attempt.ledger.durable


def _can_be_stopped(job: Job) -> bool:
    return job.state in _CAN_BE_STOPPED or job.stop_failed or job.may_recover


def _is_another_run(job: Job, requested: Mapping[str, Any]) -> bool:
    """Tell whether a job was started again after an earlier try was to stop it."""
    return None not in (job.started, requested.get("started")) and job.started != requested["started"]


def _shown_late(backend: FlinkJobs, job: Job) -> Flow[Job]:
    """Give the stop of an earlier try some seconds to show; a second one beside it is not known to be safe."""
    if job.state not in _CAN_BE_STOPPED:
        return job
    return (
        yield from sought(
            lambda: look(backend, job.id, job),
            _LOOKS_FOR_A_STOP,
            lambda now: f"{now}; an earlier try may have sent its stop",
            found=lambda now: now.state not in _CAN_BE_STOPPED,
        )
    )


def _settled(backend: FlinkJobs, job: Job, trigger_savepoint: bool, poll_interval: float, recovery: float) -> Flow[Job]:
    """Wait while a savepoint of a job is made, which a stop may destroy, and while DLI restarts a job by itself."""
    while True:
        why = "waiting before it is stopped"
        job = yield from wait_while(backend, job, {JobState.SAVEPOINTING}, poll_interval, why)
        if not (trigger_savepoint and job.may_recover):
            return job
        job = yield from brought_back(backend, job, recovery)
        if job.may_recover:
            reason = answers.reason((yield from backend.known(job.id)))
            raise StopFailed(
                f"{job}, and was not stopped: a savepoint needs a job that runs, and DLI has not restarted it within "
                f"{recovery:.0f} s. It failed: {reason.rstrip('.')}. trigger_savepoint=False stops it at once.",
                job_id=job.id,
            )


def _leave_alone(job: Job, trigger_savepoint: bool) -> Flow[Stopped]:
    """Leave a job alone that somebody has started again since an earlier try was to stop it."""
    yield from ()
    sentence = f"{job}, and was started again since this task was to stop it. The new run is left alone"
    if trigger_savepoint:
        # DLI deletes the savepoint of a stop when the job runs again.
        raise StopFailed(
            f"{sentence}; DLI no longer has the savepoint of the stop. Clear the task to stop the new run.",
            job_id=job.id,
            hopeless=True,
        )
    yield from remark(f"{sentence}.")
    return Stopped(job.id, job.status, False)


def _nothing_to_stop(backend: FlinkJobs, job: Job) -> Flow[JobEnded]:
    """Return the error for a job that does not run: with the savepoint that it can be started from."""
    detail = yield from backend.known(job.id)
    path = detail.savepoint_path or None
    is_of_stop = path is not None and answers.is_of_stop(detail, path)
    sentences = [f"{job}: it does not run, so no savepoint can be made, and there is nothing to stop."]
    if job.state is JobState.FAILED:
        sentences.append(f"It failed: {answers.reason(detail).rstrip('.')}.")
    if is_of_stop:
        sentences.append("An earlier stop has left a savepoint.")
    elif path:
        sentences.append(f"Its newest savepoint is {path}, which is not of a stop.")
    return JobEnded(" ".join(sentences), job_id=job.id, savepoint_path=path if is_of_stop else None)


def _path_of_stop(detail: Detail, before: str | None, attached: bool) -> str | None:
    """Return the savepoint that a stop has made, as far as DLI shows it; never one from before."""
    path = detail.savepoint_path or None
    if attached:
        return path if path and answers.is_of_stop(detail, path) else None
    return path if path != before else None


def _without_savepoint(job: Job, detail: Detail) -> str:
    older = f" Its newest one is {detail.savepoint_path}, which may be older." if detail.savepoint_path else ""
    return f"{job}, and DLI names no savepoint that this stop has made.{older}"


def _stop(backend: FlinkJobs, job: Job, trigger_savepoint: bool, attempt: Attempt) -> Flow[BegunStop | Stopped]:
    """Send the stop once, and wait until DLI has taken it up."""
    before = (yield from backend.known(job.id)).savepoint_path or None
    yield from attempt.record(requested={"before": before, "started": job.started})
    refusal: RestError | None = None
    response = ""
    try:
        yield from backend.gate.ask(flink_jobs.stop(job.id, trigger_savepoint=trigger_savepoint))
    except RestError as error:
        yield from remark(f"The stop was not accepted ({error.what}); looking up what it did to the job.")
        refusal, response = error if is_no(error) else None, f"; DLI's response to it: {error.what}"
    if (yield from _taken_up(backend, job, _pauses_after(refusal), response)):
        return BegunStop(before)
    if refusal and job.may_recover and code_of(refusal.answer) == WRONG_STATUS:
        yield from remark(f"Nothing to stop: {job}, and DLI does not restart it.")
        return Stopped(job.id, job.status, False)
    if refusal:
        raise refused(refusal, StopFailed, job.id) from refusal
    raise StopFailed(
        f"{job}: {sum(_LOOKS_AFTER_STOP)} s after the request, DLI has not begun to stop it.", job_id=job.id
    )


def _pauses_after(refusal: RestError | None) -> tuple[int, ...]:
    """Return the seconds between lookups after a stop was sent: a refusal may be due to somebody else's stop."""
    if refusal is None:
        return _LOOKS_AFTER_STOP
    return _LOOKS_FOR_A_STOP if code_of(refusal.answer) == WRONG_STATUS else ()


def _taken_up(backend: FlinkJobs, before: Job, pauses: tuple[int, ...], response: str) -> Flow[bool]:
    """Return whether a job is being stopped, or has ended."""
    job = yield from sought(
        lambda: look(backend, before.id, before),
        pauses,
        lambda job: f"{job}; waiting until DLI has taken up the stop{response}",
        found=lambda job: _is_being_stopped(job, before),
    )
    return _is_being_stopped(job, before)


def _is_being_stopped(job: Job, before: Job) -> bool:
    return job.status != before.status and job.state not in _AT_WORK
