"""SQL statements through a gateway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from airflow_provider_dli.flink.sql.gate import SqlGate
from airflow_provider_dli.jobs.errors import BackendTrouble, StatementFailed, SubmissionUnclear
from airflow_provider_dli.jobs.sql import HEARTBEAT_EVERY, JOB_ID, close_session, job_despite, run_statements
from airflow_provider_dli.jobs.statements import ResultColumn, Statement, StatementResult, StatementResults
from airflow_provider_dli.rest.errors import ConnectionLost, NoAnswer, NotAuthenticated, NotReachable
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import Patience, WaitTimedOut, patiently, within
from tests.flink.sql.gateway import (
    ADDRESS,
    CLOSE,
    CLOSE_OPERATION,
    DONE,
    EXECUTE,
    HEARTBEAT,
    INSERT,
    JOB,
    OPEN,
    RESULTS,
    Gateway,
    Outcome,
    failing,
    select,
)
from tests.jobs.script import GONE, ID, Script, row

PARSE = (
    "org.apache.flink.table.api.SqlParserException: SQL parse failed.",
    "org.apache.flink.sql.parser.impl.ParseException: Encountered 'SELCT' at line 1, column 1.",
)
INVALID = (
    "org.apache.flink.table.api.ValidationException: SQL validation failed.",
    "org.apache.calcite.runtime.CalciteContextException: From line 1, column 15: Object 'x' not found",
    "org.apache.calcite.sql.validate.SqlValidatorException: Object 'x' not found",
)
DOWN = (
    "org.apache.flink.table.api.ValidationException: Unable to create a source.",
    "java.net.ConnectException: Connection refused",
)


def running(*statements: str, **choices: Any) -> Flow[StatementResults]:
    choices = {"poll_interval": 10, **choices}
    return run_statements(SqlGate(ADDRESS), statements=statements, **choices)


def run(fake: Gateway, *statements: str, **choices: Any) -> Sequence[StatementResult]:
    return fake.run(running(*statements, **choices)).results


def all_is_closed(fake: Gateway) -> bool:
    return len(fake.closed) == fake.calls[OPEN] == 1 and not fake.sessions


class TestStatements:
    def test_are_executed_in_turn_in_one_session(self) -> None:
        fake = Gateway()
        results = run(fake, "CREATE TABLE t", "USE x")
        assert fake.statements == ["CREATE TABLE t", "USE x"]
        assert [one.rows for one in results] == [({"result": "OK"},)] * 2
        assert fake.calls[CLOSE_OPERATION] == 2
        assert all_is_closed(fake)
        assert fake.pauses == []

    def test_have_the_session_s_settings(self) -> None:
        fake, seen = Gateway(), list[str]()
        run(fake, "USE x", properties={"a": "b"}, session_name="n", job_name="j", opened=seen.append)
        body = fake.bodies[1]
        assert body == {"sessionName": "n", "properties": {"a": "b", "pipeline.name": "j"}}
        assert seen == fake.closed

    def test_without_settings(self) -> None:
        fake = Gateway()
        run(fake, "USE x")
        assert fake.bodies[1] == {}

    @pytest.mark.parametrize("versions", [(1,), (1, 2), (1, 2, 3, 4)])
    def test_through_any_version_of_the_api(self, versions: tuple[int, ...]) -> None:
        fake = Gateway(*versions).on("SELECT", select([1], [2])).on("INSERT", INSERT)
        query, insert = run(fake, "SELECT 1", "INSERT INTO t")
        assert query.rows == ({"n": 1}, {"n": 2})
        assert insert.job_id == JOB
        assert all_is_closed(fake)

    def test_that_are_none(self) -> None:
        fake = Gateway()
        assert run(fake) == ()
        assert all_is_closed(fake)


class TestAQuery:
    def test_has_columns_rows_and_changes(self) -> None:
        fake = Gateway().on("SELECT", select([1, 2], [3], changes="UPDATE_AFTER"))
        assert run(fake, "SELECT n\nFROM t") == (
            StatementResult(
                statement="SELECT n",
                kind="SUCCESS_WITH_CONTENT",
                is_query=True,
                columns=(ResultColumn("n", "INTEGER"),),
                rows=({"n": 1}, {"n": 2}, {"n": 3}),
                changes=("UPDATE_AFTER",) * 3,
                job_id=JOB,
            ),
        )
        assert fake.told == []

    @pytest.mark.parametrize(
        ("rows", "pages", "truncated"),
        [(0, 1, True), (1, 1, True), (2, 2, True), (3, 2, True), (4, 3, True), (5, 4, False), (6, 4, False)],
    )
    def test_is_ended_when_there_are_enough_rows(self, rows: int, pages: int, truncated: bool) -> None:
        fake = Gateway().on("SELECT", select([1, 2], [3, 4], [5]))
        (result,) = run(fake, "SELECT n", max_rows=rows)
        assert [row["n"] for row in result.rows] == [1, 2, 3, 4, 5][:rows]
        assert len(result.changes) == len(result.rows)
        assert result.truncated == truncated
        assert fake.calls[RESULTS] == pages
        assert fake.calls[CLOSE_OPERATION] == 1

    def test_that_goes_quiet_with_enough_rows(self) -> None:
        fake = Gateway().on("SELECT", select([1, 2], endless=True))
        (result,) = run(fake, "SELECT n", max_rows=2)
        assert (len(result.rows), result.truncated, fake.calls[RESULTS]) == (2, True, 2)
        assert fake.pauses == []

    def test_that_is_quiet_is_looked_at_ever_later(self) -> None:
        fake = Gateway().on("SELECT", select([], [], [], [1], [], [2]))
        (result,) = run(fake, "SELECT n", poll_interval=1.5)
        assert [row["n"] for row in result.rows] == [1, 2]
        assert fake.pauses == [0.5, 1, 1.5, 0.5]


class TestAnInsert:
    @pytest.mark.parametrize("versions", [(1,), (1, 2, 3, 4)])
    def test_tells_its_job(self, versions: tuple[int, ...]) -> None:
        fake = Gateway(*versions).on("INSERT", INSERT)
        outcome = fake.run(running("CREATE TABLE t", "INSERT INTO t SELECT 1"))
        assert outcome.job_id == JOB
        assert [one.job_id for one in outcome.results] == [None, JOB]
        assert fake.told == [f"Job {JOB} was started by statement 2 of 2 (INSERT INTO t SELECT 1)."]

    def test_tells_its_job_where_no_row_is_wanted(self) -> None:
        fake = Gateway(1).on("INSERT", INSERT)
        (result,) = run(fake, "INSERT INTO t", max_rows=0)
        assert (result.job_id, result.rows) == (JOB, ())

    def test_a_query_s_job_is_none_that_runs_on(self) -> None:
        fake = Gateway().on("SELECT", select([1]))
        assert fake.run(running("SELECT 1")).job_id is None

    def test_has_the_id_that_is_asked_for(self) -> None:
        fake = Gateway().on("INSERT", INSERT)
        run(fake, "USE x", "INSERT INTO t", job_ids={2: JOB})
        use, insert = (body for body in fake.bodies if body and "statement" in body)
        assert use == {"statement": "USE x"}
        assert insert == {"statement": "INSERT INTO t", "executionConfig": {JOB_ID: JOB}}

    def test_has_settings_of_its_own(self) -> None:
        fake = Gateway().on("INSERT", INSERT)
        run(fake, "USE x", "INSERT INTO t", job_ids={2: JOB}, job_settings={2: {"a": "b"}})
        use, insert = (body for body in fake.bodies if body and "statement" in body)
        assert use == {"statement": "USE x"}
        assert insert == {"statement": "INSERT INTO t", "executionConfig": {JOB_ID: JOB, "a": "b"}}

    def test_is_not_executed_where_its_job_is_there(self) -> None:
        fake = Gateway().on("INSERT", INSERT)
        use, insert, other = run(fake, "USE x", "INSERT INTO t", "INSERT INTO u", there={2: "f" * 32})
        assert (use.job_id, insert.job_id, other.job_id) == (None, "f" * 32, JOB)
        assert fake.statements == ["USE x", "INSERT INTO u"]
        assert any(told.startswith(f"Job {'f' * 32} of statement 2 of 3") for told in fake.told)


class TestAStatementAtWork:
    def test_is_looked_at_soon_and_then_ever_later(self) -> None:
        fake = Gateway().on("USE", Outcome(not_ready=6))
        run(fake, "USE x", poll_interval=4)
        assert fake.pauses == [0.5, 1, 2, 4, 4, 4]
        assert fake.told == ["statement 1 of 1 (USE x) is at work; rows so far: 0"]

    def test_does_not_lose_its_session(self) -> None:
        fake = Gateway().on("USE", Outcome(not_ready=10))
        run(fake, "USE x", poll_interval=150)
        assert max(fake.pauses) == HEARTBEAT_EVERY
        assert fake.pauses[-3:] == [60, 60, 30]
        assert fake.calls[HEARTBEAT] == fake.pauses.count(60)

    def test_takes_too_long(self) -> None:
        fake = Gateway().on("USE", Outcome(not_ready=10**6))
        with pytest.raises(WaitTimedOut, match=r"Last seen: statement 1 of 1 \(USE x\) is at work"):
            fake.run(within(running("USE x"), fake.now + 100, fake.clock))
        assert all_is_closed(fake)

    def test_is_given_up(self) -> None:
        fake, seen = Gateway().on("USE", Outcome(not_ready=1)), list[str]()

        def interrupt(seconds: float) -> None:
            raise KeyboardInterrupt

        fake.sleep = interrupt  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            run(fake, "USE x", opened=seen.append)
        assert list(fake.sessions) == seen  # nothing can be sent any more; but it is known what is to be closed
        fake.run(close_session(SqlGate(), session=seen[0]))
        assert all_is_closed(fake)


class TestAStatementThatFails:
    @pytest.mark.parametrize(
        ("causes", "hopeless", "words"),
        [
            (PARSE, True, "ParseException: Encountered 'SELCT' at line 1, column 1"),
            (INVALID, True, "CalciteContextException: From line 1, column 15: Object 'x' not found"),
            (DOWN, False, "ConnectException: Connection refused"),
        ],
    )
    def test_says_why_and_whether_repeating_can_help(self, causes: tuple[str, ...], hopeless: bool, words: str) -> None:
        fake = Gateway().on("SELCT", failing(*causes, not_ready=2))
        with pytest.raises(StatementFailed) as caught:
            run(fake, "USE x", "SELCT 1\nFROM y", "USE z")
        assert str(caught.value) == f"{words}. This came of statement 2 of 3 (SELCT 1)."
        assert caught.value.hopeless == hopeless
        assert fake.statements == ["USE x", "SELCT 1\nFROM y"]
        assert all_is_closed(fake)

    def test_is_not_ridden_out(self) -> None:
        fake = Gateway().on("SELECT", failing(*INVALID))
        with pytest.raises(StatementFailed):
            fake.run(patiently(running("SELECT 1"), Patience(), fake.clock))
        assert (fake.pauses, fake.calls[RESULTS]) == ([], 1)

    def test_after_some_pages(self) -> None:
        fake = Gateway().on("SELECT", select([1], endless=True))
        fake.before = lambda operation: None if fake.calls[RESULTS] < 3 else fail(fake)
        with pytest.raises(StatementFailed, match=r"ConnectException: Connection refused\. This came of statement 1"):
            run(fake, "SELECT 1")
        assert all_is_closed(fake)

    @pytest.mark.parametrize("error", [NotReachable, ConnectionLost])
    def test_and_a_session_that_cannot_be_closed(self, error: Any) -> None:
        fake = Gateway().on("SELECT", failing(*INVALID))
        fake.failing[CLOSE] = error
        with pytest.raises(StatementFailed):
            run(fake, "SELECT 1")
        assert "could not be closed" in fake.told[-1]


class TestAJobDespiteAnError:
    @pytest.mark.parametrize(
        ("looks", "found"),
        [
            ([GONE, GONE, row("RUNNING")], True),
            ([row("FINISHED")], True),
            ([row("FAILED")], False),
            ([GONE], False),
        ],
    )
    def test_is_looked_for_a_while_where_there_was_no_clear_answer(self, looks: list[Any], found: bool) -> None:
        script = Script().jobs(*looks)
        job = script.run(job_despite(script.backend, error=SubmissionUnclear("Lost.", job_id=ID)))
        assert (job is not None) == found
        assert sum(script.pauses) <= 10
        assert any("(Lost.), and yet" in told for told in script.told) == found

    @pytest.mark.parametrize(("look", "found"), [(row("RUNNING"), True), (GONE, False)])
    def test_is_looked_for_once_where_the_gateway_said_no(self, look: Any, found: bool) -> None:
        script = Script().jobs(look)
        job = script.run(job_despite(script.backend, error=StatementFailed("Duplicate.", job_id=ID)))
        assert (job is not None) == found
        assert script.pauses == []

    @pytest.mark.parametrize(
        "error", [StatementFailed("Wrong.", job_id=ID, hopeless=True), StatementFailed("Of a CREATE.")]
    )
    def test_is_not_looked_for_where_there_can_be_none(self, error: StatementFailed) -> None:
        script = Script()
        assert script.run(job_despite(script.backend, error=error)) is None
        assert script.sent == []


def fail(fake: Gateway) -> None:
    for operation in fake.operations:
        operation.outcome = failing(*DOWN)


class TestASessionThatIsLost:
    def test_between_two_statements(self) -> None:
        fake = Gateway()
        fake.before = lambda operation: fake.sessions.clear() if fake.calls[EXECUTE] == 2 else None
        with pytest.raises(StatementFailed, match=r"Session '.*' does not exist\. .* 2 of 2 .*restarted") as caught:
            run(fake, "USE x", "USE y")
        assert not caught.value.hopeless
        assert fake.statements == ["USE x"]

    def test_while_a_statement_is_at_work(self) -> None:
        fake = Gateway().on("INSERT", Outcome(not_ready=9))
        fake.before = lambda operation: fake.sessions.clear() if fake.calls[RESULTS] == 3 else None
        words = r"No clear answer to statement 1 of 1 \(INSERT.*does not exist.*started a job.*one called 'j'\."
        with pytest.raises(SubmissionUnclear, match=words) as caught:
            run(fake, "INSERT INTO t", job_name="j")
        assert not caught.value.hopeless

    def test_at_a_heartbeat(self) -> None:
        fake = Gateway().on("INSERT", Outcome(not_ready=99))
        fake.before = lambda operation: fake.sessions.clear() if operation == HEARTBEAT else None
        with pytest.raises(SubmissionUnclear, match="does not exist"):
            run(fake, "INSERT INTO t", poll_interval=300)

    def test_when_all_is_done(self) -> None:
        fake = Gateway()
        fake.before = lambda operation: fake.sessions.clear() if operation == CLOSE_OPERATION else None
        assert run(fake, "USE x")[0].rows == ({"result": "OK"},)
        assert ["could not be closed" in one for one in fake.told] == [True, True]


class TestAGatewayThatIsAway:
    @pytest.mark.parametrize("error", [NoAnswer, ConnectionLost])
    @pytest.mark.parametrize("operation", [EXECUTE, RESULTS])
    def test_after_a_statement_was_sent(self, operation: str, error: Any) -> None:
        fake = Gateway()
        fake.failing[operation] = error
        words = "No clear answer to statement 1 of 1 .*Something broke.*job_name gives it a name"
        with pytest.raises(SubmissionUnclear, match=words):
            fake.run(patiently(running("INSERT INTO t"), Patience(grace=20), fake.clock))
        assert fake.calls[EXECUTE] == 1
        assert all_is_closed(fake)

    @pytest.mark.parametrize("operation", [EXECUTE, RESULTS])
    def test_after_a_statement_was_sent_whose_job_has_an_id(self, operation: str) -> None:
        fake = Gateway()
        fake.failing[operation] = ConnectionLost
        words = f"It may have started job {JOB}: look for that before the statement is executed again"
        with pytest.raises(SubmissionUnclear, match=words) as caught:
            run(fake, "INSERT INTO t", job_ids={1: JOB})
        assert caught.value.job_id == JOB
        assert all_is_closed(fake)

    def test_while_a_session_is_opened(self) -> None:
        fake = Gateway().on("INSERT", INSERT)
        fake.failing[OPEN] = ConnectionLost
        fake.sleep = lambda seconds: fake.failing.clear()  # type: ignore[method-assign]
        assert fake.run(patiently(running("INSERT INTO t"), Patience(), fake.clock)).job_id == JOB
        assert fake.calls[OPEN] == 2

    @pytest.mark.parametrize("error", [NotReachable, NotAuthenticated])
    def test_before_a_statement_was_sent(self, error: Any) -> None:
        fake = Gateway()
        fake.failing[EXECUTE] = error
        with pytest.raises(error):
            run(fake, "INSERT INTO t")
        assert all_is_closed(fake)

    def test_before_a_session_was_open(self) -> None:
        fake = Gateway()
        fake.failing[OPEN] = NotReachable
        with pytest.raises(NotReachable):
            run(fake, "INSERT INTO t")
        assert not fake.calls[CLOSE]

    def test_for_a_moment(self) -> None:
        fake = Gateway().on("INSERT", INSERT)
        fake.failing[RESULTS] = ConnectionLost
        fake.sleep = lambda seconds: fake.failing.clear()  # type: ignore[method-assign]
        outcome = fake.run(patiently(running("INSERT INTO t"), Patience(), fake.clock))
        assert (outcome.job_id, fake.calls[EXECUTE]) == (JOB, 1)

    def test_refuses_a_session(self) -> None:
        fake = Gateway()
        fake.before = lambda operation: refuse() if operation == OPEN else None
        with pytest.raises(BackendTrouble, match=r"opened no session: .*exceeds the max count") as caught:
            run(fake, "USE x")
        assert not caught.value.hopeless


def refuse() -> None:
    raise LookupError("Failed to create session, the count of active sessions exceeds the max count: 1")


class TestNames:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("SELECT 1", "SELECT 1"),
            ("\n\n  SELECT 1\n FROM t", "SELECT 1"),
            ("CREATE CATALOG c WITH ('password' = 'geheim')", "CREATE CATALOG c WITH ('…' = '…')"),
            ("SELECT 'it''s\nlong'", "SELECT '…''…'"),
            ("SELECT 'it\nis'", "SELECT '…'"),
            ("S" * 81, "S" * 80 + "…"),
            ("", ""),
        ],
    )
    def test_of_statements_hold_no_literals(self, text: str, line: str) -> None:
        assert Statement(text).first_line == line

    def test_of_statements_are_numbered(self) -> None:
        assert str(Statement("USE x", 2, 3)) == "statement 2 of 3 (USE x)"


def test_a_statement_that_only_goes_well() -> None:
    (result,) = run(Gateway(), "USE x")
    assert (result.rows, result.job_id, result.is_query, result.truncated) == (({"result": "OK"},), None, False, False)
    assert DONE.job_id is None
