"""A SQL Gateway that does what a test has written down, over HTTP or without: all operations, any API versions."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlencode, urlsplit
from uuid import UUID

# Every endpoint registers itself.
import airflow_provider_dli.flink.sql.client  # noqa: F401
from airflow_provider_dli.flink.sql.api import SQL_GATEWAY
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.exchange import read
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.request import Answer, Request
from airflow_provider_dli.rest.sync import Driver
from tests.rest import server

T = TypeVar("T")
ADDRESS = "http://gateway:8083"
JOB = "0123456789abcdef0123456789abcdef"
OPEN, EXECUTE = "POST /sessions", "POST /sessions/:session_handle/statements"
CLOSE, HEARTBEAT = "DELETE /sessions/:session_handle", "POST /sessions/:session_handle/heartbeat"
RESULTS = "GET /sessions/:session_handle/operations/:operation_handle/result/:token"
CLOSE_OPERATION = "DELETE /sessions/:session_handle/operations/:operation_handle/close"
_EXCEPTION = "org.apache.flink.table.gateway.api.utils.SqlGatewayException"


@dataclass(frozen=True)
class Outcome:
    """What comes of a statement.

    :param pages: its pages, each a list of rows.
    :param columns: names and types of its columns.
    :param query: whether it is one.
    :param job_id: the job that it starts.
    :param not_ready: how many looks find it at work.
    :param error: the stack trace that it fails with.
    :param endless: whether more pages follow, all of them empty.
    :param changes: the kind of all its rows.
    """

    pages: tuple[list[list[Any]], ...] = ([["OK"]],)
    columns: Mapping[str, str] = field(default_factory=lambda: {"result": "VARCHAR"})
    query: bool = False
    job_id: str | None = None
    not_ready: int = 0
    error: str = ""
    endless: bool = False
    changes: str = "INSERT"


DONE = Outcome()
INSERT = Outcome(([[JOB]],), {"job id": "VARCHAR"}, job_id=JOB)


def select(*pages: list[Any], **more: Any) -> Outcome:
    """A query of one column ``n``, its values in pages."""
    rows = tuple([[value] for value in page] for page in pages)
    return replace(Outcome(rows, {"n": "INTEGER"}, query=True, job_id=JOB), **more)


def failing(*causes: str, **more: Any) -> Outcome:
    """A statement that fails, the deepest cause last."""
    outer = "org.apache.flink.table.gateway.service.utils.SqlExecutionException: Failed to execute the operation 1."
    return Outcome(error="\nCaused by: ".join(f"{one}\n\tat a.B.c(B.java:1)" for one in (outer, *causes)), **more)


@dataclass
class Operation:
    """A statement under way."""

    outcome: Outcome
    status: str = "RUNNING"
    looks: int = 0
    #: Whether it was told to end: cancelled, closed, or with its session.
    ended: threading.Event = field(default_factory=threading.Event)


@dataclass
class Session:
    """A session, and the operations that have been in it."""

    name: str | None
    properties: dict[str, str]
    operations: dict[str, Operation] = field(default_factory=dict)


class Gateway:
    """The gateway.

    :param versions: the versions of its API that it speaks.
    """

    def __init__(self, *versions: int) -> None:
        self.versions = versions or (1, 2, 3, 4)
        self.sessions: dict[str, Session] = {}
        self.closed: list[str] = []
        self.calls: Counter[str] = Counter()
        self.paths: list[str] = []
        self.statements: list[str] = []
        self.bodies: list[Any] = []
        self.told: list[str] = []
        self.pauses: list[float] = []
        self.now = 1_800_000_000.0
        self.failing: dict[str, type[RestError]] = {}
        # Is told each operation before it is served; a LookupError of it is what the gateway refuses with.
        self.before: Callable[[str], None] = lambda operation: None
        self._outcomes: dict[str, Outcome] = {}
        self._numbers = count(1)

    def on(self, beginning: str, outcome: Outcome) -> Gateway:
        """Let statements that begin like this have an outcome; others go well."""
        self._outcomes[beginning] = outcome
        return self

    @property
    def operations(self) -> list[Operation]:
        """What is open."""
        return [one for session in self.sessions.values() for one in session.operations.values()]

    # As a server of HTTP, as a sender for a driver, and as the time.

    def __call__(self, handler: server.Handler) -> None:
        body = handler.server.received[-1].body
        said = self.answer(handler.command, handler.path, body)
        server.answer(said.status, said.body)(handler)

    def send(self, request: Request[Any]) -> Any:
        """Answer a request without a network; an operation that :attr:`failing` names fails with that error."""
        operation = request.availability.operation if request.availability else ""
        if error := self.failing.get(operation):
            self.calls[operation] += 1
            raise error("Something broke", request, ADDRESS)
        query = f"?{urlencode(request.query)}" if request.query else ""
        return read(request, ADDRESS, self.answer(request.method, request.path + query, request.json or b""))

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now

    def run(self, flow: Flow[T]) -> T:
        """Run a flow with the driver of workers."""
        return Driver(self, self.told.append, self.sleep).run(flow)  # type: ignore[arg-type]

    # What it answers.

    def answer(self, method: str, url: str, body: bytes) -> Answer:
        parts = urlsplit(url)
        prefix = re.match(r"/v(\d+)(?=/)", parts.path)
        version = int(prefix[1]) if prefix else max(self.versions)
        path = parts.path[prefix.end() :] if prefix else parts.path
        endpoint = SQL_GATEWAY.find(method, path)
        self.paths.append(f"{method} {url}")
        if endpoint is None or version not in self.versions or not _has(version, endpoint.availability):
            return refusal(404, f"Not found: {url}")
        members = json.loads(body or b"null")
        self.calls[endpoint.availability.operation] += 1
        self.bodies.append(members)
        handles = [unquote(part) for part in path.split("/")[2::2]]
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        try:
            self.before(endpoint.availability.operation)
            return answer(self._served(endpoint.template, method, version, handles, members or {}, query))
        except LookupError as error:
            trace = f"{_EXCEPTION}: Failed.\n\tat a.B.c(B.java:1)\nCaused by: {_EXCEPTION}: {error.args[0]}"
            return failure(trace)
        except RuntimeError as error:
            return failure(f"{_EXCEPTION}: Failed to fetchResults.\n\tat a.B.c(B.java:1)\nCaused by: {error}")

    def _served(
        self, template: str, method: str, version: int, handles: list[str], body: dict[str, Any], query: dict[str, str]
    ) -> Any:
        if template == "/api_versions":
            return {"versions": [f"V{number}" for number in self.versions]}
        if template == "/info":
            return {"productName": "Apache Flink", "version": "2.3.0"}
        if template == "/sessions":
            handle = str(UUID(int=next(self._numbers)))
            self.sessions[handle] = Session(body.get("sessionName"), body.get("properties") or {})
            return {"sessionHandle": handle}
        if handles[0] not in self.sessions:
            raise LookupError(f"Session '{handles[0]}' does not exist.")
        session = self.sessions[handles[0]]
        if template == "/sessions/:session_handle":
            return self._session(method, handles[0])
        if "/operations/" in template:
            return self._operation(session, template, version, handles, query)
        return self._of_session(session, template, body)

    def _session(self, method: str, handle: str) -> Any:
        if method == "GET":
            return {"properties": self.sessions[handle].properties}
        for operation in self.sessions.pop(handle).operations.values():
            operation.ended.set()
        self.closed.append(handle)
        return {"status": "CLOSED"}

    def _of_session(self, session: Session, template: str, body: dict[str, Any]) -> Any:
        what = template.rpartition("/")[2]
        if what == "complete-statement":
            return {"candidates": ["SELECT"] if "SELECT".startswith(body["statement"][: body["position"]]) else []}
        if what == "scripts":
            return {"clusterID": "cluster-1"}
        if what in {"statements", "refresh"}:
            text = body.get("statement", "REFRESH")
            self.statements.append(text)
            handle = str(UUID(int=next(self._numbers)))
            session.operations[handle] = self._begun(session, text, body)
            return {"operationHandle": handle}
        return {}

    def _begun(self, session: Session, text: str, body: dict[str, Any]) -> Operation:
        return Operation(next((outcome for start, outcome in self._outcomes.items() if text.startswith(start)), DONE))

    def _operation(
        self, session: Session, template: str, version: int, handles: list[str], query: dict[str, str]
    ) -> Any:
        operation = session.operations.get(handles[1])
        if operation is None:
            raise LookupError(f"Can not find the submitted operation in the OperationManager with the {handles[1]}.")
        if template.endswith("/status"):
            return {"status": operation.status}
        if template.endswith("/close"):
            session.operations.pop(handles[1]).ended.set()
            return {"status": "CLOSED"}
        if template.endswith("/cancel"):
            operation.status = "CANCELED"
            operation.ended.set()
            return {"status": "CANCELED"}
        if version > 1 and query.get("rowFormat") not in {"JSON", "PLAIN_TEXT"}:
            raise LookupError("Query parameter rowFormat is missing.")
        return self._page(operation, version, handles)

    def _page(self, operation: Operation, version: int, handles: list[str]) -> Any:
        outcome, token = operation.outcome, int(handles[2])
        after = f"/v{version}/sessions/{handles[0]}/operations/{handles[1]}/result/%d" + (
            "?rowFormat=JSON" if version > 1 else ""
        )
        operation.looks += 1
        if operation.looks <= outcome.not_ready:
            return {"resultType": "NOT_READY", "nextResultUri": after % token}
        if outcome.error:
            raise RuntimeError(outcome.error)
        operation.status = "FINISHED"
        rows = outcome.pages[token] if token < len(outcome.pages) else []
        page = {"results": _results(outcome, rows, version)}
        if token >= len(outcome.pages) and not outcome.endless:
            return {"resultType": "EOS", **page}
        told = {} if self.versions == (1,) else _told(outcome)
        return {"resultType": "PAYLOAD", "nextResultUri": after % (token + 1), **page, **told}


def _told(outcome: Outcome) -> dict[str, Any]:
    """What a gateway says of a statement since Flink 1.17."""
    told: dict[str, Any] = {"isQueryResult": outcome.query, "resultKind": "SUCCESS_WITH_CONTENT"}
    return {**told, "jobID": outcome.job_id} if outcome.job_id else told


def _results(outcome: Outcome, rows: list[list[Any]], version: int) -> dict[str, Any]:
    columns = [
        {"name": name, "logicalType": {"type": kind, "nullable": True}, "comment": None}
        for name, kind in outcome.columns.items()
    ]
    results = {"columns": columns, "data": [{"kind": outcome.changes, "fields": row} for row in rows]}
    return results if version == 1 else {**results, "rowFormat": "JSON"}


def _has(version: int, availability: Any) -> bool:
    return int(availability.since[1:]) <= version <= int((availability.until or "v9")[1:])


def answer(value: Any, status: int = 200) -> Answer:
    return Answer(status, {"content-type": "application/json"}, json.dumps(value).encode())


def refusal(status: int, *said: str) -> Answer:
    return answer({"errors": list(said)}, status)


def failure(trace: str) -> Answer:
    """What a gateway says to whatever it cannot do."""
    inside = f"<Exception on server side:\n{trace}\n\nEnd of exception on server side>"
    return refusal(500, "Internal server error.", inside)
