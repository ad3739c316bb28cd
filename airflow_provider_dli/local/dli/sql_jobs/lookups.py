"""Looking at SQL jobs and at their rows."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request

from airflow_provider_dli.local.dli.flink import FlinkTroubleError
from airflow_provider_dli.local.dli.operations import Operation, only, routed, success
from airflow_provider_dli.local.dli.paging import page
from airflow_provider_dli.local.dli.parameters import query
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.sql_jobs.documents import ACTIVE, RESOURCE_TYPE, SqlJobs
from airflow_provider_dli.local.dli.sql_jobs.execution import Execution
from airflow_provider_dli.local.dli.sql_jobs.members import DETAIL, LIST_QUERY, LISTED, PREVIEW_QUERY, STATUS
from airflow_provider_dli.local.dli.sql_jobs.results import Result
from airflow_provider_dli.local.dli.sql_jobs.submission import shown
from airflow_provider_dli.local.dli.store import Document
from airflow_provider_dli.local.dli.tags import Tags

#: Which parameter of the list has to be equal to which member of a job.
_SAME: Final = {
    "db_name": "database_name",
    "engine-type": "engine_type",
    "job-status": "status",
    "job-id": "job_id",
    "owner": "owner",
    "queue_name": "queue_name",
    "table_name": "table_name",
}


class Lookups:
    """The operations that look at SQL jobs.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._jobs = SqlJobs(services)
        self._tags = Tags(services)
        self._execution = Execution(services)

    def routes(self) -> APIRouter:
        """Return the operations."""
        one = "/v1.0/{project_id}/jobs/{job_id}"
        return routed(
            Operation("GET", "/v1.0/{project_id}/jobs", self.list_jobs),
            Operation("GET", f"{one}/status", self.show_status),
            Operation("GET", f"{one}/detail", self.show_detail),
            Operation("GET", f"{one}/preview", self.preview),
            Operation("GET", "/v1/{project_id}/jobs/{job_id}/progress", self.show_progress),
        )

    def list_jobs(self, request: Request) -> Document:
        """List jobs."""
        asked = query(request, *LIST_QUERY)
        tagged = self._tags.matching(RESOURCE_TYPE, asked["tags"])
        found = [job for job in self._jobs.all() if _is_wanted(job, asked) and tagged(job["job_id"])]
        by, _, direction = asked["order"].rpartition("_")
        found.sort(key=lambda job: int(job[by]), reverse=direction == "desc")
        return success(job_count=len(found), jobs=[only(job, LISTED) for job in page(found, asked)])

    def show_status(self, job_id: str) -> Document:
        """Show how a job fares. That it has failed is no failure of the call."""
        return {"is_success": True, **only(self._jobs.find(job_id), STATUS)}

    def show_detail(self, job_id: str) -> Document:
        """Show what a job was told."""
        return {"is_success": True, **only(self._jobs.find(job_id), DETAIL)}

    def preview(self, job_id: str, request: Request) -> Document:
        """Show the first rows of a query that is done."""
        asked = query(request, *PREVIEW_QUERY)
        job = self._jobs.find(job_id)
        if job["job_type"] != "QUERY":
            raise dli("DLI.0007", f"The SQL job {job_id} is {job['job_type']}; only a QUERY has rows to preview.")
        if job["status"] != "FINISHED":
            raise dli("DLI.0007", f"The SQL job {job_id} is {job['status']}; there are rows when it is FINISHED.")
        result = finished_result(self._jobs, job)
        counts = {"row_count": job["result_count"], "input_size": job["input_size"]}
        return success(job_id=job_id, job_type="QUERY", **counts, **shown(result, asked["page-size"]))

    def show_progress(self, job_id: str) -> Document:
        """Show how far a job has come."""
        job = self._jobs.find(job_id)
        tasks = self._tasks(job)
        total, done = tasks.get("total", 0), tasks.get("finished", 0)
        progress = 1.0 if job["status"] == "FINISHED" else done / total if total else 0.0
        parts = [_part(job, tasks)] if tasks else []
        return success(
            job_id=job_id,
            status=job["status"],
            sub_job_id=0 if parts else None,
            progress=round(progress, 2),
            sub_jobs=parts,
        )

    def _tasks(self, job: Document) -> dict[str, int]:
        """Return how many tasks of a running job are in which state."""
        if job["status"] not in ACTIVE or job["flink_job"] is None:
            return {}
        try:
            running = self._execution.runner.state(job["flink_job"])
        except FlinkTroubleError as error:
            raise dli("DLI.0012", f"The Flink that runs the SQL cannot be reached: {error}") from None
        return dict(running.tasks) if running else {}


def finished_result(jobs: SqlJobs, job: Document) -> Result:
    """Return the rows of a job that is done.

    :raises Refusal: DLI.0100, when they are no more.
    """
    result = Result(jobs.result(job["job_id"]))
    if not result.is_there:
        raise dli("DLI.0100", f"The result of the SQL job {job['job_id']} has expired. Submit its SQL again.")
    return result


def _is_wanted(job: Document, asked: dict[str, Any]) -> bool:
    if any(asked[name] is not None and job.get(member) != asked[name] for name, member in _SAME.items()):
        return False
    kinds = {asked["job-type"], *(asked["job_types"] or [])} - {None}
    latest = asked["end"] if asked["end"] is not None else job["start_time"]
    return (
        (not kinds or "ALL" in kinds or job["job_type"] in kinds)
        and asked["sql_pattern"] in job["statement"]
        and asked["start"] <= job["start_time"] <= latest
    )


def _part(job: Document, tasks: dict[str, int]) -> Document:
    """Return the one part that a job here has, in the words of another engine."""
    return {
        "id": 0,
        "name": job["job_type"],
        "description": job["statement"],
        "submission_time": None,
        "completion_time": None,
        "stage_ids": [0],
        "job_group": job["job_id"],
        "status": job["status"],
        "num_tasks": tasks.get("total", 0),
        "num_active_tasks": tasks.get("running", 0),
        "num_completed_tasks": tasks.get("finished", 0),
        "num_skipped_tasks": 0,
        "num_failed_tasks": tasks.get("failed", 0),
        "num_killed_tasks": tasks.get("canceled", 0),
        "num_completed_indices": tasks.get("finished", 0),
        "num_active_stages": 1,
        "num_completed_stages": 0,
        "num_skipped_stages": 0,
        "num_failed_stages": 0,
        "killed_tasks_summary": {},
    }
