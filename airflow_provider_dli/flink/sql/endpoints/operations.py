"""Operations: statements under way, and their results page by page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from airflow_provider_dli.flink.sql.api import SQL_GATEWAY
from airflow_provider_dli.flink.sql.version import SqlDialect
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import NEEDED, Camel, member


class Column(Camel):
    """A column of a result.

    :param name: its name.
    :param logical_type: its type as an object, with ``type``, ``nullable`` and what else a type of its kind has.
    :param comment: its comment, where it has one.
    """

    name: str
    logical_type: Mapping[str, Any] | None = None
    comment: str | None = None

    @property
    def type(self) -> str:
        """The name of its type, as in ``VARCHAR``; empty where it is not told."""
        told = self.logical_type or {}
        return str(told.get("type") or told.get("typeRoot") or "")


class Row(Camel):
    """A row of a result: a change of it, where the query runs on.

    :param kind: ``INSERT``, ``UPDATE_BEFORE``, ``UPDATE_AFTER`` or ``DELETE``.
    :param fields: a value for each column, written as JSON; of a long DECIMAL the last digits are lost in that.
    """

    kind: str = "INSERT"
    fields: tuple[Any, ...]


class Results(Camel):
    """The rows of a page, and what their columns are.

    :param columns: the columns.
    :param column_infos: the same, as some versions spell it.
    :param data: the rows.
    :param row_format: how they are written (v1: from Flink 1.17).
    """

    columns: Annotated[tuple[Column, ...] | None, NEEDED] = None
    column_infos: Annotated[tuple[Column, ...] | None, NEEDED] = None
    data: Annotated[tuple[Row, ...] | None, NEEDED] = None
    row_format: str | None = None


class ResultPage(Camel):
    """A page of an operation's results.

    :param result_type: ``NOT_READY`` while the operation is at work, ``PAYLOAD`` for a page that has one after it,
        ``EOS`` at the end.
    :param next_result_uri: path of the next page, below the gateway's address; None at the end.
    :param result_kind: ``SUCCESS`` where the statement tells only that it went well, or ``SUCCESS_WITH_CONTENT``
        (Flink 1.17+).
    :param is_query_result: whether the statement was a query (Flink 1.17+).
    :param query_result: the same, as some versions spell it.
    :param job_id: the job that the statement has started (Flink 1.17+).
    :param results: its rows.
    """

    result_type: str
    next_result_uri: Annotated[str | None, NEEDED] = None
    result_kind: str | None = None
    is_query_result: bool | None = None
    query_result: bool | None = None
    job_id: Annotated[str | None, NEEDED] = Field(None, alias="jobID")
    results: Annotated[Results | None, NEEDED] = None

    @property
    def is_ready(self) -> bool:
        """Whether the operation has come as far as having results."""
        return self.result_type != "NOT_READY"

    @property
    def is_last(self) -> bool:
        """Whether no page comes after this one."""
        return self.is_ready and (self.result_type == "EOS" or self.next_token is None)

    @property
    def next_token(self) -> int | None:
        """The number of the next page; None where there is none."""
        match = re.search(r"/(\d+)(?:\?.*)?$", self.next_result_uri or "")
        return int(match[1]) if match else None

    @property
    def is_query(self) -> bool:
        """Whether the statement was a query; false where the gateway does not tell."""
        return bool(self.is_query_result or self.query_result)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return (self.results and (self.results.columns or self.results.column_infos)) or ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows."""
        return (self.results and self.results.data) or ()


@SQL_GATEWAY.endpoint("GET /sessions/:session_handle/operations/:operation_handle/status", member("status"))
def status(session: str, operation: str) -> Parts:
    """Ask how an operation does: INITIALIZED, PENDING, RUNNING, FINISHED, CANCELED, CLOSED, ERROR or TIMEOUT.

    Why it has failed is told with its results.

    :param session: the session's handle.
    :param operation: the operation's handle.
    """
    return Parts([session, operation])


@SQL_GATEWAY.endpoint("POST /sessions/:session_handle/operations/:operation_handle/cancel", member("status", ""))
def cancel(session: str, operation: str) -> Parts:
    """Cancel an operation and return its status; one that has ended is refused.

    A job that an INSERT has started runs on.

    :param session: the session's handle.
    :param operation: the operation's handle.
    """
    return Parts([session, operation], repeatable=True)


@SQL_GATEWAY.endpoint("DELETE /sessions/:session_handle/operations/:operation_handle/close", member("status", ""))
def close(session: str, operation: str) -> Parts:
    """Close an operation, whatever it is doing, and return its status.

    The job of a query ends with it; a job that an INSERT has started runs on.

    :param session: the session's handle.
    :param operation: the operation's handle.
    """
    return Parts([session, operation], repeatable=True)


@SQL_GATEWAY.endpoint("GET /sessions/:session_handle/operations/:operation_handle/result/:token", ResultPage.read)
def results(dialect: SqlDialect, session: str, operation: str, token: int, *, row_format: str = "JSON") -> Parts:
    """Ask for a page of an operation's results.

    The page before may be asked for again, earlier ones are gone. An operation that has failed answers with the stack
    trace of its failure.

    :param dialect: which versions of its API the gateway speaks.
    :param session: the session's handle.
    :param operation: the operation's handle.
    :param token: the number of the page, from 0; each page tells that of the next.
    :param row_format: how values are written, ``JSON`` or ``PLAIN_TEXT`` (v2+).
    """
    if row_format != "JSON":
        dialect.require("row_format", 2)
    query = {"rowFormat": row_format} if dialect.wants_row_format else {}
    return Parts([session, operation, str(token)], query=query)
