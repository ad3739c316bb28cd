"""The SQL Gateway's REST API as methods: what a person who scripts a gateway types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_provider_dli.flink.sql.endpoints import (
    gateway,
    materialized_tables,
    operations,
    scripts,
    sessions,
    statements,
)
from airflow_provider_dli.flink.sql.gate import SqlGate
from airflow_provider_dli.flink.sql.version import SqlDialect
from airflow_provider_dli.rest.client import GatedClient, Group, method, spoken
from airflow_provider_dli.rest.flow import Flow


class GatewayItself(Group):
    """The gateway as a whole."""

    api_versions = method(gateway.api_versions)
    info = method(gateway.info)


class Sessions(Group):
    """Sessions."""

    open = method(sessions.open_session)
    configuration = method(sessions.configuration)
    close = method(sessions.close)
    heartbeat = method(sessions.heartbeat)
    configure = method(sessions.configure)


class Statements(Group):
    """Statements."""

    execute = method(statements.execute)
    complete = method(statements.complete)


class Operations(Group):
    """Operations: statements under way, and their results."""

    status = method(operations.status)
    cancel = method(operations.cancel)
    close = method(operations.close)
    results = spoken(operations.results)


class MaterializedTables(Group):
    """Materialized tables."""

    refresh = method(materialized_tables.refresh)


class Scripts(Group):
    """Scripts."""

    deploy = method(scripts.deploy)


class SqlGateway(GatedClient[SqlDialect]):
    """A SQL Gateway, every operation of its REST API a method.

    :param run: runs a flow to its end, as :meth:`.rest.sync.Driver.run` does.
    :param gate: what is known of the gateway's versions.
    """

    def __init__(self, run: Callable[[Flow[Any]], Any], gate: SqlGate | None = None) -> None:
        super().__init__(run, gate or SqlGate())
        self.gateway = GatewayItself(self)
        self.sessions = Sessions(self)
        self.statements = Statements(self)
        self.operations = Operations(self)
        self.materialized_tables = MaterializedTables(self)
        self.scripts = Scripts(self)
