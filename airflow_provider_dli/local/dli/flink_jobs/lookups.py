"""Listing Flink jobs and showing one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Request

from airflow_provider_dli.local.dli.flink_jobs import views
from airflow_provider_dli.local.dli.flink_jobs.documents import FlinkJobs
from airflow_provider_dli.local.dli.flink_jobs.members import EDGE_JOB, JAR_JOB, SQL_JOBS
from airflow_provider_dli.local.dli.flink_jobs.views import accepted
from airflow_provider_dli.local.dli.operations import Operation, routed
from airflow_provider_dli.local.dli.paging import limited
from airflow_provider_dli.local.dli.parameters import flag, integer, query, text
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

#: Every status that there is.
STATUSES: Final = (
    "job_init",
    "job_submitting",
    "job_submit_fail",
    "job_running",
    "job_running_exception",
    "job_downloading",
    "job_idle",
    "job_canceling",
    "job_cancel_success",
    "job_cancel_fail",
    "job_savepointing",
    "job_arrearage_stopped",
    "job_arrearage_recovering",
    "job_finish",
)
_QUERY: Final = (
    text("job_type", allowed=(*SQL_JOBS, EDGE_JOB, JAR_JOB)),
    integer("limit", default=10, least=1, most=100),
    text("name", longest=57),
    integer("offset", default=0, least=0),
    text("order", default="desc", allowed=("asc", "desc")),
    text("queue_name"),
    integer("root_job_id"),
    flag("show_detail", default=False),
    text("status", allowed=STATUSES),
    text("tags"),
    text("user_name"),
    text("username"),
)


class Lookups:
    """The operations that list jobs and show one.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._jobs = FlinkJobs(services)

    def routes(self) -> APIRouter:
        """Return the operations."""
        jobs = "/v1.0/{project_id}/streaming/jobs"
        return routed(Operation("GET", jobs, self.list), Operation("GET", f"{jobs}/{{job_id}}", self.show))

    def list(self, request: Request) -> Document:
        """List jobs, the newest first."""
        asked = query(request, *_QUERY)
        tagged = self._jobs.tagged(asked["tags"])
        found = [job for job in self._jobs.all() if tagged(job) and all(fits(job, asked) for fits in _FILTERS)]
        ordered = found if asked["order"] == "asc" else found[::-1]
        now, details = self._services.now(), asked["show_detail"]
        rows = [views.row(job, now, with_details=details) for job in limited(ordered, asked)]
        return accepted(self._services, job_list={"total_count": len(found), "jobs": rows})

    def show(self, job_id: str) -> Document:
        """Show a job."""
        job = self._jobs.find(job_id)
        return accepted(self._services, job_detail=views.detail(job, self._services.now()))


def _same(name: str) -> Callable[[Document, dict[str, Any]], bool]:
    return lambda job, asked: asked[name] is None or job.get(name) == asked[name]


def _of_user(job: Document, asked: dict[str, Any]) -> bool:
    wanted = asked["user_name"] or asked["username"]
    return wanted is None or job["user_name"] == wanted


def _below(job: Document, asked: dict[str, Any]) -> bool:
    """Sub jobs are listed for their parent only."""
    return bool(job["root_id"] == (-1 if asked["root_job_id"] is None else asked["root_job_id"]))


_FILTERS: Final[tuple[Callable[[Document, dict[str, Any]], bool], ...]] = (
    _same("job_type"),
    _same("queue_name"),
    _same("status"),
    lambda job, asked: (asked["name"] or "") in job["name"],
    _of_user,
    _below,
)
