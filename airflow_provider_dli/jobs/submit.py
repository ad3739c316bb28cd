"""Submit or attach: one task instance, one job, whatever happens to requests and workers in between."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.backend import OperatingBackend, Verdict
from airflow_provider_dli.jobs.errors import IdUsedUp, JobForgotten, JobRejected, SubmissionUnclear
from airflow_provider_dli.jobs.look import just_submitted, look, sought
from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.jobs.operation import lies_in
from airflow_provider_dli.jobs.stop import stopped_with
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, pause, remark

# How long a job may take to show up after an unclear answer: its main() may still be at work. Seconds between looks.
LOOKS_AFTER_UNCLEAR = (1, 1, 2, 3, 5, 5, 5, 10, 10, 10, 10)

Start = Callable[[str], Flow[object]]


def submit_or_attach(backend: OperatingBackend, attempt: Attempt, start: Start) -> Flow[Job]:
    """Return the job of this task instance: the one that is there, or else a new one.

    Looks first, submits, and after any unclear answer looks again. A job of the series that ended badly has used up
    its id; the next one is taken, also where the cluster has forgotten an earlier one. Submissions of one id never
    overlap.

    :param backend: where it runs.
    :param attempt: which try it is: it tells what is its own.
    :param start: submits a job under an id.
    :raises JobRejected: when the back end refuses.
    :raises SubmissionUnclear: when nobody can say whether it was started.
    """
    found = yield from find_started(backend, attempt)
    if found.job:
        return found.job
    yield from _warn_of_those(backend, attempt.ids_before_clears)
    return (yield from _start(backend, found.free, start))


class Found(NamedTuple):
    """What there is of a series.

    :param job: the job that an earlier try has started; None where one has to be started.
    :param free: the ids that are free for a new one, in order.
    """

    job: Job | None
    free: Sequence[str]


def find_started(backend: OperatingBackend, attempt: Attempt) -> Flow[Found]:
    """Look for the job that an earlier try of this task instance has started.

    :param backend: where it runs.
    :param attempt: which try it is: it tells what is its own.
    """
    job = yield from _latest(backend, attempt.ids)
    if job is None:
        return Found(None, attempt.ids)
    free = attempt.ids[attempt.ids.index(job.id) + 1 :]
    if job.ended_badly:
        yield from remark(f"An earlier try's {job}; starting a new one.")
        return Found(None, free)
    if attempt.predates(job):
        yield from remark(f"Not this task's: {job}; it was started before this task was cleared or its DAG run made.")
        return Found(None, free)
    if (yield from _was_killed(backend, job, attempt)):
        yield from remark(f"An earlier try's {job}: it was stopped, as by a kill or a time-out; starting a new one.")
        return Found(None, free)
    yield from remark(f"Attached: {job}; an earlier try of this task started it.")
    return Found(job, free)


def _was_killed(backend: OperatingBackend, job: Job, attempt: Attempt) -> Flow[bool]:
    """Tell whether a job has finished because it was stopped, by the kill of an earlier try as far as that is known.

    The savepoint of a kill lies in a directory of its own. In a retry each stop counts: a job that was stopped has not
    done its work, and a kill leaves it to a stop that is in progress.
    """
    if attempt.kill_id is None or job.state is not JobState.FINISHED:
        return False
    path = yield from stopped_with(backend, job)
    return path is not None and (attempt.is_retry or lies_in(path, f"/{attempt.kill_id}"))


def _latest(backend: OperatingBackend, series: Sequence[str]) -> Flow[Job | None]:
    """Look at the last job of a series that is known; while it is just ending, wait for how it ends."""
    while True:
        jobs = yield from backend.all_jobs()
        job = next((jobs[job_id] for job_id in reversed(series) if job_id in jobs), None)
        if job is None or job.state is not JobState.ENDING:
            return job
        yield from pause(1, f"{job}; waiting for its end before deciding")


def _warn_of_those(backend: OperatingBackend, ids: Collection[str]) -> Flow[None]:
    """Tell of jobs from before a clear that have not ended: the new one begins beside them."""
    jobs = (yield from backend.all_jobs()) if ids else {}
    for job in jobs.values():
        if job.id in ids and not job.has_ended:
            yield from remark(
                f"Beware: {job}; it was started before this task was cleared, and goes on beside the new one: "
                f"{backend.job_url(job.id)}"
            )


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
    pauses = () if verdict is Verdict.REFUSED else LOOKS_AFTER_UNCLEAR
    seeing = f"job {job_id} was submitted without a clear answer; looking for it"
    job = yield from sought(lambda: backend.find(job_id), pauses, seeing)
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


def _used_before(job_id: str) -> JobForgotten:
    return JobForgotten(
        f"Job {job_id} of this task ran before, and the cluster no longer knows how it ended. "
        "Look whether its work was done; clear the task to run it afresh.",
        job_id=job_id,
        hopeless=True,
    )
