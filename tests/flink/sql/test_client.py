"""All operations against a gateway, over HTTP, with both senders."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_provider_dli.flink.sql.api import SQL_GATEWAY
from airflow_provider_dli.flink.sql.client import SqlGateway
from airflow_provider_dli.flink.sql.gate import GatewayRefused
from airflow_provider_dli.flink.version import NotInThisVersion
from airflow_provider_dli.rest.asynchronous import AsyncDriver, AsyncSender
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target
from tests.flink.sql.gateway import Gateway, failing, select
from tests.rest.server import serving

Connect = Callable[[Gateway], SqlGateway]


@pytest.fixture(params=["worker", "triggerer"])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    with serving() as server:
        target = Target((server.address,))
        loop, sender, waiting = asyncio.new_event_loop(), Sender(target), AsyncSender(target)
        waiting.SHARED_FOR = 0

        def run(flow: Any) -> Any:
            return loop.run_until_complete(AsyncDriver(waiting, print).run(flow))

        def connect(gateway: Gateway) -> SqlGateway:
            server.says(gateway)
            return SqlGateway(run if request.param == "triggerer" else Driver(sender, print).run)

        yield connect
        sender.close()
        loop.run_until_complete(waiting.close())
        loop.close()


def test_every_operation(connect: Connect) -> None:
    fake = Gateway().on("SELECT", select([1, 2], [3]))
    client = connect(fake)
    assert client.gateway.api_versions().versions == ("V1", "V2", "V3", "V4")
    assert client.gateway.info().version == "2.3.0"
    session = client.sessions.open(name="n", properties={"a": "b"})
    assert client.sessions.configuration(session).properties == {"a": "b"}
    client.sessions.heartbeat(session)
    client.sessions.configure(session, "CREATE TABLE t (n INT)")
    assert client.statements.complete(session, "SEL", 3) == ("SELECT",)
    operation = client.statements.execute(session, "SELECT 1", execution_config={"c": "d"})
    assert client.operations.status(session, operation) == "RUNNING"
    pages = [client.operations.results(session, operation, token) for token in range(3)]
    assert [[row.fields for row in page.rows] for page in pages] == [[(1,), (2,)], [(3,)], []]
    assert [(page.next_token, page.is_last) for page in pages] == [(1, False), (2, False), (None, True)]
    assert client.operations.cancel(session, operation) == "CANCELED"
    assert client.operations.close(session, operation) == "CLOSED"
    assert client.materialized_tables.refresh(session, "c.d.t")
    assert client.scripts.deploy(session, script="SELECT 1") == "cluster-1"
    assert client.sessions.close(session) == "CLOSED"
    assert fake.calls.total() == len(SQL_GATEWAY.endpoints) + 3  # the versions once more, and two more pages
    assert set(fake.calls) == {one.availability.operation for one in SQL_GATEWAY.endpoints}


def test_a_gateway_of_flink_1_16(connect: Connect) -> None:
    fake = Gateway(1).on("SELECT", select([1]))
    client = connect(fake)
    session = client.sessions.open()
    operation = client.statements.execute(session, "SELECT 1")
    page = client.operations.results(session, operation, 0)
    assert (page.rows[0].fields, page.result_kind, page.next_token) == ((1,), None, 1)
    assert fake.paths[-1] == f"GET /v1/sessions/{session}/operations/{operation}/result/0"
    with pytest.raises(NotInThisVersion, match="complete-statement needs v2"):
        client.statements.complete(session, "S", 1)


def test_a_statement_that_failed(connect: Connect) -> None:
    client = connect(Gateway().on("SELECT", failing("org.apache.flink.table.api.ValidationException: No table 'x'.")))
    session = client.sessions.open()
    operation = client.statements.execute(session, "SELECT * FROM x")
    with pytest.raises(GatewayRefused, match="ValidationException: No table 'x'"):
        client.operations.results(session, operation, 0)


def test_methods_are_documented_without_the_dialect() -> None:
    assert "dialect" not in SqlGateway(print).operations.results.__signature__.parameters  # type: ignore[attr-defined]
