"""Running a Flink job of DLI: one task instance, one run, whatever happens to requests and workers in between."""

from __future__ import annotations

from collections.abc import Collection

from airflow_provider_dli.dli.endpoints import flink_jobs
from airflow_provider_dli.jobs.dli.flink_jobs import FlinkJobs
from airflow_provider_dli.jobs.dli.savepoint import import_savepoint
from airflow_provider_dli.jobs.dli.states import is_active
from airflow_provider_dli.jobs.dli.verdicts import is_no, refused
from airflow_provider_dli.jobs.errors import JobRejected, SubmissionUnclear
from airflow_provider_dli.jobs.look import look, sought, wait_while, why_it_ended
from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, remark

# DLI may tell of the status before a run for a while after it has accepted it; seconds between looks.
_LOOKS_AFTER_RUN = (0.5, 0.5, 1, 1, 2, 3, 5, 5, 5, 10, 10, 10, 10)
_LOOKS_AT_A_FAILED_ONE = 7
# The kill of an earlier try may come after the next one has begun, and show some seconds later; between looks.
_LOOKS_FOR_A_KILL = (1,) * 10
_BEING_ENDED = {JobState.ENDING, JobState.SAVEPOINTING}


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
    backend: FlinkJobs, *, job_id: str, resume_savepoint: bool, restore_from: str | None, since: float | None
) -> Flow[Job]:
    """Run a job, unless it runs: one job of DLI never runs twice at a time.

    :param backend: where it is.
    :param job_id: its id.
    :param resume_savepoint: whether it starts from its newest savepoint.
    :param restore_from: the savepoint or checkpoint that it starts from instead; it is imported before.
    :param since: when the first try of this task instance began, in seconds since the epoch, where there was an earlier
        one: a run from then on is its.
    :raises JobRejected: when DLI refuses.
    :raises SubmissionUnclear: when nobody can say whether it was started.
    """
    job = yield from _ended(backend, (yield from look(backend, job_id)), {JobState.ENDING})
    if is_active(job.state):
        yield from remark(f"Attached: {job}; it was started before.")
        return job
    if since is not None and job.state is JobState.FINISHED and (job.started or 0.0) >= since:
        yield from remark(f"Attached: {job}; an earlier try of this task ran it.")
        return job
    if restore_from:
        yield from import_savepoint(backend, job_id=job_id, path=restore_from)
        job = yield from look(backend, job_id)
    return (yield from _run(backend, job, resume_savepoint or bool(restore_from)))


def _ended(backend: FlinkJobs, job: Job, states: Collection[JobState]) -> Flow[Job]:
    """Return a job once its end is no longer under way."""
    return wait_while(backend, job, states, 1, "waiting for its end before it is run again")


def _run(backend: FlinkJobs, before: Job, resume_savepoint: bool) -> Flow[Job]:
    error: RestError | None = None
    try:
        yield from backend.gate.ask(flink_jobs.run(before.id, resume_savepoint=resume_savepoint))
    except RestError as caught:
        error = caught
        yield from remark(f"The run was not accepted ({caught.what}); looking at the job for what it did.")
    refusal = error if error and is_no(error) else None
    # A job that has failed may be seen next when it has failed once more, and in the same way.
    may_fail_alike = error is None and before.state is JobState.FAILED
    pauses = () if refusal else _LOOKS_AFTER_RUN[: _LOOKS_AT_A_FAILED_ONE if may_fail_alike else None]
    job = yield from _taken_up(backend, before, pauses)
    if job:
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


def _taken_up(backend: FlinkJobs, before: Job, pauses: tuple[float, ...]) -> Flow[Job | None]:
    """Return the job once it is no longer as it was before its run; None where it stays so."""
    job = yield from sought(
        lambda: look(backend, before.id, before),
        pauses,
        lambda job: f"{job}; waiting until DLI has taken up its run",
        found=lambda job: _has_moved(job, before),
    )
    return job if _has_moved(job, before) else None


def _has_moved(job: Job, before: Job) -> bool:
    return (job.status, job.started) != (before.status, before.started)
