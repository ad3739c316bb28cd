"""Flink jobs of either kind: finding, running, stopping and deleting them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.flink_job import Job
from airflow_provider_dli.dli.endpoints.outcomes import Outcomes
from airflow_provider_dli.dli.endpoints.tag_members import tag_filter
from airflow_provider_dli.dli.endpoints.written import Ids, numbers
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import NEEDED, Members


class JobPage(Members):
    """A page of the list of jobs.

    :param total_count: how many jobs there are, on all pages.
    :param jobs: those of this page.
    """

    total_count: int | None = None
    jobs: Annotated[tuple[Job, ...] | None, NEEDED] = None


class JobList(Told):
    """What the list of jobs tells.

    :param job_list: a page of it.
    """

    job_list: JobPage

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs of this page."""
        return self.job_list.jobs or ()


class JobDetail(Told):
    """What the detail of a job tells.

    :param job_detail: the job.
    """

    job_detail: Job


@DLI.endpoint("GET /v1.0/{project_id}/streaming/jobs", JobList.read)
def list_jobs(
    *,
    name: str | None = None,
    status: str | None = None,
    job_type: str | None = None,
    queue_name: str | None = None,
    user_name: str | None = None,
    tags: Mapping[str, str] | None = None,
    root_job_id: int | None = None,
    sys_enterprise_project_name: str | None = None,
    show_detail: bool | None = None,
    order: str | None = None,
    limit: int = 100,
    offset: int | None = None,
) -> Parts:
    """List Flink jobs, a page of them.

    :param name: only those of this name; others that contain it may come as well.
    :param status: only those in this status, as in ``job_running``.
    :param job_type: ``flink_sql_job``, ``flink_opensource_sql_job``, ``flink_sql_edge_job`` or ``flink_jar_job``.
    :param queue_name: only those on this queue.
    :param user_name: only those of this user.
    :param tags: only those that have these tags.
    :param root_job_id: the parts of this edge job, which the list leaves out otherwise.
    :param sys_enterprise_project_name: only those of this enterprise project.
    :param show_detail: whether to tell more of each; regions differ in what.
    :param order: ``desc``, the newest first (as where it is left out), or ``asc``.
    :param limit: how many jobs a page has, 1 to 100.
    :param offset: how many jobs to skip.
    """
    query = {
        "name": name,
        "status": status,
        "job_type": job_type,
        "queue_name": queue_name,
        "user_name": user_name,
        "tags": tag_filter(tags),
        "root_job_id": root_job_id,
        "sys_enterprise_project_name": sys_enterprise_project_name,
        "show_detail": show_detail,
        "order": order,
        "limit": limit,
        "offset": offset,
    }
    return Parts(query=query)


@DLI.endpoint("GET /v1.0/{project_id}/streaming/jobs/:job_id", JobDetail.read)
def detail(job_id: int | str) -> Parts:
    """Ask for a Flink job: its status, and what it is set to.

    :param job_id: its id.
    """
    return Parts([str(job_id)])


@DLI.endpoint("POST /v1.0/{project_id}/streaming/jobs/run", Outcomes.read)
def run(job_ids: Ids, *, resume_savepoint: bool | None = None) -> Parts:
    """Run Flink jobs. That they were accepted is all that the answer says; a detail may still say ``job_init``.

    :param job_ids: the job's id, or several; how DLI answers when it refuses only some of them is not documented.
    :param resume_savepoint: whether to start from the newest savepoint; DLI does not where this is left out.
    """
    return Parts(json={"job_ids": numbers(job_ids), "resume_savepoint": resume_savepoint})


@DLI.endpoint("POST /v1.0/{project_id}/streaming/jobs/stop", Outcomes.read)
def stop(job_ids: Ids, *, trigger_savepoint: bool | None = None) -> Parts:
    """Stop Flink jobs that run or are being submitted. That this was accepted is all that the answer says.

    :param job_ids: the job's id, or several; how DLI answers when it refuses only some of them is not documented.
    :param trigger_savepoint: whether to make a savepoint first; DLI does not where this is left out.
    """
    return Parts(json={"job_ids": numbers(job_ids), "trigger_savepoint": trigger_savepoint})


@DLI.endpoint("DELETE /v1.0/{project_id}/streaming/jobs/:job_id", Told.read)
def delete(job_id: int | str) -> Parts:
    """Delete a Flink job, in whatever status; stop it first where it runs.

    :param job_id: its id.
    """
    return Parts([str(job_id)])


@DLI.endpoint("POST /v1.0/{project_id}/streaming/jobs/delete", Outcomes.read)
def delete_several(job_ids: Ids) -> Parts:
    """Delete several Flink jobs, in whatever status; stop those first that run.

    :param job_ids: their ids.
    """
    return Parts(json={"job_ids": numbers(job_ids)})
