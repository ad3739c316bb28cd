"""SQL jobs: statements that DLI runs in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.sql_job_answers import (
    Checked,
    JobDetail,
    JobPage,
    JobStatus,
    JobSubmitted,
)
from airflow_provider_dli.dli.endpoints.tag_members import pairs, tag_filter
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts


@DLI.endpoint("POST /v1.0/{project_id}/jobs/submit-job", JobSubmitted.read)
def submit(
    sql: str,
    *,
    queue_name: str | None = None,
    currentdb: str | None = None,
    current_catalog: str | None = None,
    engine_type: str | None = None,
    conf: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    read_timeout: float | None = None,
) -> Parts:
    """Submit a statement. Most go on when DLI answers, some, as ``SHOW``, have ended then: ``job_mode`` tells.

    :param sql: the statement.
    :param queue_name: the queue that it runs on.
    :param currentdb: the database in which it runs.
    :param current_catalog: the catalog in which it runs.
    :param engine_type: ``spark`` or ``hetuEngine``.
    :param conf: options, as in ``{"dli.sql.sqlasync.enabled": "false"}``, with which DDL has ended when DLI answers.
    :param tags: its tags: keys of 1 to 128 characters, values of 1 to 255.
    :param read_timeout: seconds to wait for the answer, which comes late from a statement that has ended then.
    """
    body = {
        "sql": sql,
        "queue_name": queue_name,
        "currentdb": currentdb,
        "current_catalog": current_catalog,
        "engine_type": engine_type,
        "conf": conf and [f"{name}={value}" for name, value in conf.items()],
        "tags": pairs(tags),
    }
    return Parts(json=body, read_timeout=read_timeout)


@DLI.endpoint("DELETE /v1.0/{project_id}/jobs/:job_id", Told.read)
def cancel(job_id: str) -> Parts:
    """Cancel a SQL job; it has ended when its status is ``CANCELLED``. One that has ended already is refused.

    :param job_id: its id, a UUID.
    """
    return Parts([job_id])


@DLI.endpoint("GET /v1.0/{project_id}/jobs", JobPage.read)
def list_jobs(
    *,
    job_id: str | None = None,
    job_status: str | None = None,
    job_type: str | None = None,
    job_types: Sequence[str] | None = None,
    queue_name: str | None = None,
    engine_type: str | None = None,
    owner: str | None = None,
    db_name: str | None = None,
    table_name: str | None = None,
    sql_pattern: str | None = None,
    tags: Mapping[str, str] | None = None,
    start: int | None = None,
    end: int | None = None,
    order: str | None = None,
    page_size: int = 100,
    current_page: int | None = None,
) -> Parts:
    """List SQL jobs, a page of them.

    :param job_id: only the one that has this id.
    :param job_status: only those in this status, as in ``RUNNING``.
    :param job_type: only those of this kind, as in ``QUERY``; ``ALL`` for all of them.
    :param job_types: only those of these kinds.
    :param queue_name: only those on this queue.
    :param engine_type: ``spark`` or ``hetuEngine``.
    :param owner: only those of this user.
    :param db_name: only those in this database.
    :param table_name: only those on this table.
    :param sql_pattern: only those whose statement contains this, in small letters or capitals.
    :param tags: only those that have these tags.
    :param start: only those started after this time, in milliseconds since the epoch.
    :param end: only those started before this time, in milliseconds since the epoch.
    :param order: ``start_time_desc`` (as where it is left out), ``start_time_asc``, ``duration_desc`` or
        ``duration_asc``.
    :param page_size: how many jobs a page has, 1 to 100.
    :param current_page: which page; the first one is 1.
    """
    query = {
        "job-id": job_id,
        "job-status": job_status,
        "job-type": job_type,
        "job_types": job_types,
        "queue_name": queue_name,
        "engine-type": engine_type,
        "owner": owner,
        "db_name": db_name,
        "table_name": table_name,
        "sql_pattern": sql_pattern,
        "tags": tag_filter(tags),
        "start": start,
        "end": end,
        "order": order,
        "page-size": page_size,
        "current-page": current_page,
    }
    return Parts(query=query)


@DLI.endpoint("GET /v1.0/{project_id}/jobs/:job_id/status", JobStatus.read)
def status(job_id: str) -> Parts:
    """Ask how far a SQL job has come.

    :param job_id: its id, a UUID.
    """
    return Parts([job_id])


@DLI.endpoint("GET /v1.0/{project_id}/jobs/:job_id/detail", JobDetail.read)
def detail(job_id: str) -> Parts:
    """Ask for a SQL job that imports or exports.

    :param job_id: its id, a UUID.
    """
    return Parts([job_id])


@DLI.endpoint("POST /v1.0/{project_id}/jobs/check-sql", Checked.read)
def check(sql: str, *, currentdb: str | None = None) -> Parts:
    """Ask whether a statement is good SQL; it is refused where it is not, and starts nothing where it is.

    :param sql: the statement.
    :param currentdb: the database in which it would run.
    """
    return Parts(json={"sql": sql, "currentdb": currentdb}, repeatable=True)
