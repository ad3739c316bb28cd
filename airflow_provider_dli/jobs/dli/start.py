"""Runs of DLI's Flink jobs: one task instance, one run, whatever happens to requests and workers in between."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from airflow_provider_dli.dli.api import code_of
from airflow_provider_dli.dli.endpoints import flink_jobs
from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.dli.flink_jobs import FlinkJobs
from airflow_provider_dli.jobs.dli.savepoint import import_savepoint
from airflow_provider_dli.jobs.dli.states import WRONG_STATUS, is_active, may_run
from airflow_provider_dli.jobs.dli.verdicts import is_no, refused
from airflow_provider_dli.jobs.errors import JobRejected, SubmissionUnclear
from airflow_provider_dli.jobs.look import brought_back, look, sought, wait_while, why_it_ended
from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, remark

# DLI may tell of the status before a run for a while after it has accepted it; seconds between looks.
_LOOKS_AFTER_RUN = (0.5, 0.5, 1, 1, 2, 3, 5, 5, 5, 10, 10, 10, 10)
_LOOKS_AT_A_FAILED_ONE = 7
# A run that somebody else has sent just before may not show yet; seconds between lookups.
_LOOKS_FOR_ANOTHER_RUN: Final = (0.5, 0.5, 1, 1, 2)
# The kill of an earlier try may come after the next one has begun, and show some seconds later; between looks.
_LOOKS_FOR_A_KILL = (1,) * 10
_BEING_ENDED = {JobState.ENDING, JobState.SAVEPOINTING}
# Seconds by which a run may seem older than the DAG run that has started it: rounding.
_MARGIN: Final = 1.0
_STARTED_BEFORE: Final = "it was started before"


def outlast_kill(backend: FlinkJobs, job: Job) -> Flow[None]:
    """Give the kill of an earlier try some seconds to show, and wait for the end of the job that it ends.

    Airflow lets a trigger know that its task was cleared when the next try is on its way already. That would find the
    job running, attach to it, and fail when the kill stops it.

    :param backend: where it runs.
    :param job: the job as it was just seen.
    """
    if is_active(job.state):
        job = yield from sought(
            lambda: look(backend, job.id, job),
            _LOOKS_FOR_A_KILL,
            lambda job: f"{job}; an earlier try may have been killed, which would end it now",
            found=lambda job: job.state in _BEING_ENDED or not is_active(job.state),
        )
    yield from _ended(backend, job, _BEING_ENDED)


def run_or_attach(
    backend: FlinkJobs,
    *,
    job_id: str,
    attempt: Attempt,
    resume_savepoint: bool = False,
    restore_from: str | None = None,
    run_age: float | None = None,
    recovery: float = 0.0,
) -> Flow[Job]:
    """Run a job, unless it runs: a job of DLI has one run at a time.

    A run has no id. An earlier try's own run is recognised by the ledger, which names the run before it. Without a
    durable ledger a retry takes a run as its own that is younger than the DAG run; each age is measured by one clock.

    :param backend: where the job is.
    :param job_id: its id.
    :param attempt: this try.
    :param resume_savepoint: whether the job starts from its newest savepoint.
    :param restore_from: the savepoint or checkpoint that it starts from instead; it is imported before.
    :param run_age: seconds since the DAG run began, by Airflow's clock; None where unknown.
    :param recovery: seconds that DLI has to restart a job that has failed, before it is run again.
    :raises JobRejected: when DLI refuses, or the job runs already and a savepoint cannot be restored.
    :raises SubmissionUnclear: when nobody can say whether it was started.
    """
    restores = resume_savepoint or bool(restore_from)
    job = yield from _settled(backend, (yield from look(backend, job_id)), recovery)
    if restores and job.state is JobState.STARTING and _goes_by_age(attempt):
        why = "waiting for its start, which shows whether an earlier try of this task ran it"
        job = yield from _settled(backend, (yield from wait_while(backend, job, {JobState.STARTING}, 1, why)), recovery)
    is_own = _is_own_run(job, attempt, run_age)
    if may_run(job):
        _check_attachable(job, restores and not is_own)
        yield from remark(f"Attached: {job}; {'an earlier try of this task ran it' if is_own else _STARTED_BEFORE}.")
        return job
    if is_own and job.state is JobState.FINISHED:
        yield from remark(f"Attached: {job}; an earlier try of this task ran it.")
        return job
    if restore_from:
        yield from import_savepoint(backend, job_id=job_id, path=restore_from)
        job = yield from look(backend, job_id)
    yield from attempt.record(before={"status": job.status, "started": job.started})
    return (yield from _run(backend, job, restores))


def _settled(backend: FlinkJobs, job: Job, recovery: float) -> Flow[Job]:
    """Return a job once its end is no longer in progress, and DLI has had time to restart it by itself."""
    job = yield from _ended(backend, job, {JobState.ENDING})
    return (yield from brought_back(backend, job, recovery))


def _goes_by_age(attempt: Attempt) -> bool:
    """Tell whether only its age shows that an earlier try has started a run."""
    return attempt.is_retry and not attempt.ledger.durable


def _is_own_run(job: Job, attempt: Attempt, run_age: float | None) -> bool:
    """Tell whether an earlier try of this task has started the job's last run."""
    before: Mapping[str, Any] | None = attempt.recall("before")
    if before is not None:
        # The start alone is not compared: DLI may give a job that it restarts by itself a new one.
        return (job.status, job.started) != (before["status"], before["started"])
    if not _goes_by_age(attempt) or job.started is None:
        return False
    return job.age is None or run_age is None or job.age <= run_age + _MARGIN


def _check_attachable(job: Job, restores: bool) -> None:
    """Check that a job that runs, or may run, can be taken as it is.

    :raises JobRejected: when it cannot.
    """
    if restores:
        raise JobRejected(
            f"{job}: nothing was restored, because it runs already. Stop it first (DliStopFlinkJobOperator), or leave "
            "out restore_from and resume_savepoint to attach to it.",
            job_id=job.id,
            hopeless=True,
        )
    if job.stop_failed:
        raise JobRejected(
            f"{job}: it was not run, because its stop has failed and it may still run. Stop it again first "
            "(DliStopFlinkJobOperator).",
            job_id=job.id,
            hopeless=True,
        )


def _ended(backend: FlinkJobs, job: Job, states: Collection[JobState]) -> Flow[Job]:
    """Return a job once its end is no longer under way."""
    return wait_while(backend, job, states, 1, "waiting for its end before it is run again")


def _run(backend: FlinkJobs, before: Job, resume_savepoint: bool) -> Flow[Job]:
    error: RestError | None = None
    try:
        yield from backend.gate.ask(flink_jobs.run(before.id, resume_savepoint=resume_savepoint))
    except RestError as caught:
        error = caught
        yield from remark(f"The run was not accepted ({caught.what}); looking up what it did to the job.")
    refusal = error if error and is_no(error) else None
    # A job that has failed may be found next when it has failed once more, and in the same way.
    may_fail_alike = error is None and before.state is JobState.FAILED
    response = f"; DLI's response to it: {error.what}" if error else ""
    job = yield from _taken_up(backend, before, _pauses_after(refusal, may_fail_alike), response)
    if job:
        # Where DLI refuses, the run is somebody else's.
        _check_attachable(job, resume_savepoint and refusal is not None)
        state = "from its newest savepoint" if resume_savepoint else "without initial state"
        yield from remark(f"Attached: {job}." if refusal else f"Submitted, {state}: {job}.")
        return job
    if refusal:
        raise refused(refusal, JobRejected, before.id) from refusal
    if may_fail_alike:
        raise (yield from why_it_ended(backend, before))
    raise SubmissionUnclear(
        f"{before}, and still is, {sum(_LOOKS_AFTER_RUN):.0f} s after it was to be run: "
        f"{error or 'DLI had accepted that'}. The next try looks at it before it runs it again.",
        job_id=before.id,
    ) from error


def _pauses_after(refusal: RestError | None, may_fail_alike: bool) -> tuple[float, ...]:
    """Return the seconds between lookups after a run was sent."""
    if refusal:
        return _LOOKS_FOR_ANOTHER_RUN if code_of(refusal.answer) == WRONG_STATUS else ()
    return _LOOKS_AFTER_RUN[: _LOOKS_AT_A_FAILED_ONE if may_fail_alike else None]


def _taken_up(backend: FlinkJobs, before: Job, pauses: tuple[float, ...], response: str) -> Flow[Job | None]:
    """Return the job once it is no longer as it was before its run; None where it stays so."""
    job = yield from sought(
        lambda: look(backend, before.id, before),
        pauses,
        lambda job: f"{job}; waiting until DLI has taken up its run{response}",
        found=lambda job: _has_moved(job, before),
    )
    return job if _has_moved(job, before) else None


def _has_moved(job: Job, before: Job) -> bool:
    return (job.status, job.started) != (before.status, before.started)
