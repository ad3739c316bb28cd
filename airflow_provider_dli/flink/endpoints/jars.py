"""Jars on the JobManager: ``/jars``."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.plan import Plan
from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.flink.version import Dialect
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Camel, Members, nothing
from airflow_provider_dli.rest.request import Answer, FilePart

#: Seconds for the response to an upload: a proxy may pass a large file on only when it has all of it.
UPLOAD_TIMEOUT = 300.0


class JarEntry(Members):
    """A class that can be run.

    :param name: its whole name.
    :param description: what it says of itself.
    """

    name: str
    description: str | None = None


class Jar(Members):
    """A jar that was uploaded.

    :param id: its id, ``<uuid>_<name>``.
    :param name: the file name that it was uploaded with.
    :param uploaded: when.
    :param entry: the classes that its manifest offers; none where it is no jar at all.
    """

    id: str
    name: str
    uploaded: int
    entry: tuple[JarEntry, ...] = ()


class Jars(Members):
    """What ``/jars`` tells.

    :param address: the JobManager's address.
    :param files: the jars.
    """

    address: str = ""
    files: tuple[Jar, ...]


class UploadedJar(Members):
    """The answer to an upload.

    :param filename: where the JobManager keeps it.
    :param status: ``success``.
    """

    filename: str
    status: str | None = None

    @property
    def id(self) -> str:
        """The jar's id."""
        return self.filename.rpartition("/")[2]


class StartedJob(Members):
    """The answer to a run.

    :param jobid: the job's id.
    :param application_id: the id of its application, which is the same (Flink 2.3+).
    """

    jobid: str
    application_id: str | None = Field(None, alias="applicationId")


class _StartedApplication(Members):
    applicationid: str


class _PlanOfJar(Camel):
    plan: Plan


def _application_id(answer: Answer) -> str:
    return _StartedApplication.read(answer).applicationid


def _plan(answer: Answer) -> Plan:
    return _PlanOfJar.read(answer).plan


@FLINK.endpoint("GET /jars", Jars.read)
def overview() -> Parts:
    """List the jars that were uploaded."""
    return Parts()


@FLINK.endpoint("POST /jars/upload", UploadedJar.read)
def upload(file: FilePart, *, read_timeout: float = UPLOAD_TIMEOUT) -> Parts:
    """Upload a jar. It is repeated after an unclear response: then a second copy may stay on the JobManager.

    :param file: the jar; its file name must end in ``.jar``, its content is not checked before it runs.
    :param read_timeout: seconds that the upload may pause, and that the response may take after it; the connection's
        ``read_timeout`` where that is longer.
    """
    return Parts(files=[file], repeatable=True, read_timeout=read_timeout)


@FLINK.endpoint("DELETE /jars/:jarid", nothing)
def delete(jar_id: str) -> Parts:
    """Delete a jar. A program whose ``main`` is at work still needs it; its jobs do not.

    :param jar_id: the jar's id.
    """
    return Parts([jar_id])


@FLINK.endpoint("POST /jars/:jarid/run", StartedJob.read)
def run(
    dialect: Dialect, jar_id: str, program: Program, *, job_id: str | None = None, read_timeout: float | None = None
) -> Parts:
    """Run a jar's ``main`` inside the JobManager; answers once its job has initialised.

    A client that stops waiting does not stop it.

    :param dialect: how the cluster's version wants to be spoken to.
    :param jar_id: the jar's id.
    :param program: how to run it.
    :param job_id: the id that the job shall have, 32 hex digits (Flink 1.9+); None for one that Flink chooses.
    :param read_timeout: seconds to wait for ``main``.
    """
    body = {**_started(dialect, program), **_restored(dialect, program), **_named(dialect, job_id)}
    return Parts([jar_id], json=body, read_timeout=read_timeout)


@FLINK.endpoint("POST /jars/:jarid/run-application", _application_id, success=202, since="2.3")
def run_application(
    dialect: Dialect,
    jar_id: str,
    program: Program,
    *,
    application_id: str | None = None,
    job_id: str | None = None,
) -> Parts:
    """Run a jar's ``main`` in the background, as an application; answers at once with the application's id.

    Whether ``main`` fails is told by :func:`.applications.detail`. An id that is in use already is refused.

    :param dialect: how the cluster's version wants to be spoken to.
    :param jar_id: the jar's id.
    :param program: how to run it.
    :param application_id: the id that the application shall have, 32 hex digits; None for one that Flink chooses.
    :param job_id: the id that its job shall have, 32 hex digits; None for one that Flink chooses.
    """
    body = {**_started(dialect, program), **_restored(dialect, program), **_named(dialect, job_id)}
    return Parts([jar_id], json={**body, "applicationId": application_id})


@FLINK.endpoint("POST /jars/:jarid/plan", _plan, since="1.10")
def plan(dialect: Dialect, jar_id: str, program: Program, *, job_id: str | None = None) -> Parts:
    """Run a jar's ``main`` inside the JobManager as far as its plan, without starting a job.

    :param dialect: how the cluster's version wants to be spoken to.
    :param jar_id: the jar's id.
    :param program: how to run it; what it says of a savepoint is of no use here.
    :param job_id: the id that the job has in the plan, 32 hex digits; None for one that Flink chooses.
    """
    return Parts([jar_id], json={**_started(dialect, program), **_named(dialect, job_id)}, repeatable=True)


@FLINK.endpoint("GET /jars/:jarid/plan", _plan)
def plan_by_get(jar_id: str, *, entry_class: str | None = None, parallelism: int | None = None) -> Parts:
    """Do the same as :func:`plan`, on every version, for a ``main`` without arguments.

    :param jar_id: the jar's id.
    :param entry_class: the class whose ``main`` runs; None for the one in the jar's manifest.
    :param parallelism: the default parallelism, 1 or more; None for the cluster's own.
    """
    return Parts([jar_id], query={"entry-class": entry_class, "parallelism": parallelism})


def _started(dialect: Dialect, program: Program) -> Mapping[str, Any]:
    if program.configuration:
        dialect.require("flink_configuration", (1, 17))
    return {
        "entryClass": program.entry_class,
        "parallelism": program.parallelism,
        "flinkConfiguration": dict(program.configuration) if program.configuration else None,
        **_arguments(dialect, program),
    }


def _arguments(dialect: Dialect, program: Program) -> Mapping[str, Any]:
    """Return the arguments as a list: since 2.0 Flink drops the one text, which is all that 1.7 knows, silently."""
    if dialect.takes_lists:
        return {"programArgsList": list(program.arguments)}
    return {"programArgs": shlex.join(program.arguments)} if program.arguments else {}


def _restored(dialect: Dialect, program: Program) -> Mapping[str, Any]:
    claim_mode = {dialect.claim_mode_field: program.claim_mode} if program.claim_mode else {}
    return {
        "savepointPath": program.savepoint_path,
        "allowNonRestoredState": program.allow_non_restored_state,
        **claim_mode,
    }


def _named(dialect: Dialect, job_id: str | None) -> Mapping[str, Any]:
    if job_id is not None:
        dialect.require("job_id", (1, 9))
    return {"jobId": job_id}
