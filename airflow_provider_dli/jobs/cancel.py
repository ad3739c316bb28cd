"""Cancelling a job, and ending one when its task is killed."""

from __future__ import annotations

from airflow_provider_dli.jobs.backend import Backend
from airflow_provider_dli.jobs.look import look
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.jobs.wait import wait_for_end
from airflow_provider_dli.rest.flow import Flow, remark


def begin_cancel(backend: Backend, *, job_id: str) -> Flow[Job]:
    """Ask for a job to be cancelled; return it as it was before.

    :param backend: where it runs.
    :param job_id: its id.
    :raises JobNotFound: when there is no such job.
    """
    job = yield from look(backend, job_id)
    if job.has_ended:
        yield from remark(f"Nothing to cancel: {job}.")
    else:
        yield from backend.cancel(job_id)
    return job


def cancel_job(backend: Backend, *, job_id: str, poll_interval: float) -> Flow[Job]:
    """Cancel a job and wait for its end; one that has ended already is left as it is.

    :param backend: where it runs.
    :param job_id: its id.
    :param poll_interval: seconds between two looks.
    :raises JobNotFound: when there is no such job.
    """
    yield from begin_cancel(backend, job_id=job_id)
    return (yield from wait_for_end(backend, job_id=job_id, poll_interval=poll_interval))
