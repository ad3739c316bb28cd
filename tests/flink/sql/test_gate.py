"""Which version of its API a gateway is spoken to in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_dli.flink.sql.endpoints import gateway, materialized_tables, operations, scripts, sessions
from airflow_provider_dli.flink.sql.endpoints import statements as endpoints
from airflow_provider_dli.flink.sql.gate import GatewayRefused, SqlGate
from airflow_provider_dli.flink.sql.version import SqlDialect
from airflow_provider_dli.flink.version import NotInThisVersion
from airflow_provider_dli.rest.errors import NotFound, ServerError
from airflow_provider_dli.rest.flow import ask
from airflow_provider_dli.rest.patience import Patience, patiently
from airflow_provider_dli.rest.request import Answer
from tests.flink.sql.gateway import ADDRESS, Gateway
from tests.rest.clients import LOOK
from tests.rest.simulation import Simulation


@pytest.mark.parametrize("names", [["V1", "V3"], ["v3", "v1"]])
def test_versions_are_read_in_either_case(names: list[str]) -> None:
    assert SqlDialect.read(names) == SqlDialect(frozenset({1, 3}))
    assert SqlDialect.read(names).newest == 3


def test_what_is_no_version() -> None:
    with pytest.raises(ValueError, match="'latest' is no version of the SQL Gateway's API"):
        SqlDialect.read(["V1", "latest"])


@pytest.mark.parametrize("newest", [1, 2, 3, 4])
def test_the_newest_version_is_spoken(newest: int) -> None:
    fake, gate = Gateway(*range(1, newest + 1)), SqlGate()
    for _ in range(2):
        fake.run(gate.ask(gateway.info()))
    assert fake.paths == ["GET /api_versions", *[f"GET /v{newest}/info"] * 2]


def test_a_version_that_is_not_known_here_is_not_spoken() -> None:
    fake = Gateway(1, 2, 3, 4, 5)
    fake.run(SqlGate().ask(gateway.info()))
    assert fake.paths[-1] == "GET /v4/info"


def test_the_versions_are_asked_for_without_one() -> None:
    fake = Gateway(1, 2)
    assert fake.run(SqlGate().ask(gateway.api_versions())).versions == ("V1", "V2")
    assert fake.paths == ["GET /api_versions"]


def test_a_refresh_is_spoken_in_the_one_version_that_has_it() -> None:
    fake, gate = Gateway(1, 2, 3, 4), SqlGate()
    session = fake.run(gate.ask(sessions.open_session()))
    fake.run(gate.ask(materialized_tables.refresh(session, "t")))
    assert fake.paths[-2:] == ["POST /v4/sessions", f"POST /v3/sessions/{session}/materialized-tables/t/refresh"]


@pytest.mark.parametrize(
    ("versions", "request_", "words"),
    [
        ((1,), endpoints.complete("s", "S", 1), r"needs v2 \(Flink 1\.17\+\) or newer; this SQL Gateway speaks v1 \("),
        ((1, 2, 3), scripts.deploy("s"), r"needs v4 \(Flink 2\.0\+\) or newer; .* v2 \(Flink 1\.17\+\), v3 \("),
        ((1, 2), materialized_tables.refresh("s", "t"), r"refresh is there in v3 \(Flink 1\.20\+\) only; .* v1 .* v2"),
    ],
)
def test_an_operation_that_no_spoken_version_has(versions: tuple[int, ...], request_: object, words: str) -> None:
    fake = Gateway(*versions)
    with pytest.raises(NotInThisVersion, match=words):
        fake.run(SqlGate().ask(request_))  # type: ignore[arg-type]
    assert fake.paths == ["GET /api_versions"]


def test_a_request_of_another_api_is_sent_as_it_is() -> None:
    simulation = Simulation([[1]])
    assert simulation.run(SqlGate().ask(LOOK)) == [1]
    assert [one.path for one in simulation.sent] == ["/jobs/overview"]


def test_equal_requests_stay_equal() -> None:
    simulation, gate = Simulation([gateway.ApiVersions(versions=("V1",)), "RUNNING"]), SqlGate()
    for _ in range(2):
        simulation.run(gate.ask(operations.status("s", "o")))
    assert simulation.sent[1] == simulation.sent[2]
    assert hash(simulation.sent[1]) == hash(simulation.sent[2])


class TestRefusals:
    def test_of_the_gateway_are_not_ridden_out(self) -> None:
        fake = Gateway()
        with pytest.raises(GatewayRefused, match="Session 's' does not exist") as caught:
            fake.run(patiently(SqlGate(ADDRESS).ask(operations.status("s", "o")), Patience(), fake.clock))
        assert f"(GET {ADDRESS}/v4/sessions/s/operations/o/status)" in str(caught.value)
        assert fake.pauses == []
        assert (caught.value.status, caught.value.could_help) == (500, False)
        assert isinstance(caught.value, ServerError)

    def test_of_something_in_between_are(self) -> None:
        fake, gate = Gateway(), SqlGate()
        proxy = Answer(500, {"content-type": "text/html"}, b"<html>")
        fake.run(gate.dialect())
        fake.answer = lambda *parts: proxy  # type: ignore[method-assign]
        with pytest.raises(ServerError, match=r"500: an HTML page"):
            fake.run(patiently(gate.ask(gateway.info()), Patience(grace=5), fake.clock))
        assert fake.pauses

    def test_of_an_unknown_path(self) -> None:
        with pytest.raises(NotFound, match="404: Not found: /v9/info"):
            Gateway().run(ask(replace(gateway.info(), path="/v9/info")))
