"""Signals to a running job that Flink's own clients send: ``/clientHeartbeat`` and ``/yarn-stop``."""

from __future__ import annotations

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import nothing


@FLINK.endpoint("PATCH /jobs/:jobid/clientHeartbeat", nothing, success=202, since="1.17")
def heartbeat(job_id: str, expired_timestamp: int) -> Parts:
    """Tell a job that its client still lives.

    It matters only to a job that was submitted with a client's heartbeat: Flink cancels it when no more come.

    :param job_id: the job's id, 32 hex digits.
    :param expired_timestamp: until when the client is to be taken for alive, milliseconds since the epoch.
    """
    return Parts([job_id], json={"expiredTimestamp": expired_timestamp}, repeatable=True)


@FLINK.endpoint("GET /jobs/:jobid/yarn-stop", nothing, success=202, changes=True, since="1.9")
def stop_by_get(job_id: str) -> Parts:
    """Stop a job without a savepoint through a proxy that lets nothing but GET through, as YARN's.

    Every version that was tried, 1.9 to 2.3, refuses it with a 308: use ``savepoints.stop`` or ``jobs.cancel_by_get``.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])
