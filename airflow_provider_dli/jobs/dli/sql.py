"""DLI's SQL jobs: statements that are submitted, and the rows of those that are queries. A tag marks whose they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from airflow_provider_dli.dli.endpoints import sql_jobs, sql_results
from airflow_provider_dli.dli.endpoints.sql_job_answers import JobMembers, ListedJob
from airflow_provider_dli.dli.gate import dated
from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.dli.answers import age, seconds
from airflow_provider_dli.jobs.dli.once import send_or_attach
from airflow_provider_dli.jobs.dli.states import SQL
from airflow_provider_dli.jobs.dli.without_state import WithoutState
from airflow_provider_dli.jobs.errors import StatementFailed
from airflow_provider_dli.jobs.look import forgotten
from airflow_provider_dli.jobs.model import Failure, Job, JobState
from airflow_provider_dli.rest.errors import NotFound, Refused
from airflow_provider_dli.rest.flow import Flow

#: The tag that marks whose a job is.
MARK: Final = "airflow-task"
_PAGE: Final = 100


class SqlBackend(WithoutState):
    """The SQL jobs of a project on DLI."""

    jobs_are = "SQL jobs"

    def find(self, job_id: str) -> Flow[Job | None]:
        """Look at a job; None when DLI knows none with this id."""
        try:
            found = yield from self.gate.ask(dated(sql_jobs.status(job_id)))
        except NotFound:
            return None
        return _job(found.value, found.sent)

    def all_jobs(self) -> Flow[Mapping[str, Job]]:
        """Look at all SQL jobs of the project."""
        return {job.id: job for _, job in (yield from self._listed())}

    def jobs_named(self, name: str) -> Flow[Sequence[Job]]:
        """Return none: SQL jobs have no names."""
        yield from ()
        return ()

    def marked(self, mark: str) -> Flow[Job | None]:
        """Look for the job that bears a mark; None where there is none."""
        found = yield from self._listed(tags={MARK: mark})
        return next((job for listed, job in found if _bears(listed, mark)), None)

    def cancel(self, job_id: str) -> Flow[None]:
        """Cancel a job; DLI refuses that where it has ended."""
        try:
            yield from self.gate.ask(sql_jobs.cancel(job_id))
        except Refused:
            job = yield from self.find(job_id)
            if job and not job.has_ended:
                raise

    def failure(self, job_id: str) -> Flow[Failure]:
        """Tell what failed in a job."""
        try:
            message = (yield from self.gate.ask(sql_jobs.status(job_id))).message
        except NotFound as error:
            raise forgotten(self, job_id) from error
        return Failure((message or "").strip() or "DLI gives no reason")

    def _listed(self, tags: Mapping[str, str] | None = None) -> Flow[list[tuple[ListedJob, Job]]]:
        found: list[tuple[ListedJob, Job]] = []
        while True:
            number = len(found) // _PAGE + 1
            request = sql_jobs.list_jobs(tags=tags, job_type="ALL", page_size=_PAGE, current_page=number)
            page = yield from self.gate.ask(dated(request))
            jobs = page.value.jobs or ()
            found.extend((listed, _job(listed, page.sent)) for listed in jobs)
            if len(jobs) < _PAGE:
                return found


def submit_statement(backend: SqlBackend, *, attempt: Attempt, statement: Mapping[str, Any]) -> Flow[str]:
    """Submit a statement, or find the one that an earlier try has submitted; return its job's id.

    :param backend: where it runs.
    :param attempt: this try; its ids are the marks.
    :param statement: the arguments of the endpoint that submits it.
    """

    def send(mark: str) -> Flow[str]:
        marked = {**statement, "tags": {**(statement.get("tags") or {}), MARK: mark}}
        return (yield from backend.gate.ask(sql_jobs.submit(**marked))).job_id

    return (yield from send_or_attach(attempt, backend.marked, backend.find, send))


class Result(NamedTuple):
    """What came of a statement.

    :param rows: the rows of a query, each by the names of its columns; None where it was none.
    :param row_count: how many rows there are in all, or were written; None where DLI does not tell.
    :param path: where in OBS the whole result lies; None where it does not.
    """

    rows: list[dict[str, Any]] | None
    row_count: int | None
    path: str | None


def fetch_result(backend: SqlBackend, *, job_id: str, limit: int, queue_name: str | None) -> Flow[Result]:
    """Return what came of a statement that has been executed.

    :param backend: where it ran.
    :param job_id: its job.
    :param limit: how many rows at most, 1 to 1000.
    :param queue_name: the queue that fetches them; None for one of DLI's own.
    :raises StatementFailed: when DLI no longer has the rows.
    """
    seen = yield from backend.gate.ask(sql_jobs.status(job_id))
    if seen.job_type != "QUERY":
        return Result(None, seen.result_count, seen.result_path or None)
    try:
        preview = yield from backend.gate.ask(sql_results.preview(job_id, page_size=limit, queue_name=queue_name))
    except Refused as error:
        raise StatementFailed(
            f"The rows of job {job_id} could not be had: {error}", job_id=job_id, hopeless=error.is_final
        ) from error
    names = [next(iter(column), "") for column in preview.columns or ()]
    rows = [dict(zip(names, row, strict=False)) for row in (preview.rows or ())[:limit]]
    return Result(rows, seen.result_count, seen.result_path or None)


def _bears(job: ListedJob, mark: str) -> bool:
    return any(tag.key == MARK and tag.value == mark for tag in job.tags or ())


def _job(seen: JobMembers, sent: float | None) -> Job:
    status, state = seen.status or "", SQL.get(seen.status or "", JobState.UNKNOWN)
    started = seen.start_time
    known = state is not JobState.UNKNOWN
    times: dict[str, Any] = {"started": seconds(started), "age": age(started, sent)}
    return Job(seen.job_id, "", state, status, **times, is_known_status=known)
