"""Submissions that DLI gives an id to: nobody can choose that id, so each carries a mark of its task instance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.dli.verdicts import is_no, refused
from airflow_provider_dli.jobs.errors import JobForgotten, JobRejected, SubmissionUnclear
from airflow_provider_dli.jobs.look import sought
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.rest.errors import Conflict, RestError
from airflow_provider_dli.rest.flow import Flow, remark

# Seconds between lookups for a submission without a clear response.
_LOOKS_AFTER_UNCLEAR: Final = (1, 2, 5, 10)

Find = Callable[[], Flow[Job | None]]


def send_or_attach(
    attempt: Attempt,
    find: Callable[[str], Flow[Job | None]],
    known: Callable[[str], Flow[Job | None]],
    send: Callable[[str], Flow[str]],
) -> Flow[str]:
    """Return the id of the job that this task instance has submitted, or submit one.

    A job that ended badly has used up its mark, and the next one of the series is taken.

    :param attempt: this try; its ids are the marks.
    :param find: looks up a job by its mark.
    :param known: looks up a job by its id.
    :param send: submits a job with a mark, and returns its id.
    :raises JobRejected: when DLI refuses.
    :raises JobForgotten: when DLI has deleted the job that an earlier try has submitted.
    :raises SubmissionUnclear: when nobody can say whether it was submitted.
    """
    sent: Mapping[str, str] = attempt.recall("sent") or {}
    newest: Job | None = None
    for mark in attempt.ids:
        job = yield from _submitted(mark, sent.get(mark), find, known)
        if job is None:
            break
        newest = job
    if newest and not (yield from _is_used_up(newest, attempt)):
        yield from remark(f"Attached: {newest}; an earlier try of this task started it.")
        return newest.id
    job_id = yield from send_once(partial(send, mark), partial(find, mark))
    yield from attempt.record(sent={**sent, mark: job_id})
    yield from remark(f"Submitted: job {job_id}.")
    return job_id


def _is_used_up(newest: Job, attempt: Attempt) -> Flow[bool]:
    """Tell whether the newest job of a series is no longer one to attach to, and log why."""
    if attempt.predates(newest):
        yield from remark(f"Not this task's: {newest}; it is from before this run of the task. Starting a new one.")
        return True
    if newest.ended_badly:
        yield from remark(f"An earlier try's {newest}; starting a new one.")
    return newest.ended_badly


def _submitted(
    mark: str,
    job_id: str | None,
    find: Callable[[str], Flow[Job | None]],
    known: Callable[[str], Flow[Job | None]],
) -> Flow[Job | None]:
    """Return the job that bears a mark; None where none was submitted."""
    job = yield from find(mark)
    if job is None and job_id is not None:
        job = yield from known(job_id)
        if job is None:
            raise JobForgotten(
                f"Job {job_id} of this task was submitted by an earlier try, and DLI no longer knows how it ended. "
                "Check whether its work was done; clear the task to submit it again.",
                job_id=job_id,
                hopeless=True,
            )
    return job


def send_once(send: Callable[[], Flow[str]], find: Find) -> Flow[str]:
    """Submit something, and return its id; where the response is not clear, look up what it did.

    :param send: submits it, and returns its id.
    :param find: looks it up.
    :raises JobRejected: when DLI refuses.
    :raises SubmissionUnclear: when nobody can say whether it was made.
    """
    try:
        return (yield from send())
    except RestError as error:
        if is_no(error) and not isinstance(error, Conflict):
            raise refused(error, JobRejected) from error
        seeing = f"looking for what was sent, as the response is not clear: {error.what}"
        job = yield from sought(find, _LOOKS_AFTER_UNCLEAR, seeing)
        if job is None:
            raise _not_there(error) from error
        yield from remark(f"It was answered with an error ({error.what}), and yet {job}.")
        return job.id


def _not_there(error: RestError) -> Exception:
    if is_no(error):
        return refused(error, JobRejected)
    return SubmissionUnclear(
        f"No clear answer, and nothing is there {sum(_LOOKS_AFTER_UNCLEAR)} s later: {error} "
        "The next try looks for it before it sends it again."
    )
