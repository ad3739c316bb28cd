from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.local.airflow.settings import environment, without_proxy

CONNECTION = {"conn_type": "flink", "host": "127.0.0.1", "port": 8081}


def made(**overrides: str) -> dict[str, Any]:
    return environment(Path("/home"), Path("/dags"), 1234, {"flink_default": CONNECTION}, overrides)


def test_nothing_of_another_airflow_gets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", "http://other")
    monkeypatch.setenv("OTHER", "stays")
    variables = made()
    assert variables["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "AIRFLOW_CONN_OTHER" not in variables
    assert variables["OTHER"] == "stays"


def test_everything_is_in_its_own_directory_and_at_its_own_port() -> None:
    variables = made()
    assert variables["AIRFLOW_HOME"] == "/home"
    assert variables["AIRFLOW__CORE__DAGS_FOLDER"] == "/dags"
    assert variables["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith("sqlite:////home/airflow.db")
    assert variables["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert variables["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:1234/execution/"


def test_connections_are_told_as_json() -> None:
    assert json.loads(made()["AIRFLOW_CONN_FLINK_DEFAULT"]) == CONNECTION


def test_what_the_user_sets_wins() -> None:
    assert made(CORE__PARALLELISM="9")["AIRFLOW__CORE__PARALLELISM"] == "9"


def test_no_two_airflows_share_a_secret() -> None:
    first, second = made(), made()
    for secret in ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__CORE__FERNET_KEY"):
        assert first[secret] != second[secret]


@pytest.mark.parametrize(
    ("before", "after"),
    [({}, "127.0.0.1"), ({"NO_PROXY": "a"}, "a,127.0.0.1"), ({"no_proxy": "b"}, "b,127.0.0.1")],
)
def test_no_proxy_stands_in_between(before: dict[str, str], after: str) -> None:
    variables = without_proxy(before)
    assert variables["NO_PROXY"] == variables["no_proxy"] == after
