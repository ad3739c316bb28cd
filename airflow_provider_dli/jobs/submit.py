"""Submit or attach: one task instance, one job, whatever happens to requests and workers in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from airflow_provider_dli.jobs.backend import OperatingBackend, Verdict
from airflow_provider_dli.jobs.errors import IdUsedUp, JobForgotten, JobRejected, SubmissionUnclear
from airflow_provider_dli.jobs.identity import all_of
from airflow_provider_dli.jobs.look import just_submitted, look
from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, pause, remark

# How long a job may take to show up after an unclear answer: its main() may still be at work. Seconds between looks.
LOOKS_AFTER_UNCLEAR = (1, 1, 2, 3, 5, 5, 5, 10, 10, 10, 10)

Start = Callable[[str], Flow[object]]


def submit_or_attach(backend: OperatingBackend, ids: Iterator[str], start: Start) -> Flow[Job]:
    """Return the job of this task instance: the one that is there, or else a new one.

    Looks first, submits, and after any unclear answer looks again. A job of the series that ended badly has used up
    its id; the next one is taken, also where the cluster has forgotten an earlier one. Submissions of one id never
    overlap.

    :param backend: where it runs.
    :param ids: the ids that the task instance's jobs have, in order.
    :param start: submits a job under an id.
    :raises JobRejected: when the back end refuses.
    :raises SubmissionUnclear: when nobody can say whether it was started.
    """
    found = yield from find_started(backend, ids)
    return found.job or (yield from _start(backend, found.free, start))


class Found(NamedTuple):
    """What there is of a series.

    :param job: the job that an earlier try has started; None where one has to be started.
    :param free: the ids that are free for a new one, in order.
    """

    job: Job | None
    free: Sequence[str]


def find_started(backend: OperatingBackend, ids: Iterator[str]) -> Flow[Found]:
    """Look for the job that an earlier try of this task instance has started.

    :param backend: where it runs.
    :param ids: the ids that the task instance's jobs have, in order; one that has ended badly has used up its id.
    """
    series = all_of(ids)
    job = yield from _latest(backend, series)
    if job is None:
        return Found(None, series)
    free = series[series.index(job.id) + 1 :]
    if job.ended_badly:
        yield from remark(f"An earlier try's {job}; starting a new one.")
        return Found(None, free)
    yield from remark(f"Attached: {job}; an earlier try of this task started it.")
    return Found(job, free)


def _latest(backend: OperatingBackend, series: Sequence[str]) -> Flow[Job | None]:
    """Look at the last job of a series that is known; while it is just ending, wait for how it ends."""
    while True:
        jobs = yield from backend.all_jobs()
        job = next((jobs[job_id] for job_id in reversed(series) if job_id in jobs), None)
        if job is None or job.state is not JobState.ENDING:
            return job
        yield from pause(1, f"{job}; waiting for its end before deciding")


def _start(backend: OperatingBackend, ids: Sequence[str], start: Start) -> Flow[Job]:
    """Start a job under the first of some ids that is not used up."""
    for job_id in ids:
        try:
            yield from start(job_id)
        except IdUsedUp as error:
            yield from remark(str(error))
        except RestError as error:
            return (yield from _after_error(backend, job_id, error))
        else:
            return (yield from look(backend, job_id, just_submitted(job_id)))
    raise AssertionError("a series of ids is longer than any task's tries")


def _after_error(backend: OperatingBackend, job_id: str, error: RestError) -> Flow[Job]:
    """Find out what an error left behind: even a refusal may have started a job."""
    verdict = backend.judge(error)
    if verdict is Verdict.NOT_SENT:
        raise error
    job = yield from _look_for(backend, job_id, () if verdict is Verdict.REFUSED else LOOKS_AFTER_UNCLEAR)
    if job and not (job.ended_badly and verdict is Verdict.REFUSED):
        yield from remark(f"The submission was answered with an error ({error.what}), and yet {job}: attached to it.")
        return job
    if verdict is Verdict.REFUSED:
        advice = backend.advise(error)
        raise JobRejected(advice.sentence, job_id=job_id, hopeless=advice.hopeless) from error
    if verdict is Verdict.DUPLICATE:
        raise _used_before(job_id) from error
    raise SubmissionUnclear(
        f"No clear answer to the submission, and no job {job_id} within {sum(LOOKS_AFTER_UNCLEAR)} s: {error} "
        "The next try looks for it before it submits again.",
        job_id=job_id,
    ) from error


def _look_for(backend: OperatingBackend, job_id: str, pauses: tuple[int, ...]) -> Flow[Job | None]:
    for seconds in pauses:
        if job := (yield from backend.find(job_id)):
            return job
        yield from pause(seconds, f"job {job_id} was submitted without a clear answer; looking for it")
    return (yield from backend.find(job_id))


def _used_before(job_id: str) -> JobForgotten:
    return JobForgotten(
        f"Job {job_id} of this task ran before, and the cluster no longer knows how it ended. "
        "Look whether its work was done; clear the task to run it afresh.",
        job_id=job_id,
        hopeless=True,
    )
