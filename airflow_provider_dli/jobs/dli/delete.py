"""Deleting a Flink job of DLI."""

from __future__ import annotations

from airflow_provider_dli.dli.endpoints import flink_jobs
from airflow_provider_dli.jobs.dli.flink_jobs import FlinkJobs
from airflow_provider_dli.jobs.dli.states import may_run
from airflow_provider_dli.jobs.dli.verdicts import is_no, refused
from airflow_provider_dli.jobs.errors import JobRejected
from airflow_provider_dli.jobs.look import brought_back
from airflow_provider_dli.rest.errors import NotFound, RestError
from airflow_provider_dli.rest.flow import Flow


def delete_job(backend: FlinkJobs, *, job_id: str, recovery: float = 0.0) -> Flow[bool]:
    """Delete a job that does not run, and tell whether it was there.

    :param backend: where it is.
    :param job_id: its id.
    :param recovery: seconds that DLI has to restart a job that has failed, before it is deleted.
    :raises JobRejected: when it runs or may run, or DLI refuses.
    """
    job = yield from backend.find(job_id)
    if job is None:
        return False
    job = yield from brought_back(backend, job, recovery)
    if may_run(job):
        raise JobRejected(f"{job}: stop it before it is deleted.", job_id=job_id, hopeless=True)
    try:
        yield from backend.gate.ask(flink_jobs.delete(job_id))
    except NotFound:
        pass
    except RestError as error:
        if is_no(error):
            raise refused(error, JobRejected, job_id) from error
        # The request may have been carried out although its answer was lost.
        if (yield from backend.find(job_id)):
            raise
    return True
