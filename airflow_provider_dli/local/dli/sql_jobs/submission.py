"""Submitting SQL, checking it, and cancelling what runs."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

from fastapi import APIRouter

from airflow_provider_dli.local.dli.flink import FlinkTroubleError, NotStartedError
from airflow_provider_dli.local.dli.operations import Operation, routed, success
from airflow_provider_dli.local.dli.parameters import GivenBody, checked
from airflow_provider_dli.local.dli.queues.directory import Directory
from airflow_provider_dli.local.dli.refusals import Refusal, dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.sql_jobs.catalog import DEFAULT, Catalog
from airflow_provider_dli.local.dli.sql_jobs.documents import ACTIVE, SqlJobs
from airflow_provider_dli.local.dli.sql_jobs.execution import Execution
from airflow_provider_dli.local.dli.sql_jobs.members import CHECK, SUBMISSION
from airflow_provider_dli.local.dli.sql_jobs.results import Result, as_text
from airflow_provider_dli.local.dli.sql_jobs.statements import job_type, needs_job, split
from airflow_provider_dli.local.dli.store import Document

#: The most rows that an answer can hold.
MOST_ROWS: Final = 1000

#: With this, what changes only what is known is done when its answer comes.
_SYNCHRONOUS: Final = "dli.sql.sqlasync.enabled=false"


class Submission:
    """The operations that begin and end SQL jobs.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._jobs = SqlJobs(services)
        self._catalog = Catalog(services)
        self._execution = Execution(services)

    def routes(self) -> APIRouter:
        """Return the operations."""
        jobs = "/v1.0/{project_id}/jobs"
        return routed(
            Operation("POST", f"{jobs}/submit-job", self.submit),
            Operation("POST", f"{jobs}/check-sql", self.check),
            Operation("DELETE", f"{jobs}/{{job_id}}", self.cancel),
        )

    def submit(self, body: GivenBody) -> Document:
        """Run SQL."""
        given = checked(body, *SUBMISSION)
        statements = _statements(given.pop("sql"))
        database = self._database(given.pop("currentdb"))
        if given["queue_name"]:
            given["queue_name"] = queue_name(self._services, given["queue_name"])
        job = self._jobs.add(job_type(statements[-1]), ";\n".join(statements), {**given, "database_name": database})
        job = self.begin(job, statements, database)
        if job["status"] != "FAILED":
            self._catalog.keep(statements, database)
        return self._submitted(job, _SYNCHRONOUS in given["conf"])

    def begin(self, job: Document, statements: list[str], database: str) -> Document:
        """Run the statements of a job that was added; what is wrong with them was never a job.

        :param job: the job.
        :param statements: its statements.
        :param database: the database that they begin in.
        :raises Refusal: when a statement is wrong, or there is no Flink.
        """
        job_id = job["job_id"]
        try:
            running = self._execution.run(_runnable(statements), database, f"sql-{job_id}", self._jobs.result(job_id))
        except Refusal:
            self._jobs.forget(job_id)
            raise
        except NotStartedError as error:
            return self._jobs.end(job_id, "FAILED", str(error))
        return self._jobs.change(job_id, flink_job=running) if running else self._done(job_id)

    def check(self, body: GivenBody) -> Document:
        """Check SQL without running it."""
        given = checked(body, *CHECK)
        statements = _statements(given["sql"])
        explained = [f"EXPLAIN {one}" if needs_job(one) else one for one in _runnable(statements)]
        self._try(explained, self._database(given["currentdb"]))
        return success(job_type=job_type(statements[-1]))

    def cancel(self, job_id: str) -> Document:
        """Cancel a job that has not ended."""
        job = self._jobs.find(job_id)
        if job["status"] not in ACTIVE or job["flink_job"] is None:
            raise dli("DLI.0007", f"The SQL job {job_id} is {job['status']}; it cannot be cancelled.")
        try:
            self._execution.runner.cancel(job["flink_job"])
        except FlinkTroubleError as error:
            raise dli("DLI.0012", f"The Flink that runs the SQL cannot be reached: {error}") from None
        return success()

    def _try(self, statements: list[str], database: str) -> None:
        try:
            self._execution.run(statements, database, "check")
        except NotStartedError as error:
            raise dli("DLI.0005", str(error)) from None

    def _database(self, name: str | None) -> str:
        if name and not self._catalog.has_database(name):
            raise dli("DLI.0002", f"There is no database named {name}.")
        return name or DEFAULT

    def _done(self, job_id: str) -> Document:
        return self._jobs.end(job_id, "FINISHED", **Result(self._jobs.result(job_id)).summary())

    def _submitted(self, job: Document, wants_answer: bool) -> Document:
        sync = job["job_type"] == "DCL" or (job["job_type"] == "DDL" and wants_answer)
        answer: dict[str, Any] = {"schema": None, "rows": None, "job_mode": "async"}
        if sync:
            self._jobs.change(job["job_id"], job_mode="sync")
            answer = {**shown(Result(self._jobs.result(job["job_id"])), MOST_ROWS), "job_mode": "sync"}
        return success(job_id=job["job_id"], job_type=job["job_type"], **answer)


def queue_name(services: Services, name: str) -> str:
    """Return a queue's name as it is kept. ``default`` is always there, for SQL.

    :raises Refusal: when there is no such queue.
    """
    lower = name.lower()
    return lower if lower == DEFAULT else str(Directory(services).find(lower)["queue_name"])


def shown(result: Result, most: int) -> dict[str, Any]:
    """Return columns and rows of a result as answers have them.

    :param result: the result.
    :param most: how many rows at most.
    """
    if not result.is_there:
        return {"schema": [], "rows": []}
    rows = [[as_text(value) for value in row] for row in islice(result.rows(), most)]
    return {"schema": [{column["name"]: column["type"]} for column in result.columns], "rows": rows}


def _statements(sql: str) -> list[str]:
    statements = split(sql)
    if not statements:
        raise dli("DLI.0004", "The SQL holds no statement.")
    return statements


def _runnable(statements: Iterable[str]) -> list[str]:
    """Return the statements that the Flink can run: it knows nobody's rights."""
    return [statement for statement in statements if job_type(statement) != "DCL"]
