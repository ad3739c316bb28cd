"""Sessions: settings, catalogs and temporary tables that statements share. One that is idle is closed in the end."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_dli.flink.sql.api import SQL_GATEWAY
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Camel, member, nothing


class SessionConfiguration(Camel):
    """The settings of a session.

    :param properties: their keys and values; the gateway's own are among them.
    """

    properties: Mapping[str, str]


@SQL_GATEWAY.endpoint("POST /sessions", member("sessionHandle"))
def open_session(*, name: str | None = None, properties: Mapping[str, str] | None = None) -> Parts:
    """Open a session and return its handle, a UUID.

    It wants to be closed; the gateway closes one that was idle for 10 minutes, unless set otherwise.

    :param name: a name for the gateway's log.
    :param properties: settings of Flink for all statements of the session, by their keys.
    """
    return Parts(json={"sessionName": name, "properties": None if properties is None else dict(properties)})


@SQL_GATEWAY.endpoint("GET /sessions/:session_handle", SessionConfiguration.read)
def configuration(session: str) -> Parts:
    """Ask which settings a session has; that counts as use of it.

    :param session: the session's handle.
    """
    return Parts([session])


@SQL_GATEWAY.endpoint("DELETE /sessions/:session_handle", member("status", ""))
def close(session: str) -> Parts:
    """Close a session with all its operations, and return its status. Jobs that INSERTs have started run on.

    :param session: the session's handle.
    """
    return Parts([session], repeatable=True)


@SQL_GATEWAY.endpoint("POST /sessions/:session_handle/heartbeat", nothing)
def heartbeat(session: str) -> Parts:
    """Keep a session alive although nothing else is asked of it.

    :param session: the session's handle.
    """
    return Parts([session], repeatable=True)


@SQL_GATEWAY.endpoint("POST /sessions/:session_handle/configure-session", nothing, since="v2")
def configure(session: str, statement: str, *, execution_timeout: int | None = None) -> Parts:
    """Execute a statement that prepares a session, and wait for its end.

    That is a CREATE, DROP, ALTER, USE, LOAD or UNLOAD MODULE, or ADD JAR.

    :param session: the session's handle.
    :param statement: one statement.
    :param execution_timeout: milliseconds that it may take; gateways have refused any above 0 as not supported.
    """
    return Parts([session], json={"statement": statement, "executionTimeout": execution_timeout})
