"""Starting a job from a jar: the jar goes up, its ``main`` runs inside the JobManager, the jar goes again."""

from __future__ import annotations

from airflow_provider_dli.flink.advice import advice_on
from airflow_provider_dli.flink.api import complaint
from airflow_provider_dli.flink.endpoints import jars
from airflow_provider_dli.flink.gate import Gate
from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.jobs.backend import Verdict
from airflow_provider_dli.jobs.errors import BackendTrouble, JobError, JobRejected, SubmissionUnclear
from airflow_provider_dli.jobs.flink import jar_files, verdicts
from airflow_provider_dli.jobs.flink.application import run_application
from airflow_provider_dli.rest.errors import Refused, RestError
from airflow_provider_dli.rest.flow import Flow, ask, remark
from airflow_provider_dli.rest.request import FilePart


def submit(gate: Gate, job_id: str, jar: str | FilePart, program: Program, seconds: float) -> Flow[None]:
    """Run a jar under an id of ours; a file is uploaded before, and deleted again once it has served.

    :param gate: the cluster.
    :param job_id: the id that the job shall have.
    :param jar: the id of an uploaded jar, or a file.
    :param program: how to run it.
    :param seconds: how long its ``main`` may take.
    """
    if isinstance(jar, str):
        yield from _run(gate, job_id, jar, program, seconds)
    else:
        yield from _run_once(gate, job_id, (yield from _upload(jar)), program, seconds)


def check(gate: Gate, jar: str | FilePart, program: Program) -> Flow[None]:
    """Check what can be known of a program before it is run: whether the jar is there, and the version takes it all.

    :param gate: the cluster.
    :param jar: the id of an uploaded jar, or a file.
    :param program: how to run it.
    :raises JobRejected: when the cluster has no such jar.
    :raises NotInThisVersion: when its version does not take what is told of the program.
    """
    jars.run((yield from gate.dialect()), "any.jar", program, job_id="any")
    if isinstance(jar, str) and not (yield from jar_files.is_there(jar)):
        raise JobRejected(f"The JobManager has no jar {jar!r} (any more): upload it first.", hopeless=True)


def _run_once(gate: Gate, job_id: str, jar_id: str, program: Program, seconds: float) -> Flow[None]:
    """Run a jar that is of no use afterwards."""
    try:
        yield from _run(gate, job_id, jar_id, program, seconds)
    except (Refused, JobError) as error:
        if not _may_still_be_needed(error):
            yield from _delete(jar_id)
        raise
    yield from _delete(jar_id)


def _run(gate: Gate, job_id: str, jar_id: str, program: Program, seconds: float) -> Flow[None]:
    dialect = yield from gate.dialect()
    if dialect.has_applications:
        yield from run_application(dialect, job_id, jar_id, program, seconds)
    else:
        yield from ask(jars.run(dialect, jar_id, program, job_id=job_id, read_timeout=seconds))


def _may_still_be_needed(error: RestError | JobError) -> bool:
    """Tell whether ``main`` may still be at work."""
    if isinstance(error, RestError):
        return verdicts.judge(error) is Verdict.UNCLEAR
    return isinstance(error, SubmissionUnclear)


def _upload(jar: FilePart) -> Flow[str]:
    """Upload a jar; when that fails, no job can have started, however unclear the answer was."""
    try:
        return (yield from ask(jars.upload(jar))).id
    except RestError as error:
        said = complaint(error.answer) if error.answer else ""
        told = " ".join(filter(None, (f"{jar} was not uploaded: {error}", advice_on(said))))
        raise BackendTrouble(told, hopeless=error.is_final) from error


def _delete(jar_id: str) -> Flow[None]:
    """Delete a jar that has served; one that stays behind is no reason to fail."""
    try:
        yield from ask(jars.delete(jar_id))
    except RestError as error:
        yield from remark(f"The uploaded jar {jar_id} could not be deleted: {error}")
