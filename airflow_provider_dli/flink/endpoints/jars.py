"""Jars on the JobManager: ``/jars``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.version import Dialect
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.request import Answer, FilePart


@dataclass(frozen=True)
class Jar:
    """A jar that was uploaded.

    :param id: its id, ``<uuid>_<name>``.
    :param name: the file name that it was uploaded with.
    :param uploaded: when, in milliseconds since the epoch.
    :param entry_classes: the classes that its manifest offers.
    """

    id: str
    name: str
    uploaded: int
    entry_classes: tuple[str, ...]

    @classmethod
    def list(cls, answer: Answer) -> tuple[Jar, ...]:
        """Read the answer of ``/jars``."""
        return tuple(
            cls(file["id"], file["name"], file["uploaded"], tuple(entry["name"] for entry in file["entry"]))
            for file in answer.json()["files"]
        )


@dataclass(frozen=True)
class Program:
    """How a jar is run.

    :param entry_class: the class whose ``main`` runs; None for the one in the jar's manifest.
    :param arguments: the arguments of ``main``.
    :param parallelism: the default parallelism, 1 or more; None for the cluster's own.
    :param configuration: settings of Flink for this job (Flink 1.17+).
    :param savepoint_path: the savepoint or checkpoint to start from.
    :param allow_non_restored_state: whether state that the job has no operator for may be left behind.
    :param claim_mode: who owns the savepoint then: ``CLAIM``, ``NO_CLAIM`` or ``LEGACY`` (Flink 1.15+).
    """

    entry_class: str | None = None
    arguments: Sequence[str] = ()
    parallelism: int | None = None
    configuration: Mapping[str, str] | None = None
    savepoint_path: str | None = None
    allow_non_restored_state: bool | None = None
    claim_mode: str | None = None


def _uploaded_id(answer: Answer) -> str:
    name: str = answer.json()["filename"]
    return name.rpartition("/")[2]


def _started_id(answer: Answer) -> str:
    job_id: str = answer.json()["jobid"]
    return job_id


def _nothing(answer: Answer) -> None:
    answer.json()


@FLINK.endpoint("GET /jars", Jar.list)
def jars() -> Parts:
    """List the jars that were uploaded."""
    return Parts()


@FLINK.endpoint("POST /jars/upload", _uploaded_id)
def upload_jar(file: FilePart) -> Parts:
    """Upload a jar and return its id. Uploading twice makes two.

    :param file: the jar; its file name must end in ``.jar``, its content is not checked before it runs.
    """
    return Parts(files=[file])


@FLINK.endpoint("DELETE /jars/:jarid", _nothing)
def delete_jar(jar_id: str) -> Parts:
    """Delete a jar. A job that was started from it is not disturbed.

    :param jar_id: the jar's id.
    """
    return Parts([jar_id])


@FLINK.endpoint("POST /jars/:jarid/run", _started_id)
def run_jar(
    jar_id: str, program: Program, dialect: Dialect, *, job_id: str, read_timeout: float | None = None
) -> Parts:
    """Run a jar's ``main`` inside the JobManager, and return the job's id once it has initialised.

    A client that stops waiting does not stop it. The arguments go out as a list: since 2.0 Flink drops the
    other forms without a word.

    :param jar_id: the jar's id.
    :param program: how to run it.
    :param dialect: how the cluster's version wants to be spoken to.
    :param job_id: the id that the job shall have, 32 hex digits.
    :param read_timeout: seconds to wait for ``main``.
    """
    return Parts([jar_id], json=_run_body(program, dialect, job_id), read_timeout=read_timeout)


def _run_body(program: Program, dialect: Dialect, job_id: str) -> dict[str, object]:
    body: dict[str, object] = {
        "jobId": job_id,
        "entryClass": program.entry_class,
        "programArgsList": list(program.arguments),
        "parallelism": program.parallelism,
        "savepointPath": program.savepoint_path,
        "allowNonRestoredState": program.allow_non_restored_state,
    }
    if program.configuration:
        dialect.require("flink_configuration", (1, 17))
        body["flinkConfiguration"] = dict(program.configuration)
    if program.claim_mode:
        body[dialect.claim_mode_field] = program.claim_mode
    return body
