"""Flink's refusals, as verdicts and advice."""

from __future__ import annotations

import re

from airflow_provider_dli.flink import advice
from airflow_provider_dli.flink.api import complaint, names
from airflow_provider_dli.jobs.backend import Advice, Verdict
from airflow_provider_dli.rest.errors import RestError

_AT_WORK = re.compile(r"/(?:run|run-application)$|/applications/")
_NO_JAR = re.compile(r"Jar file .* does not exist")
_DUPLICATES = {"DuplicateJobSubmissionException", "DuplicateApplicationSubmissionException"}


def judge(error: RestError) -> Verdict:
    """Return the meaning of an error after a submission."""
    if is_duplicate(error):
        return Verdict.DUPLICATE
    if error.is_final or _is_verdict(error):
        return Verdict.REFUSED
    # The request for the version comes before, and starts nothing; an application may be at work when it is read.
    return Verdict.UNCLEAR if error.unclear and _AT_WORK.search(error.url) else Verdict.NOT_SENT


def _is_verdict(error: RestError) -> bool:
    """Return whether Flink's own 500 is about the request: it is, unless Flink ran out of time."""
    said = complaint(error.answer) if error.answer else ""
    return error.status == 500 and bool(said) and "Timeout" not in said


def is_duplicate(error: RestError) -> bool:
    """Return whether an id is in use already, or was."""
    said = complaint(error.answer) if error.answer else ""
    return bool(names(error) & _DUPLICATES) or "has already been submitted" in said


def lacks_jar(error: RestError) -> bool:
    """Return whether the JobManager has refused a submission because it does not have the jar."""
    said = complaint(error.answer) if error.answer else ""
    return bool(_NO_JAR.search(said))


def advise(error: RestError) -> Advice:
    """Return what to do about a refusal."""
    said = complaint(error.answer) if error.answer else ""
    return advise_on(said) if said else Advice(str(error), hopeless=False)


def advise_on(trace: str) -> Advice:
    """Return what to do about a program that did not start."""
    what_to_do = advice.advice_on_program(trace)
    said = advice.told(trace).rstrip(".")
    if advice.main_failed(trace):
        known = advice.advice_on_main(trace)
        what_next = known or "The JobManager's log has the rest."
        return Advice(f"The program's main() failed: {said}. {what_next}", known is not None, main_failed=True)
    return Advice(f"{said}. {what_to_do}" if what_to_do else f"{said}.", hopeless=what_to_do is not None)
