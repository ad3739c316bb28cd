"""Programs that run as applications (Flink 2.3+): ``main()`` runs in the background, under an id of ours.

Flink refuses a second submission of an id at once, also while ``main()`` is at work, and shows what became of the
first one.
"""

from __future__ import annotations

from airflow_provider_dli.flink.endpoints import applications, jars
from airflow_provider_dli.flink.endpoints.applications import (
    ApplicationDetail,
    ApplicationExceptions,
    ApplicationSummary,
)
from airflow_provider_dli.flink.gate import Gate
from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.flink.version import Dialect
from airflow_provider_dli.jobs.backend import Verdict
from airflow_provider_dli.jobs.errors import IdUsedUp, JobRejected, SubmissionUnclear
from airflow_provider_dli.jobs.flink import verdicts
from airflow_provider_dli.rest.errors import BadRequest, RestError
from airflow_provider_dli.rest.flow import Flow, ask, pause, remark
from airflow_provider_dli.rest.patience import Patience
from airflow_provider_dli.rest.request import Request
from airflow_provider_dli.rest.wording import number_text

# One that is cancelled starts no job any more, and Flink 2.3.0 leaves some of these in CANCELING for good.
_ENDED = {"FINISHED", "FAILED", "CANCELED", "CANCELING"}
# A job that is one of these has not begun; whether it will is told when its application has ended.
_NOT_BEGUN = {"INITIALIZING", "FAILED"}
# Seconds between two submissions of one application.
_PAUSES_AFTER_UNCLEAR = (1.0, 5.0, 15.0)
# Seconds between two polls at an application that may end by itself.
_LOOK_EVERY = 0.25
# A program's main() is mostly done at once.
_PAUSES = Patience(first=0.05, longest=1.0)


def run_application(
    dialect: Dialect, program_id: str, jar_id: str, program: Program, seconds: float, *, job_id: str | None
) -> Flow[None]:
    """Run a jar, and return once its first job has begun.

    :param dialect: how the cluster's version wants to be spoken to.
    :param program_id: the id that the application shall have.
    :param jar_id: the jar.
    :param program: how to run it.
    :param seconds: how long its ``main`` may take until then.
    :param job_id: the id that its one job shall have; None for a program that may start several.
    :raises JobRejected: when the program fails before its first job has begun.
    :raises IdUsedUp: when an earlier try's program did.
    :raises SubmissionUnclear: when ``main`` takes longer.
    """
    try:
        yield from _send(jars.run_application(dialect, jar_id, program, application_id=program_id, job_id=job_id))
    except BadRequest as error:
        seen = (yield from find(program_id)) if verdicts.is_duplicate(error) else None
        if seen is None:
            raise
        yield from attach(seen, seconds)
    else:
        yield from _until_begun(program_id, seconds)


def attach(seen: ApplicationSummary, seconds: float) -> Flow[None]:
    """Wait until the first job of an application has begun which an earlier request has started.

    :param seen: the application.
    :param seconds: how long its ``main`` may take until then.
    :raises IdUsedUp: when it has ended without a job.
    """
    if seen.status in _ENDED and not any(seen.jobs.values()):
        raise IdUsedUp(f"An earlier try's application {seen.id} is {seen.status} and has started no job.")
    yield from remark(f"Attached to application {seen.id}, which is {seen.status}: an earlier request has started it.")
    yield from _until_begun(seen.id, seconds)


def _send(request: Request[str]) -> Flow[None]:
    """Send a submission, and again after an unclear response: where the first one has arrived, this one is refused.

    The driver's retries do not fit: to the driver, Flink's error for a program that cannot be run is a transient one.
    """
    for length in _PAUSES_AFTER_UNCLEAR:
        try:
            yield from ask(request)
            return
        except RestError as error:
            if verdicts.judge(error) is not Verdict.UNCLEAR:
                raise
            yield from pause(length, f"no clear response to a submission ({error.what}); sending it again is safe")
    yield from ask(request)


def failure(gate: Gate, program_id: str) -> Flow[str | None]:
    """Return why an application has failed; None where it has not, there is none, or that cannot be read.

    :param gate: the cluster.
    :param program_id: its id.
    """
    unknown = "Why an application has failed cannot be read"
    listed = yield from gate.probe(applications.overview(), unknown)
    if listed is None or all(one.id != program_id for one in listed.applications):
        return None
    seen = yield from gate.probe(applications.exceptions(program_id), unknown)
    trace = _own_trace(seen) if seen else ""
    return verdicts.advise_on(trace).sentence if trace else None


def give_up(program_id: str, within: float) -> Flow[bool]:
    """Cancel an application with its jobs; return whether there is one that has not ended.

    :param program_id: its id.
    :param within: seconds in which it may end by itself.
    """
    left = within
    while True:
        seen = yield from find(program_id)
        if seen is None or seen.status in _ENDED:
            return False
        if left <= 0:
            break
        yield from pause(_LOOK_EVERY, f"application {program_id} is {seen.status}; it may end by itself")
        left -= _LOOK_EVERY
    yield from ask(applications.cancel(program_id))
    return True


def find(program_id: str) -> Flow[ApplicationSummary | None]:
    """Return an application; where it is asked for by id, one that Flink does not know is an error of the server."""
    seen = yield from ask(applications.overview())
    return next((one for one in seen.applications if one.id == program_id), None)


def _until_begun(program_id: str, seconds: float) -> Flow[None]:
    """Wait until an application has begun its first job."""
    left = seconds
    for length in _PAUSES.pauses():
        seen = yield from ask(applications.detail(program_id))
        if any(job.state not in _NOT_BEGUN for job in seen.jobs):
            return
        if seen.status in _ENDED:
            yield from _check(seen)
            return
        if left <= 0:
            break
        yield from pause(min(length, left), f"application {program_id} is {seen.status}; its job has not begun yet")
        left -= length
    raise SubmissionUnclear(
        f"The program's main() has not started its job within {number_text(seconds)} s, and still runs. Give it more "
        "time with submit_timeout; the next try attaches to it.",
        job_id=program_id,
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


def _trace(program_id: str) -> Flow[str]:
    """Return the stack trace that an application has failed with; empty where it has not."""
    return _own_trace((yield from ask(applications.exceptions(program_id))))


def _own_trace(exceptions: ApplicationExceptions) -> str:
    entries = exceptions.exception_history.entries
    return next((entry.stacktrace for entry in entries if entry.job_id is None), "")
