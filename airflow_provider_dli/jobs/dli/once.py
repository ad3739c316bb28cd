"""Sending what DLI gives an id to: nobody can choose that id, so what was sent is known by a mark of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from airflow_provider_dli.jobs.dli.verdicts import is_no, refused
from airflow_provider_dli.jobs.errors import JobRejected, SubmissionUnclear
from airflow_provider_dli.jobs.look import sought
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.rest.errors import Conflict, RestError
from airflow_provider_dli.rest.flow import Flow, remark

# Seconds between looks for what was sent without a clear answer.
_LOOKS_AFTER_UNCLEAR: Final = (1, 2, 5, 10)

Find = Callable[[], Flow[Job | None]]


def send_or_attach(
    marks: Iterator[str], find: Callable[[str], Flow[Job | None]], send: Callable[[str], Flow[str]]
) -> Flow[str]:
    """Return the id of what this task instance has sent, or send it. What ended badly has used up its mark.

    :param marks: the marks that the task instance has, in order.
    :param find: looks for what bears a mark.
    :param send: sends it under a mark, and returns its id.
    :raises JobRejected: when DLI refuses.
    :raises SubmissionUnclear: when nobody can say whether it was started.
    """
    for mark in marks:
        job = yield from find(mark)
        if job is None:
            return (yield from send_once(lambda mark=mark: send(mark), lambda mark=mark: find(mark)))  # type: ignore[misc]
        if not job.ended_badly:
            yield from remark(f"Attached: {job}; an earlier try of this task started it.")
            return job.id
        yield from remark(f"An earlier try's {job}; starting a new one.")
    raise AssertionError("a series of marks never ends")


def send_once(send: Callable[[], Flow[str]], find: Find) -> Flow[str]:
    """Send something, and return its id; where the answer is not clear, look for what it did.

    :param send: sends it, and returns its id.
    :param find: looks for it.
    :raises JobRejected: when DLI refuses.
    :raises SubmissionUnclear: when nobody can say whether it was made.
    """
    try:
        return (yield from send())
    except RestError as error:
        if is_no(error) and not isinstance(error, Conflict):
            raise refused(error, JobRejected) from error
        job = yield from sought(find, _LOOKS_AFTER_UNCLEAR, "there was no clear answer; looking for what was sent")
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
