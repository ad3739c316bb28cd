"""The endpoints of the SQL Gateway: what they ask, and what they read."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import pytest

from airflow_provider_dli.flink.api import explain
from airflow_provider_dli.flink.sql.api import SQL_GATEWAY
from airflow_provider_dli.flink.sql.endpoints import (
    gateway,
    materialized_tables,
    operations,
    scripts,
    sessions,
    statements,
)
from airflow_provider_dli.flink.sql.version import SqlDialect
from airflow_provider_dli.flink.version import NotInThisVersion
from airflow_provider_dli.rest.endpoint import Endpoint
from airflow_provider_dli.rest.exchange import read
from airflow_provider_dli.rest.request import Request
from tests.flink.sql.gateway import ADDRESS, JOB, answer
from tests.flink.wire import same, told

EACH = pytest.mark.parametrize("endpoint", SQL_GATEWAY.endpoints, ids=lambda one: one.template + one.method)
OPERATION = "/sessions/:session_handle/operations/:operation_handle"
# Every operation, and the first and the last version of the API that has it.
OPERATIONS = {
    ("GET", "/api_versions"): ("v1", None),
    ("GET", "/info"): ("v1", None),
    ("POST", "/sessions"): ("v1", None),
    ("GET", "/sessions/:session_handle"): ("v1", None),
    ("DELETE", "/sessions/:session_handle"): ("v1", None),
    ("POST", "/sessions/:session_handle/heartbeat"): ("v1", None),
    ("POST", "/sessions/:session_handle/configure-session"): ("v2", None),
    ("GET", "/sessions/:session_handle/complete-statement"): ("v2", None),
    ("POST", "/sessions/:session_handle/statements"): ("v1", None),
    ("GET", f"{OPERATION}/status"): ("v1", None),
    ("POST", f"{OPERATION}/cancel"): ("v1", None),
    ("DELETE", f"{OPERATION}/close"): ("v1", None),
    ("GET", f"{OPERATION}/result/:token"): ("v1", None),
    ("POST", "/sessions/:session_handle/materialized-tables/:identifier/refresh"): ("v3", "v3"),
    ("POST", "/sessions/:session_handle/scripts"): ("v4", None),
}
V1, V2 = SqlDialect(frozenset({1})), SqlDialect(frozenset({1, 2}))


def test_every_operation_is_there_in_its_versions() -> None:
    have = {(one.method, one.template): one.availability for one in SQL_GATEWAY.endpoints}
    assert {key: (one.since, one.until) for key, one in have.items()} == OPERATIONS


@EACH
def test_an_endpoint_says_what_it_does(endpoint: Endpoint[..., Any]) -> None:
    document = inspect.getdoc(endpoint) or ""
    assert len(document.split("\n")[0]) > 20
    assert re.findall(r":param (\w+):", document) == list(inspect.signature(endpoint).parameters)


REQUESTS: list[tuple[Request[Any], str, Any, bool]] = [
    (gateway.api_versions(), "GET /api_versions", None, False),
    (gateway.info(), "GET /info", None, False),
    (sessions.open_session(), "POST /sessions", {}, False),
    (
        sessions.open_session(name="n", properties={"a": "b"}),
        "POST /sessions",
        {"sessionName": "n", "properties": {"a": "b"}},
        False,
    ),
    (sessions.configuration("s"), "GET /sessions/s", None, False),
    (sessions.close("s"), "DELETE /sessions/s", None, True),
    (sessions.heartbeat("s"), "POST /sessions/s/heartbeat", None, True),
    (sessions.configure("s", "USE x"), "POST /sessions/s/configure-session", {"statement": "USE x"}, False),
    (
        sessions.configure("s", "USE x", execution_timeout=0),
        "POST /sessions/s/configure-session",
        {"statement": "USE x", "executionTimeout": 0},
        False,
    ),
    (statements.execute("s", "SELECT 1"), "POST /sessions/s/statements", {"statement": "SELECT 1"}, False),
    (
        statements.execute("s", "SELECT 1", execution_timeout=0, execution_config={"a": "b"}),
        "POST /sessions/s/statements",
        {"statement": "SELECT 1", "executionTimeout": 0, "executionConfig": {"a": "b"}},
        False,
    ),
    (
        statements.complete("s", "SEL", 3),
        "GET /sessions/s/complete-statement",
        {"statement": "SEL", "position": 3},
        False,
    ),
    (operations.status("s", "o"), "GET /sessions/s/operations/o/status", None, False),
    (operations.cancel("s", "o"), "POST /sessions/s/operations/o/cancel", None, True),
    (operations.close("s", "o"), "DELETE /sessions/s/operations/o/close", None, True),
    (operations.results(V2, "s", "o", 0), "GET /sessions/s/operations/o/result/0", None, False),
    (
        materialized_tables.refresh("s", "c.d.t"),
        "POST /sessions/s/materialized-tables/c.d.t/refresh",
        {"isPeriodic": False},
        False,
    ),
    (
        materialized_tables.refresh(
            "s",
            "t",
            periodic=True,
            schedule_time="2026-01-02 03:04:05",
            dynamic_options={"a": "1"},
            static_partitions={"day": "2"},
            execution_config={"c": "3"},
        ),
        "POST /sessions/s/materialized-tables/t/refresh",
        {
            "isPeriodic": True,
            "scheduleTime": "2026-01-02 03:04:05",
            "dynamicOptions": {"a": "1"},
            "staticPartitions": {"day": "2"},
            "executionConfig": {"c": "3"},
        },
        False,
    ),
    (scripts.deploy("s", script="SELECT 1"), "POST /sessions/s/scripts", {"script": "SELECT 1"}, False),
    (
        scripts.deploy("s", script_uri="s3://x", execution_config={"execution.target": "yarn-application"}),
        "POST /sessions/s/scripts",
        {"scriptUri": "s3://x", "executionConfig": {"execution.target": "yarn-application"}},
        False,
    ),
]


@pytest.mark.parametrize(("request_", "line", "body", "repeatable"), REQUESTS, ids=lambda one: str(one)[:60])
def test_a_call_makes_a_request(request_: Request[Any], line: str, body: Any, repeatable: bool) -> None:
    assert f"{request_.method} {request_.path}" == line
    assert (json.loads(request_.json) if request_.json else None) == body
    assert request_.repeatable == repeatable
    assert request_.safe == (request_.method == "GET")
    assert request_.success == {200}
    assert request_.explain is explain


def test_every_endpoint_was_asked() -> None:
    assert {one.availability for one, *_ in REQUESTS} == {one.availability for one in SQL_GATEWAY.endpoints}


SHORT: list[tuple[Request[Any], Any, Any]] = [
    (sessions.open_session(), {"sessionHandle": "s"}, "s"),
    (sessions.close("s"), {"status": "CLOSED"}, "CLOSED"),
    (sessions.heartbeat("s"), {}, None),
    (sessions.configure("s", "USE x"), {}, None),
    (statements.execute("s", "SELECT 1"), {"operationHandle": "o"}, "o"),
    (statements.complete("s", "S", 1), {"candidates": ["SELECT", "SET"]}, ("SELECT", "SET")),
    (statements.complete("s", "S", 1), {"candidates": None}, ()),
    (operations.status("s", "o"), {"status": "RUNNING"}, "RUNNING"),
    (operations.cancel("s", "o"), {"status": "CANCELED"}, "CANCELED"),
    (operations.close("s", "o"), {"status": "CLOSED"}, "CLOSED"),
    (materialized_tables.refresh("s", "t"), {"operationHandle": "o"}, "o"),
    (scripts.deploy("s", script="x"), {"clusterID": "c"}, "c"),
]


@pytest.mark.parametrize(("request_", "said", "value"), SHORT, ids=lambda one: str(one)[:60])
def test_a_short_answer_is_its_one_value(request_: Request[Any], said: Any, value: Any) -> None:
    assert read(request_, ADDRESS, answer(said)) == value


WHOLE: list[tuple[Request[Any], Any]] = [
    (gateway.api_versions(), {"versions": ["V1", "V2"]}),
    (gateway.info(), {"productName": "Apache Flink", "version": "1.16.0"}),
    (sessions.configuration("s"), {"properties": {"a": "b"}, "newer": 1}),
]


@pytest.mark.parametrize(("request_", "said"), WHOLE, ids=str)
def test_an_answer_is_kept_whole(request_: Request[Any], said: Any) -> None:
    assert same(told(read(request_, ADDRESS, answer(said))), said)


class TestResults:
    COLUMN = {"name": "n", "logicalType": {"type": "CHAR", "nullable": False, "length": 1}, "comment": None}
    URI = "/v2/sessions/s/operations/o/result/1?rowFormat=JSON"

    def read(self, said: Any) -> operations.ResultPage:
        page = read(operations.results(V2, "s", "o", 0), ADDRESS, answer(said))
        assert same(told(page), said)
        return page

    def test_ask_for_a_row_format_where_there_is_one(self) -> None:
        assert operations.results(V1, "s", "o", 7).query == ()
        assert operations.results(V2, "s", "o", 7).query == (("rowFormat", "JSON"),)
        assert operations.results(V2, "s", "o", 7, row_format="PLAIN_TEXT").query == (("rowFormat", "PLAIN_TEXT"),)

    def test_of_v1_are_json_only(self) -> None:
        with pytest.raises(NotInThisVersion, match=r"row_format needs v2 \(Flink 1.17\+\) or newer; .* speaks v1"):
            operations.results(V1, "s", "o", 7, row_format="PLAIN_TEXT")

    def test_that_are_not_ready(self) -> None:
        page = self.read({"resultType": "NOT_READY", "nextResultUri": self.URI.replace("/1", "/0")})
        assert (page.is_ready, page.is_last, page.next_token) == (False, False, 0)
        assert (page.columns, page.rows) == ((), ())

    def test_of_a_query(self) -> None:
        page = self.read(
            {
                "resultType": "PAYLOAD",
                "isQueryResult": True,
                "jobID": JOB,
                "resultKind": "SUCCESS_WITH_CONTENT",
                "results": {
                    "columns": [self.COLUMN],
                    "rowFormat": "JSON",
                    "data": [{"kind": "UPDATE_AFTER", "fields": [None]}, {"kind": "DELETE", "fields": [{"a": [1.5]}]}],
                },
                "nextResultUri": self.URI,
            }
        )
        assert (page.is_query, page.job_id, page.is_last, page.next_token) == (True, JOB, False, 1)
        assert [(one.name, one.type) for one in page.columns] == [("n", "CHAR")]
        assert [(row.kind, row.fields) for row in page.rows] == [("UPDATE_AFTER", (None,)), ("DELETE", ({"a": [1.5]},))]

    def test_of_flink_1_16(self) -> None:
        uri = "/V1/sessions/s/operations/o/result/12"
        page = self.read({"resultType": "PAYLOAD", "results": {"columns": [], "data": []}, "nextResultUri": uri})
        assert (page.next_token, page.is_query, page.job_id, page.result_kind) == (12, False, None, None)

    def test_at_the_end(self) -> None:
        page = self.read({"resultType": "EOS", "resultKind": None, "isQueryResult": False, "results": {"data": []}})
        assert (page.is_last, page.next_token) == (True, None)

    def test_without_a_next_page_are_the_last(self) -> None:
        assert self.read({"resultType": "PAYLOAD", "results": None}).is_last

    def test_in_the_other_spelling(self) -> None:
        column = {"name": "n", "logicalType": {"typeRoot": "CHAR"}}
        page = self.read({"resultType": "EOS", "queryResult": True, "results": {"columnInfos": [column], "data": None}})
        assert page.is_query
        assert page.columns[0].type == "CHAR"

    def test_of_a_column_without_a_type(self) -> None:
        assert self.read({"resultType": "EOS", "results": {"columns": [{"name": "n"}]}}).columns[0].type == ""
