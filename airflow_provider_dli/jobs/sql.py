"""SQL statements through Flink's SQL Gateway: a session, its statements one after the other, their results."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from airflow_provider_dli.flink.api import complaint
from airflow_provider_dli.flink.sql.endpoints import operations, sessions
from airflow_provider_dli.flink.sql.endpoints import statements as endpoints
from airflow_provider_dli.flink.sql.endpoints.operations import ResultPage
from airflow_provider_dli.flink.sql.gate import GatewayRefused, SqlGate
from airflow_provider_dli.flink.throwable import chain, deepest
from airflow_provider_dli.jobs.backend import Backend
from airflow_provider_dli.jobs.errors import BackendTrouble, StatementFailed, SubmissionUnclear
from airflow_provider_dli.jobs.look import sought
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.jobs.statements import ResultColumn, Statement, StatementResult, StatementResults
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, pause, remark
from airflow_provider_dli.rest.patience import Patience, WaitTimedOut
from airflow_provider_dli.rest.request import Request

T = TypeVar("T")
# Flink's own option for the id of a job, which its clients use among themselves; no gateway has one of its own.
JOB_ID = "$internal.pipeline.job-id"
# Seconds for which a session is left alone at most; gateways close one after 10 minutes, unless set otherwise.
HEARTBEAT_EVERY = 60.0
# Most statements are done at once: the second look is soon, each further one comes later, in seconds.
_SECOND_LOOK = 0.5
# How long the job of an unclear statement may take to show up: its session is closed, so it comes soon, or not at all.
# Seconds between looks.
_LOOKS_AFTER_UNCLEAR = (1, 1, 2, 3)
# What the deepest cause of a statement is called that is wrong in itself.
_WRONG = {
    "CalciteContextException",
    "ParseException",
    "SqlParseException",
    "SqlParserEOFException",
    "SqlParserException",
    "SqlValidatorException",
    "ValidationException",
}
# What a gateway says that was restarted, or has closed a session.
_FORGOTTEN = re.compile(
    "Session .* does not exist|Can not find the submitted operation|The OperationManager is closed|in CLOSED status"
)


def run_statements(
    gate: SqlGate,
    *,
    statements: Sequence[str],
    poll_interval: float,
    properties: Mapping[str, str] | None = None,
    session_name: str | None = None,
    job_name: str | None = None,
    job_ids: Mapping[int, str] | None = None,
    job_settings: Mapping[int, Mapping[str, str]] | None = None,
    there: Mapping[int, str] | None = None,
    max_rows: int = 1000,
    opened: Callable[[str], None] | None = None,
) -> Flow[StatementResults]:
    """Execute statements one after the other, in a session of their own, and return what came of them.

    The session is closed at the end, and when something fails; that closes its operations as well. A flow that is
    given up can send nothing more: whoever gives it up sends :func:`close_session` for the session that ``opened``
    was told, or leaves it to the gateway, which closes idle sessions.

    :param gate: the gateway.
    :param statements: the statements; each is one, or a whole STATEMENT SET.
    :param poll_interval: longest pause between two looks at a statement, in seconds.
    :param properties: settings of Flink for the session, by their keys. An INSERT is done when its job has started;
        with ``table.dml-sync`` as ``true``, when its job has ended.
    :param session_name: the session's name in the gateway's log.
    :param job_name: the name of the jobs that are started, as ``pipeline.name``.
    :param job_ids: the ids that the jobs of statements shall have, by the statements' numbers, from 1.
    :param job_settings: settings of Flink for single statements, by the statements' numbers, from 1.
    :param there: the jobs of statements that an earlier try has started; these statements are not executed.
    :param max_rows: how many rows of a statement are fetched at most, 0 or more; a query that has more is ended.
    :param opened: is told the session's handle.
    :raises StatementFailed: when a statement fails; it is hopeless where the statement is wrong in itself.
    :raises SubmissionUnclear: when nobody can say whether a statement has started a job. Where that was to have an id,
        both errors have it, and :func:`job_despite` looks for it.
    :raises BackendTrouble: when the gateway opens no session.
    """
    settings = {**(properties or {}), **({"pipeline.name": job_name} if job_name else {})}
    handle = yield from _open(gate, session_name, settings)
    if opened:
        opened(handle)
    session = _Session(gate, handle, poll_interval, max_rows, job_name, job_ids or {}, there or {}, job_settings or {})
    try:
        results = yield from session.run([Statement(one, i, len(statements)) for i, one in enumerate(statements, 1)])
    except Exception:
        yield from close_session(gate, session=handle)
        raise
    yield from close_session(gate, session=handle)
    return StatementResults(results)


def job_despite(backend: Backend, *, error: StatementFailed | SubmissionUnclear) -> Flow[Job | None]:
    """Return the job that is there although its statement ended in an error; None where there is none to go on with.

    An answer may have been lost; or the same statement was still at work for an earlier try whose worker was killed,
    and has submitted the job first, so that the gateway refuses the second one.

    :param backend: the cluster that the gateway submits to.
    :param error: what the statement ended in; the id that its job was to have is with it.
    """
    job_id = error.job_id
    if not job_id or error.hopeless:
        return None
    pauses = _LOOKS_AFTER_UNCLEAR if isinstance(error, SubmissionUnclear) else ()
    seeing = f"job {job_id} may have been started by a statement without a clear answer; looking for it"
    job = yield from sought(lambda: backend.find(job_id), pauses, seeing)
    if job is None or job.ended_badly:
        return None
    yield from remark(f"A statement ended in an error ({error}), and yet {job}.")
    return job


def close_session(gate: SqlGate, *, session: str) -> Flow[None]:
    """Close a session with all its operations; where that does not succeed, say so and leave it to the gateway.

    :param gate: the gateway.
    :param session: the session's handle.
    """
    try:
        yield from gate.ask(sessions.close(session))
    except (RestError, WaitTimedOut) as error:
        yield from remark(f"Session {session} could not be closed, the gateway will once it was idle for long: {error}")


def _open(gate: SqlGate, name: str | None, settings: Mapping[str, str]) -> Flow[str]:
    request = sessions.open_session(name=name, properties=settings or None)
    try:
        # A session that was opened in vain is closed by the gateway, which does no harm.
        return (yield from gate.ask(replace(request, repeatable=True)))
    except GatewayRefused as error:
        # Too many sessions, or a catalog that is down: that may pass.
        raise BackendTrouble(f"The SQL Gateway opened no session: {error}") from error


@dataclass(frozen=True)
class _Session:
    gate: SqlGate
    handle: str
    poll_interval: float
    max_rows: int
    job_name: str | None
    job_ids: Mapping[int, str]
    there: Mapping[int, str]
    job_settings: Mapping[int, Mapping[str, str]]

    def run(self, statements: Sequence[Statement]) -> Flow[tuple[StatementResult, ...]]:
        results: tuple[StatementResult, ...] = ()
        for statement in statements:
            results += ((yield from self._execute(statement)),)
        return results

    def _execute(self, statement: Statement) -> Flow[StatementResult]:
        if job_id := self.there.get(statement.number):
            yield from remark(f"Job {job_id} of {statement} is there already: an earlier try has started it.")
            return StatementResult(statement.first_line, job_id=job_id)
        operation = yield from self._begin(statement)
        gathered = yield from self._gather(statement, operation)
        yield from self._close(operation)
        result = gathered.result(statement)
        if result.job_id and not result.is_query:
            yield from remark(f"Job {result.job_id} was started by {statement}.")
        return result

    def _begin(self, statement: Statement) -> Flow[str]:
        """Begin a statement; what the gateway refuses at once has not begun."""
        try:
            request = endpoints.execute(self.handle, statement.text, execution_config=self._config(statement))
            return (yield from self.gate.ask(request))
        except GatewayRefused as error:
            raise self._failed(statement, error) from error
        except RestError as error:
            raise (self._unclear(statement, error) if error.unclear else error) from error

    def _config(self, statement: Statement) -> Mapping[str, str] | None:
        job_id = self.job_ids.get(statement.number)
        identified = {JOB_ID: job_id} if job_id else {}
        return {**identified, **self.job_settings.get(statement.number, {})} or None

    def _gather(self, statement: Statement, operation: str) -> Flow[_Gathered]:
        gathered, pauses, token = _Gathered(self.max_rows), self._pauses(), 0
        while True:
            page = yield from self._page(statement, operation, token)
            gathered.add(page)
            if gathered.is_complete:
                return gathered
            if page.rows:
                pauses = self._pauses()
            else:
                yield from self._pause(statement, next(pauses), len(gathered.rows))
            token = page.next_token or token

    def _page(self, statement: Statement, operation: str, token: int) -> Flow[ResultPage]:
        dialect = yield from self.gate.dialect()
        return (yield from self._follow(statement, operations.results(dialect, self.handle, operation, token)))

    def _follow(self, statement: Statement, request: Request[T]) -> Flow[T]:
        """Ask for something while a statement is at work."""
        try:
            return (yield from self.gate.ask(request))
        except GatewayRefused as error:
            raise (self._unclear(statement, error) if _forgotten(error) else self._failed(statement, error)) from error
        except RestError as error:
            raise self._unclear(statement, error) from error

    def _close(self, operation: str) -> Flow[None]:
        """Close an operation whose results are had: the job of a query that has more of them ends with it."""
        try:
            yield from self.gate.ask(operations.close(self.handle, operation))
        except (RestError, WaitTimedOut) as error:
            yield from remark(f"Operation {operation} could not be closed, it will be with its session: {error}")

    def _pauses(self) -> Iterator[float]:
        return Patience(first=_SECOND_LOOK, longest=self.poll_interval).pauses()

    def _pause(self, statement: Statement, seconds: float, rows: int) -> Flow[None]:
        seeing = f"{statement} is at work; rows so far: {rows}"
        while seconds > HEARTBEAT_EVERY:
            yield from pause(HEARTBEAT_EVERY, seeing)
            yield from self._follow(statement, sessions.heartbeat(self.handle))
            seconds -= HEARTBEAT_EVERY
        yield from pause(seconds, seeing)

    def _failed(self, statement: Statement, error: GatewayRefused) -> StatementFailed:
        trace = _trace(error)
        # Of a mistake in a statement, this one also says where it is.
        told = next((one for one in chain(trace) if one.name == "CalciteContextException"), deepest(trace))
        wrong = deepest(trace).name in _WRONG
        advice = " The gateway was restarted, or has closed the session." if _forgotten(error) else ""
        sentence = f"{str(told).rstrip('.')}. This came of {statement}.{advice}"
        return StatementFailed(sentence, job_id=self.job_ids.get(statement.number), hopeless=wrong)

    def _unclear(self, statement: Statement, error: RestError) -> SubmissionUnclear:
        if job_id := self.job_ids.get(statement.number):
            return SubmissionUnclear(
                f"No clear answer to {statement}: {error} It may have started job {job_id}: look for that before the "
                "statement is executed again, as the next try does.",
                job_id=job_id,
            )
        how = f"called {self.job_name!r}" if self.job_name else "that nobody else has started; job_name gives it a name"
        return SubmissionUnclear(
            f"No clear answer to {statement}: {error} It may have started a job: before the statement is executed "
            f"again, look on the cluster for one {how}."
        )


@dataclass
class _Gathered:
    """What is known of a statement's results so far."""

    limit: int
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    columns: tuple[ResultColumn, ...] = ()
    kind: str | None = None
    is_query: bool = False
    job_id: str | None = None
    is_over: bool = False
    is_truncated: bool = False
    _was_full: bool = False

    @property
    def is_complete(self) -> bool:
        return self.is_over or self.is_truncated

    def add(self, page: ResultPage) -> None:
        if not page.is_ready:
            return
        # The last page tells least: in many versions neither kind nor job.
        self.kind = self.kind or page.result_kind
        self.is_query = self.is_query or page.is_query
        self.columns = self.columns or tuple(ResultColumn(one.name, one.type) for one in page.columns)
        self._add_rows(page)
        self.job_id = self.job_id or page.job_id or self._job_in_rows()
        self.is_over = page.is_last
        # As many as are wanted may be all there are: only one more page can tell.
        self.is_truncated = len(self.rows) > self.limit or (self._was_full and not self.is_over)
        self._was_full = len(self.rows) >= self.limit

    def _add_rows(self, page: ResultPage) -> None:
        names = [column.name for column in self.columns]
        for row in page.rows:
            self.rows.append(dict(zip(names, row.fields, strict=False)))
            self.changes.append(row.kind)

    def _job_in_rows(self) -> str | None:
        """Return the job that a gateway tells of as a row only, as it did in Flink 1.16."""
        if [column.name for column in self.columns] != ["job id"] or not self.rows:
            return None
        return str(self.rows[0]["job id"])

    def result(self, statement: Statement) -> StatementResult:
        return StatementResult(
            statement=statement.first_line,
            kind=self.kind,
            is_query=self.is_query,
            columns=self.columns,
            rows=tuple(self.rows[: self.limit]),
            changes=tuple(self.changes[: self.limit]),
            truncated=self.is_truncated,
            job_id=self.job_id,
        )


def _forgotten(error: GatewayRefused) -> bool:
    return _FORGOTTEN.search(deepest(_trace(error)).message) is not None


def _trace(error: GatewayRefused) -> str:
    return complaint(error.answer) if error.answer else ""
