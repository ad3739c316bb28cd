"""Starting a job as an application (Flink 2.3+): its ``main`` runs in the background, under an id of ours.

The application has the id of its job. So a second submission is refused at once, also while ``main`` is at work, and
what became of the first one can be asked for.
"""

from __future__ import annotations

from airflow_provider_dli.flink.endpoints import applications, jars
from airflow_provider_dli.flink.endpoints.applications import ApplicationDetail, ApplicationSummary
from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.flink.version import Dialect
from airflow_provider_dli.jobs.backend import Verdict
from airflow_provider_dli.jobs.errors import IdUsedUp, JobRejected, SubmissionUnclear
from airflow_provider_dli.jobs.flink import verdicts
from airflow_provider_dli.rest.errors import BadRequest, RestError
from airflow_provider_dli.rest.flow import Flow, ask, pause, remark
from airflow_provider_dli.rest.patience import Patience
from airflow_provider_dli.rest.request import Request

# One that is cancelled starts no job any more, and Flink 2.3.0 leaves some of these in CANCELING for good.
_ENDED = {"FINISHED", "FAILED", "CANCELED", "CANCELING"}
# A job that is one of these has not begun; whether it will is told when its application has ended.
_NOT_BEGUN = {"INITIALIZING", "FAILED"}
# Seconds between two submissions of one application.
_PAUSES_AFTER_UNCLEAR = (1.0, 5.0, 15.0)
# A program's main() is mostly done at once.
_PAUSES = Patience(first=0.05, longest=1.0)


def run_application(dialect: Dialect, job_id: str, jar_id: str, program: Program, seconds: float) -> Flow[None]:
    """Run a jar, and return once its job has begun.

    :param dialect: how the cluster's version wants to be spoken to.
    :param job_id: the id that the job and its application shall have.
    :param jar_id: the jar.
    :param program: how to run it.
    :param seconds: how long its ``main`` may take.
    :raises JobRejected: when the program fails before its job has begun.
    :raises IdUsedUp: when an earlier try's program did.
    :raises SubmissionUnclear: when ``main`` takes longer.
    """
    try:
        yield from _send(jars.run_application(dialect, jar_id, program, application_id=job_id, job_id=job_id))
    except BadRequest as error:
        seen = (yield from _find(job_id)) if verdicts.is_duplicate(error) else None
        if seen is None:
            raise
        yield from _attach(seen)
    ended = yield from _until_begun(job_id, seconds)
    if ended:
        yield from _check(ended)


def _send(request: Request[str]) -> Flow[None]:
    """Send a submission, after an unclear answer again: where the first one has arrived, this one is refused.

    It is not left to the driver: to that, Flink's own word on a program that cannot be run is an outage to ride out.
    """
    for length in _PAUSES_AFTER_UNCLEAR:
        try:
            yield from ask(request)
            return
        except RestError as error:
            if verdicts.judge(error) is not Verdict.UNCLEAR:
                raise
            yield from pause(length, f"no clear answer to a submission ({error.what}); asking again is safe")
    yield from ask(request)


def failure(job_id: str) -> Flow[str | None]:
    """Return why a job's application has failed; None where it has not, or there is none."""
    trace = (yield from _trace(job_id)) if (yield from _find(job_id)) else ""
    return verdicts.advise_on(trace).sentence if trace else None


def give_up(job_id: str) -> Flow[bool]:
    """Cancel a job's application; tell whether there is one that has not ended."""
    seen = yield from _find(job_id)
    if seen is None or seen.status in _ENDED:
        return False
    yield from ask(applications.cancel(job_id))
    return True


def _find(application_id: str) -> Flow[ApplicationSummary | None]:
    """Look at an application; one that Flink does not know is an error of the server where it is asked for by id."""
    seen = yield from ask(applications.overview())
    return next((one for one in seen.applications if one.id == application_id), None)


def _attach(seen: ApplicationSummary) -> Flow[None]:
    if seen.status in _ENDED and not any(seen.jobs.values()):
        raise IdUsedUp(f"An earlier try's application {seen.id} is {seen.status} and has started no job.")
    yield from remark(f"Attached to application {seen.id}, which is {seen.status}: an earlier request has started it.")


def _until_begun(job_id: str, seconds: float) -> Flow[ApplicationDetail | None]:
    """Return the application where it has ended before its job has begun; None once the job has."""
    left = seconds
    for length in _PAUSES.pauses():
        seen = yield from ask(applications.detail(job_id))
        if any(job.jid == job_id and job.state not in _NOT_BEGUN for job in seen.jobs):
            return None
        if seen.status in _ENDED:
            return seen
        if left <= 0:
            break
        yield from pause(min(length, left), f"application {job_id} is {seen.status}; its job has not begun yet")
        left -= length
    raise SubmissionUnclear(
        f"The program's main() has not started its job within {seconds:g} s, and goes on. Give it more time with "
        "submit_timeout; the next try attaches to it.",
        job_id=job_id,
    )


def _check(ended: ApplicationDetail) -> Flow[None]:
    """Check why an application has ended: a job that has failed later on tells that by itself."""
    if not ended.jobs and ended.status == "FINISHED":
        advice = verdicts.advise_on("No jobs included in application.")
        raise JobRejected(advice.sentence, job_id=ended.id, hopeless=advice.hopeless)
    trace = yield from _trace(ended.id)
    if not ended.jobs or "JobInitializationException" in trace:
        advice = verdicts.advise_on(trace or f"The application was {ended.status} before it had started a job")
        raise JobRejected(advice.sentence, job_id=ended.id, hopeless=advice.hopeless)


def _trace(job_id: str) -> Flow[str]:
    """Return the stack trace that an application has failed with; empty where it has not."""
    entries = (yield from ask(applications.exceptions(job_id))).exception_history.entries
    return next((entry.stacktrace for entry in entries if entry.job_id is None), "")
