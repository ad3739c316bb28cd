"""Flink jobs, which run on a real Flink, and templates of them."""

from __future__ import annotations

from fastapi import APIRouter

from airflow_provider_dli.local.dli.flink_jobs.actions import Actions
from airflow_provider_dli.local.dli.flink_jobs.documents import FlinkJobs, is_active
from airflow_provider_dli.local.dli.flink_jobs.drafts import Drafts
from airflow_provider_dli.local.dli.flink_jobs.graphs import Graphs
from airflow_provider_dli.local.dli.flink_jobs.keeper import lifespan_of
from airflow_provider_dli.local.dli.flink_jobs.lookups import STATUSES, Lookups
from airflow_provider_dli.local.dli.flink_jobs.metrics import Metrics
from airflow_provider_dli.local.dli.flink_jobs.savepoints import Savepoints
from airflow_provider_dli.local.dli.flink_jobs.templates import Templates
from airflow_provider_dli.local.dli.flink_jobs.transfer import Transfer
from airflow_provider_dli.local.dli.queues.directory import Directory
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services

_GROUPS = (Drafts, Actions, Lookups, Savepoints, Graphs, Metrics, Transfer, Templates)


def routes(services: Services) -> APIRouter:
    """Return the operations on Flink jobs and their templates; while the application runs, so does what keeps them."""
    Directory(services).seed()
    router = APIRouter(lifespan=lifespan_of(services))
    for group in _GROUPS:
        router.include_router(group(services).routes())
    return router


def set_status(services: Services, job_id: int | str, status: str, status_desc: str = "") -> None:
    """Set the status of a job that runs elsewhere, as an edge job does.

    :param services: what remembers it.
    :param job_id: the job.
    :param status: its status; one of those that there are.
    :param status_desc: why it is in this status.
    :raises Refusal: DLI.16001 for a job that does not exist, DLI.0001 for a status that does not, DLI.0007 for a job
        that runs on the Flink.
    """
    if status not in STATUSES:
        raise dli("DLI.0001", f"{status!r} is no status of a Flink job; there are {', '.join(STATUSES)}.")
    job = FlinkJobs(services).find(job_id)
    if is_active(job):
        raise dli("DLI.0007", f"The job {job['name']} runs on a queue: no edge node can report on it.")
    now = services.now()
    started = {"start_time": now} if status == "job_running" else {}
    FlinkJobs(services).update(job_id, lambda job: job.update(status=status, status_desc=status_desc, **started))
