"""SQL jobs: submitted once, known by a tag, their rows by the names of the columns."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.dli.sql import MARK, Result, fetch_result, submit_statement
from airflow_provider_dli.jobs.errors import (
    ConditionNotReachable,
    JobFailed,
    JobForgotten,
    JobRejected,
    StatementFailed,
    SubmissionUnclear,
)
from airflow_provider_dli.jobs.look import resolve
from airflow_provider_dli.jobs.model import JobState
from airflow_provider_dli.jobs.wait import wait_for_job
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.request import Request
from tests.jobs.dli.script import (
    CANCEL_STATEMENT,
    PREVIEW,
    STATEMENT,
    STATEMENTS,
    SUBMIT,
    Notes,
    Script,
    refusal,
    tries,
)
from tests.jobs.script import html

ID = "6e08a9b3-0b5a-4b5b-8a5f-000000000002"
FIRST, SECOND = tries("sql").ids[:2]
SUBMITTED = {"is_success": True, "message": "", "job_id": ID, "job_mode": "async", "job_type": "QUERY"}
LOST = [
    errors.NoAnswer,
    errors.ConnectionLost,
    html(502),
    html(408),
    refusal("DLI.0001", "Request timeout", 408),
    refusal("DLI.0999"),
    {"is_success": True},
]
NO_STATEMENT = refusal("DLI.12004", "The job does not exist.")


def listed(status: str, mark: str | None = FIRST, job_id: str = ID, key: str = MARK) -> dict[str, Any]:
    tags = [{"key": "team", "value": "a"}, {"key": key, "value": mark}] if mark else None
    return {"job_id": job_id, "job_type": "QUERY", "status": status, "start_time": 1500, "tags": tags}


def page(*jobs: dict[str, Any]) -> dict[str, Any]:
    return {"is_success": True, "message": "", "job_count": len(jobs), "jobs": list(jobs)}


def submit(script: Script, attempt: Attempt | None = None, **statement: Any) -> str:
    given = {"sql": "SELECT 1", "queue_name": "q", **statement}
    return script.run(submit_statement(script.sql, attempt=attempt or tries("sql"), statement=given))


def script(*jobs: dict[str, Any], submitted: Any = SUBMITTED) -> Script:
    return Script().on(STATEMENTS, page(*jobs)).on(SUBMIT, submitted)


def tags(written: Script) -> list[dict[str, str]]:
    found: list[dict[str, str]] = written.body(SUBMIT)["tags"]
    return found


def test_it_is_submitted_with_a_mark() -> None:
    written = script()
    assert submit(written, tags={"team": "a"}) == ID
    assert tags(written) == [{"key": "team", "value": "a"}, {"key": MARK, "value": FIRST}]
    assert written.queries[0]["tags"] == f"{MARK}={FIRST}"
    assert written.changes == [SUBMIT]


@pytest.mark.parametrize("status", ["LAUNCHING", "RUNNING", "SCALING", "FINISHED", "FINISH", "ACTIVE"])
def test_what_an_earlier_try_submitted_is_found(status: str) -> None:
    """Also where the list does not look at tags."""
    written = script(listed("RUNNING", None, "1"), listed("RUNNING", "b" * 32, "2"), listed(status))
    assert submit(written) == ID
    assert not written.changes


@pytest.mark.parametrize(
    "other", [listed("RUNNING", None), listed("RUNNING", "b" * 32), listed("RUNNING", FIRST, key="theirs")]
)
def test_what_bears_another_mark_is_not_ours(other: dict[str, Any]) -> None:
    written = script(other)
    submit(written)
    assert written.changes == [SUBMIT]


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
def test_what_ended_badly_has_used_up_its_mark(status: str) -> None:
    written = script(listed(status))
    submit(written)
    assert tags(written) == [{"key": MARK, "value": SECOND}]


@pytest.mark.parametrize("status", ["FINISHED", "RUNNING"])
def test_the_newest_of_the_series_is_the_own_one(status: str) -> None:
    written = script(listed("FINISHED"), listed(status, SECOND, "2"))
    assert submit(written) == "2"
    assert not written.changes


@pytest.mark.parametrize("ahead", [-600, -10, 0, 10, 600], ids="DLI is {} s ahead".format)
@pytest.mark.parametrize(
    ("status", "seconds", "is_own"),
    [("FINISHED", 10, False), ("RUNNING", 70, False), ("RUNNING", 50, True)],
    ids=["ended", "older than the DAG run", "younger"],
)
def test_the_first_try_under_an_identity_that_recurs(status: str, seconds: float, is_own: bool, ahead: float) -> None:
    """As of a deleted DAG run before Airflow 3.2: what cannot be of this run is not attached to."""
    written = script()
    written.ahead = ahead
    started = int((written.now + ahead - seconds) * 1000)
    written.on(STATEMENTS, page({**listed(status), "start_time": started}))
    submit(written, tries("sql", run_age=lambda: 60.0, is_first=True))
    assert written.changes == ([] if is_own else [SUBMIT])
    assert is_own or tags(written) == [{"key": MARK, "value": SECOND}]


def test_the_id_of_what_was_submitted_is_written_down() -> None:
    ledger = Notes()
    submit(script(), tries("sql", ledger))
    assert ledger.get("sql.sent") == {FIRST: ID}
    written = script(listed("FAILED"))
    submit(written, tries("sql", ledger, is_retry=True))
    assert ledger.get("sql.sent") == {FIRST: ID, SECOND: ID}


class TestLedger:
    """From Airflow 3.3 on a retry knows the id of what an earlier try has submitted."""

    def retry(self, written: Script) -> str:
        ledger = Notes()
        ledger.record({"sql.sent": {FIRST: ID}})
        return submit(written, tries("sql", ledger, is_retry=True))

    def test_the_list_shows_it_late(self) -> None:
        written = script().on(STATEMENT, {"is_success": True, **listed("RUNNING")})
        assert self.retry(written) == ID
        assert not written.changes

    def test_it_was_deleted(self) -> None:
        written = script().on(STATEMENT, NO_STATEMENT)
        with pytest.raises(JobForgotten, match="DLI no longer knows how it ended") as caught:
            self.retry(written)
        assert (written.changes, caught.value.hopeless, caught.value.job_id) == ([], True, ID)


@pytest.mark.parametrize("lost", LOST, ids=str)
def test_the_answer_is_lost_and_it_was_submitted(lost: Any) -> None:
    written = script(submitted=lost).on(STATEMENTS, page(), page(), page(listed("LAUNCHING")))
    assert submit(written) == ID
    assert written.changes == [SUBMIT]


@pytest.mark.parametrize("lost", LOST, ids=str)
def test_the_answer_is_lost_and_it_was_not(lost: Any) -> None:
    written = script(submitted=lost)
    with pytest.raises(SubmissionUnclear, match="The next try looks for it before it sends it again"):
        submit(written)
    assert written.changes == [SUBMIT]


def test_refused() -> None:
    written = script(submitted=refusal("DLI.0004", "Syntax error near SELEC."))
    with pytest.raises(JobRejected, match=r"DLI\.0004: Syntax error near SELEC \(") as caught:
        submit(written, sql="SELEC 1")
    assert (written.changes, caught.value.hopeless) == ([SUBMIT], True)


def test_all_pages_are_read_from_the_first_on() -> None:
    jobs = [listed("FINISHED", None, str(number)) for number in range(200)] + [listed("RUNNING")]

    def some(request: Request[Any]) -> Any:
        query = dict(request.query)
        number, size = int(query["current-page"]), int(query["page-size"])
        assert number >= 1
        return page(*jobs[(number - 1) * size : number * size])

    written = Script().on(STATEMENTS, some)
    assert submit(written) == ID
    # Once for each mark: there is none under the second one.
    assert [query["current-page"] for query in written.queries] == ["1", "2", "3"] * 2
    assert len(written.run(written.sql.all_jobs())) == 201


def seen(status: str, **members: Any) -> dict[str, Any]:
    return {**SUBMITTED, "status": status, "start_time": 1500, **members}


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("LAUNCHING", JobState.STARTING),
        ("RUNNING", JobState.RUNNING),
        ("SCALING", JobState.RUNNING),
        ("FINISHED", JobState.FINISHED),
        ("FINISH", JobState.FINISHED),
        ("FAILED", JobState.FAILED),
        ("CANCELLED", JobState.CANCELED),
        ("SUSPENDED", JobState.UNKNOWN),
        (None, JobState.UNKNOWN),
    ],
)
def test_states(told: str | None, state: JobState) -> None:
    written = Script().on(STATEMENT, seen(told))  # type: ignore[arg-type]
    job = written.run(written.sql.find(ID))
    assert job
    assert (job.state, job.status, job.started) == (state, told or "", 1.5)


def wait(written: Script) -> str:
    return written.run(wait_for_job(written.sql, job_id=ID, until="finished", poll_interval=10, known=True)).status


def test_a_wait() -> None:
    written = Script().on(STATEMENT, *map(seen, ("LAUNCHING", "RUNNING", "SCALING", "FINISHED")))
    assert wait(written) == "FINISHED"
    assert written.pauses == [10] * 3


@pytest.mark.parametrize(
    ("message", "words"),
    [(" Table t is gone ", "FAILED: Table t is gone"), ("", "DLI gives no reason"), (None, "DLI gives no reason")],
)
def test_why_it_failed(message: str | None, words: str) -> None:
    """That the job failed is no refusal of the question."""
    with pytest.raises(JobFailed, match=words):
        wait(Script().on(STATEMENT, seen("FAILED", message=message)))


def test_it_was_cancelled() -> None:
    with pytest.raises(JobFailed, match="was cancelled, and not by this task"):
        wait(Script().on(STATEMENT, seen("CANCELLED")))


def test_it_is_gone() -> None:
    with pytest.raises(JobForgotten, match=f"DLI no longer knows job {ID}"):
        wait(Script().on(STATEMENT, NO_STATEMENT))
    written = Script().on(STATEMENT, NO_STATEMENT)
    with pytest.raises(JobForgotten):
        written.run(written.sql.failure(ID))


class TestCancel:
    def cancel(self, written: Script) -> None:
        written.run(written.sql.cancel(ID))
        assert written.count(CANCEL_STATEMENT) == 1

    def test_it_is_cancelled(self) -> None:
        self.cancel(Script().on(CANCEL_STATEMENT, {"is_success": True, "message": ""}))

    @pytest.mark.parametrize("now", [seen("FINISHED"), seen("FAILED"), seen("CANCELLED"), NO_STATEMENT], ids=str)
    def test_what_has_ended_needs_none(self, now: Any) -> None:
        self.cancel(Script().on(CANCEL_STATEMENT, refusal("DLI.0999", "Over.")).on(STATEMENT, now))

    def test_refused(self) -> None:
        with pytest.raises(errors.BadRequest):
            self.cancel(Script().on(CANCEL_STATEMENT, refusal("DLI.0003")).on(STATEMENT, seen("RUNNING")))


PREVIEWED = {
    "is_success": True,
    "schema": [{"id": "int"}, {"name": "string"}],
    "rows": [[1, "a"], [2, None], [3, "c"]],
}


class TestResult:
    def fetch(self, written: Script, limit: int = 1000, queue: str | None = None) -> Result:
        return written.run(fetch_result(written.sql, job_id=ID, limit=limit, queue_name=queue))

    def test_rows_by_the_names_of_their_columns(self) -> None:
        written = Script().on(STATEMENT, seen("FINISHED", result_count=3, result_path="")).on(PREVIEW, PREVIEWED)
        rows = [{"id": 1, "name": "a"}, {"id": 2, "name": None}, {"id": 3, "name": "c"}]
        assert self.fetch(written, queue="q") == Result(rows, 3, None)
        assert written.queries[-1] == {"queue-name": "q", "page-size": "1000"}

    def test_no_more_than_wanted(self) -> None:
        """Whether DLI keeps to the limit or not."""
        written = Script().on(STATEMENT, seen("FINISHED", result_count=3)).on(PREVIEW, PREVIEWED)
        result = self.fetch(written, 2)
        assert (len(result.rows or ()), result.row_count) == (2, 3)
        assert written.queries[-1]["page-size"] == "2"

    @pytest.mark.parametrize("told", [{"schema": [], "rows": []}, {"schema": None, "rows": None}, {}], ids=str)
    def test_no_rows(self, told: Any) -> None:
        written = Script().on(STATEMENT, seen("FINISHED")).on(PREVIEW, {"is_success": True, **told})
        assert self.fetch(written) == Result([], None, None)

    @pytest.mark.parametrize("job_type", ["DDL", "INSERT", "DCL", None])
    def test_no_query(self, job_type: str | None) -> None:
        done = seen("FINISHED", job_type=job_type, result_count=7, result_path="obs://bucket/r")
        written = Script().on(STATEMENT, done)
        assert self.fetch(written) == Result(None, 7, "obs://bucket/r")

    def test_they_are_gone(self) -> None:
        written = Script().on(STATEMENT, seen("FINISHED")).on(PREVIEW, refusal("DLI.0100", "The result has expired."))
        words = rf"The rows of job {ID} could not be had: .*DLI\.0100: The result has expired"
        with pytest.raises(StatementFailed, match=words) as caught:
            self.fetch(written)
        assert (caught.value.job_id, caught.value.hopeless) == (ID, True)


def test_statements_have_no_names_and_no_state() -> None:
    written = Script().on(STATEMENTS, page())
    with pytest.raises(Exception, match="No job is called 'x'"):
        written.run(resolve(written.sql, job_id=None, job_name="x"))
    with pytest.raises(ConditionNotReachable, match="DLI's SQL jobs have no checkpoints"):
        written.run(written.sql.checkpoints(ID))
    assert written.sql.job_url(ID).endswith(ID)
