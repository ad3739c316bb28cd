"""Statements: executing one, and completing one that is being typed."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_dli.flink.sql.api import SQL_GATEWAY
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Members, member
from airflow_provider_dli.rest.request import Answer


class _Candidates(Members):
    candidates: tuple[str, ...] = ()


def _candidates(answer: Answer) -> tuple[str, ...]:
    return _Candidates.read(answer).candidates


@SQL_GATEWAY.endpoint("POST /sessions/:session_handle/statements", member("operationHandle"))
def execute(
    session: str,
    statement: str,
    *,
    execution_timeout: int | None = None,
    execution_config: Mapping[str, str] | None = None,
) -> Parts:
    """Begin to execute a statement and return its operation's handle, a UUID.

    That it is wrong comes out with its results. A second sending executes it a second time.

    :param session: the session's handle.
    :param statement: one statement, or one STATEMENT SET.
    :param execution_timeout: milliseconds that it may take; gateways have refused any above 0 as not supported.
    :param execution_config: settings of Flink for this statement alone, by their keys.
    """
    config = None if execution_config is None else dict(execution_config)
    members = {"statement": statement, "executionTimeout": execution_timeout, "executionConfig": config}
    return Parts([session], json=members)


@SQL_GATEWAY.endpoint("GET /sessions/:session_handle/complete-statement", _candidates, since="v2")
def complete(session: str, statement: str, position: int) -> Parts:
    """Ask how a statement could go on. This is a GET with a body, which some proxies drop.

    :param session: the session's handle.
    :param statement: what has been typed.
    :param position: where in it the cursor stands, in characters from 0.
    """
    return Parts([session], json={"statement": statement, "position": position})
