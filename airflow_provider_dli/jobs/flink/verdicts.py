"""What Flink's refusals mean."""

from __future__ import annotations

import re

from airflow_provider_dli.flink import advice
from airflow_provider_dli.flink.api import complaint, names
from airflow_provider_dli.jobs.backend import Advice, Verdict
from airflow_provider_dli.rest.errors import (
    Forbidden,
    NotAuthenticated,
    NotReachable,
    Redirected,
    Refused,
    RestError,
    ServerError,
    TooManyRequests,
)

_AT_WORK = re.compile(r"/(?:run|run-application)$|/applications/")
_DUPLICATES = {"DuplicateJobSubmissionException", "DuplicateApplicationSubmissionException"}


def judge(error: RestError) -> Verdict:
    """Tell what an error after a submission means."""
    if isinstance(error, (NotReachable, NotAuthenticated, Forbidden, Redirected, TooManyRequests)):
        return Verdict.NOT_SENT
    if is_duplicate(error):
        return Verdict.DUPLICATE
    said = complaint(error.answer) if error.answer else ""
    # Flink's own 500 is a verdict on the request, unless it ran out of time; a proxy's is not.
    verdict_of_flink = error.status == 500 and said and "Timeout" not in said
    if verdict_of_flink or (isinstance(error, Refused) and not isinstance(error, ServerError)):
        return Verdict.REFUSED
    # Asking for the version comes before, and starts nothing; an application is asked for when it may be at work.
    return Verdict.UNCLEAR if _AT_WORK.search(error.url) else Verdict.NOT_SENT


def is_duplicate(error: RestError) -> bool:
    """Tell whether an id is in use already, or was."""
    said = complaint(error.answer) if error.answer else ""
    return bool(names(error) & _DUPLICATES) or "has already been submitted" in said


def advise(error: RestError) -> Advice:
    """Tell what to do about a refusal."""
    said = complaint(error.answer) if error.answer else ""
    return advise_on(said) if said else Advice(str(error), hopeless=False)


def advise_on(trace: str) -> Advice:
    """Tell what to do about a program that did not start."""
    what_to_do = advice.advice_on_program(trace)
    said = advice.told(trace).rstrip(".")
    if advice.main_failed(trace):
        return Advice(f"The program's main() failed: {said}. The JobManager's log has the rest.", hopeless=False)
    return Advice(f"{said}. {what_to_do}" if what_to_do else f"{said}.", hopeless=what_to_do is not None)
