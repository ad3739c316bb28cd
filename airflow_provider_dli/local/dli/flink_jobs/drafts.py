"""Creating Flink jobs and changing them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from fastapi import APIRouter

from airflow_provider_dli.local.dli.flink_jobs.checks import check_told
from airflow_provider_dli.local.dli.flink_jobs.documents import FlinkJobs, is_active
from airflow_provider_dli.local.dli.flink_jobs.members import (
    JAR,
    JAR_JOB,
    JAR_UPDATE,
    SQL,
    SQL_UPDATE,
    with_mode_as_number,
    with_mode_in_words,
)
from airflow_provider_dli.local.dli.flink_jobs.templates import Templates
from airflow_provider_dli.local.dli.flink_jobs.views import accepted
from airflow_provider_dli.local.dli.operations import Operation, only, routed
from airflow_provider_dli.local.dli.parameters import GivenBody, Member, checked
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

#: What may change while a job runs.
_WHILE_IT_RUNS: Final = {"smn_topic", "restart_when_exception", "resume_checkpoint", "resume_max_num", "obs_bucket"}


class Drafts:
    """The operations that create and change jobs.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._jobs = FlinkJobs(services)
        self._templates = Templates(services)

    def routes(self) -> APIRouter:
        """Return the operations."""
        sql, jar = "/v1.0/{project_id}/streaming/sql-jobs", "/v1.0/{project_id}/streaming/flink-jobs"
        return routed(
            Operation("POST", sql, self.create_sql),
            Operation("PUT", f"{sql}/{{job_id}}", self.update_sql),
            Operation("POST", jar, self.create_jar),
            Operation("PUT", f"{jar}/{{job_id}}", self.update_jar),
        )

    def create_sql(self, body: GivenBody) -> Document:
        """Create a SQL job."""
        given = _read(body, SQL)
        template, job_type = given.pop("template_id"), given.pop("job_type")
        if template is not None and not given["sql_body"]:
            given["sql_body"] = self._templates.find(template)["sql_body"]
        return self._create(job_type, given)

    def create_jar(self, body: GivenBody) -> Document:
        """Create a jar job."""
        return self._create(JAR_JOB, _read(body, JAR))

    def update_sql(self, job_id: str, body: GivenBody) -> Document:
        """Change a SQL job."""
        return self._update(job_id, _given(_read(body, SQL_UPDATE)), jar=False)

    def update_jar(self, job_id: str, body: GivenBody) -> Document:
        """Change a jar job."""
        return self._update(job_id, _given(_read(body, JAR_UPDATE)), jar=True)

    def _create(self, job_type: str, given: dict[str, Any]) -> Document:
        check_told(self._services, given, given["queue_name"])
        job = self._jobs.add(job_type, given)
        shown = {**only(job, ("job_id", "status_desc")), "status_name": job["status"]}
        return accepted(self._services, "A Flink job is created successfully.", job=shown)

    def _update(self, job_id: str, given: dict[str, Any], *, jar: bool) -> Document:
        with self._services.store.change():
            job = self._jobs.find(job_id)
            _check_kind(job, jar)
            _check_may_change(job, given)
            check_told(self._services, {**job["config"], **given}, given.get("queue_name"))
            if "name" in given:
                self._jobs.check_name(given["name"], job["job_id"])
            job = self._jobs.tell(job_id, given)
        return accepted(self._services, "The Flink job is updated successfully.", job=only(job, ("update_time",)))


def _read(body: Any, members: Iterable[Member]) -> dict[str, Any]:
    told = with_mode_in_words(checked(with_mode_as_number(body), *members))
    # A queue's name is kept in small letters.
    return {**told, "queue_name": told["queue_name"] and told["queue_name"].lower()}


def _given(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def _check_kind(job: Document, jar: bool) -> None:
    if (job["job_type"] == JAR_JOB) != jar:
        path = "flink-jobs" if job["job_type"] == JAR_JOB else "sql-jobs"
        raise dli("DLI.0001", f"The job {job['name']} is a {job['job_type']}: update it at /streaming/{path}.")


def _check_may_change(job: Document, given: dict[str, Any]) -> None:
    """Check what may change while a job runs; what is sent as it is already is no change."""
    allowed = _WHILE_IT_RUNS | ({"checkpoint_path"} if job["job_type"] == JAR_JOB else set())
    held = {**job["config"], **job}
    changed = [name for name in given if name not in allowed and given[name] != held.get(name)]
    if is_active(job) and changed:
        raise dli("DLI.0007", f"The job {job['name']} is {job['status']}: stop it to change {', '.join(changed)}.")
