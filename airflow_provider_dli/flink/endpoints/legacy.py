"""What Flink 1.7 serves only where it runs in its legacy mode; no version from 1.9 on does."""

from __future__ import annotations

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.jobs import JobDetail
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Dashed, nothing

_DETAIL = "Use jobs.detail (GET /jobs/:jobid)."
_CANCEL = "Use jobs.cancel (PATCH /jobs/:jobid)."
_STOP = (
    "Use savepoints.stop (POST /jobs/:jobid/stop), "
    "or savepoints.trigger with cancel_job (POST /jobs/:jobid/savepoints)."
)
_PROGRESS = "Use savepoints.operation (GET /jobs/:jobid/savepoints/:triggerid)."


class Cancellation(Dashed):
    """How far a savepoint has come after which its job is cancelled.

    :param status: ``accepted``, ``in-progress``, ``success`` or ``failed``.
    :param request_id: the number to ask for it by.
    :param location: the path to ask for it at, where it was accepted.
    :param savepoint_path: the savepoint's path, where it ended well.
    :param cause: why it did not.
    """

    status: str | None = None
    request_id: int
    location: str | None = None
    savepoint_path: str | None = None
    cause: str | None = None


@FLINK.endpoint("GET /jobs/:jobid/vertices", JobDetail.read, until="1.7", instead=_DETAIL)
def vertices(job_id: str) -> Parts:
    """Ask for one job and its vertices, as ``jobs.detail`` does.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("DELETE /jobs/:jobid/cancel", nothing, until="1.7", instead=_CANCEL)
def cancel(job_id: str) -> Parts:
    """Cancel a job. Sent twice, it does no more than sent once.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id], repeatable=True)


@FLINK.endpoint("GET /jobs/:jobid/cancel-with-savepoint/", Cancellation.read, changes=True, until="1.7", instead=_STOP)
def cancel_with_savepoint(job_id: str) -> Parts:
    """Start a savepoint in the cluster's default directory, after which the job is cancelled.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint(
    "GET /jobs/:jobid/cancel-with-savepoint/target-directory/:targetDirectory",
    Cancellation.read,
    changes=True,
    until="1.7",
    instead=_STOP,
)
def cancel_with_savepoint_to(job_id: str, target_directory: str) -> Parts:
    """Start a savepoint in a directory, after which the job is cancelled.

    :param job_id: the job's id, 32 hex digits.
    :param target_directory: where to write the savepoint.
    """
    return Parts([job_id, target_directory])


@FLINK.endpoint(
    "GET /jobs/:jobid/cancel-with-savepoint/in-progress/:requestId", Cancellation.read, until="1.7", instead=_PROGRESS
)
def cancel_with_savepoint_progress(job_id: str, request_id: int) -> Parts:
    """Ask how far a savepoint has come after which the job is cancelled.

    :param job_id: the job's id, 32 hex digits.
    :param request_id: the number that the start of it returned.
    """
    return Parts([job_id, str(request_id)])
