"""Starting a job from a jar: the jar goes up, its ``main`` runs inside the JobManager, the jar goes again."""

from __future__ import annotations

from airflow_provider_dli.flink.endpoints import jars
from airflow_provider_dli.flink.gate import Gate
from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.jobs.backend import Verdict
from airflow_provider_dli.jobs.errors import BackendTrouble
from airflow_provider_dli.jobs.flink import verdicts
from airflow_provider_dli.rest.errors import Refused, RestError
from airflow_provider_dli.rest.flow import Flow, ask, remark
from airflow_provider_dli.rest.request import FilePart


def submit(gate: Gate, job_id: str, jar: str | FilePart, program: Program, seconds: float) -> Flow[str]:
    """Run a jar under an id of ours; a file is uploaded before, and deleted again once it has served.

    :param gate: the cluster.
    :param job_id: the id that the job shall have.
    :param jar: the id of an uploaded jar, or a file.
    :param program: how to run it.
    :param seconds: how long its ``main`` may take.
    """
    dialect = yield from gate.dialect()
    jar_id = jar if isinstance(jar, str) else (yield from _upload(jar))
    try:
        started = yield from ask(jars.run(dialect, jar_id, program, job_id=job_id, read_timeout=seconds))
    except Refused as error:
        # While it is unclear whether main() is at work, the jar may still be needed.
        if not isinstance(jar, str) and verdicts.judge(error) is not Verdict.UNCLEAR:
            yield from _delete(jar_id)
        raise
    if not isinstance(jar, str):
        yield from _delete(jar_id)
    return started.jobid


def _upload(jar: FilePart) -> Flow[str]:
    """Upload a jar; when that fails, no job can have started, however unclear the answer was."""
    try:
        return (yield from ask(jars.upload(jar))).id
    except RestError as error:
        raise BackendTrouble(f"{jar} was not uploaded: {error}", hopeless=not error.could_help) from error


def _delete(jar_id: str) -> Flow[None]:
    """Delete a jar that has served; one that stays behind is no reason to fail."""
    try:
        yield from ask(jars.delete(jar_id))
    except RestError as error:
        yield from remark(f"The uploaded jar {jar_id} could not be deleted: {error}")
