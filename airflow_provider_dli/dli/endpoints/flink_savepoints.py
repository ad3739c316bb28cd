"""Savepoints of Flink jobs."""

from __future__ import annotations

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.written import number
from airflow_provider_dli.dli.members import Decoded, Told
from airflow_provider_dli.rest.endpoint import Parts


class SavepointAnswer(Told):
    """The answer to a request about a savepoint. That the Flink behind DLI denies it is an error, as any refusal is.

    :param message: what that Flink answered; DLI sends JSON in a text, and here stands what that says.
    """

    message: Decoded = None


@DLI.endpoint("POST /v1.0/{project_id}/streaming/jobs/:job_id/savepoint", SavepointAnswer.read)
def trigger(job_id: int | str, savepoint_path: str, *, action: str = "TRIGGER") -> Parts:
    """Start a savepoint of a running job. Only its detail tells when it is done, and that does not name it.

    Done is when its status is no longer ``job_savepointing`` and its ``savepoint_path`` has changed. A quick one may
    never be seen in that status. Sent twice, it makes two.

    :param job_id: the job's id.
    :param savepoint_path: the directory to write it to, as in ``bucket/directory/``; older regions want ``obs://`` in
        front.
    :param action: ``TRIGGER``; no other is documented.
    """
    return Parts([str(job_id)], json={"action": action, "savepoint_path": savepoint_path})


@DLI.endpoint("POST /v1.0/{project_id}/streaming/jobs/:job_id/import-savepoint", SavepointAnswer.read)
def import_savepoint(job_id: int | str, savepoint_path: str) -> Parts:
    """Make a savepoint, or a checkpoint, the one from which a job that does not run will resume.

    :param job_id: the job's id.
    :param savepoint_path: the directory that holds its file ``_metadata``, as in ``bucket/directory/``; older regions
        want ``obs://`` in front.
    """
    return Parts([str(job_id)], json={"job_id": number(job_id), "savepoint_path": savepoint_path}, repeatable=True)
