"""The list of all operations, and the page of the documentation that is made of it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.listing import rows
from airflow_provider_dli.flink.sql.api import SQL_GATEWAY
from airflow_provider_dli.hooks.flink import FlinkHook
from airflow_provider_dli.local.endpoints_command import markdown
from tests.flink.operations import OPERATIONS

PAGE = Path(__file__).parents[2] / "docs" / "flink_rest_api.md"


def shape(method: str, path: str) -> str:
    """An operation without the names of what its path contains: they differ between documents."""
    return f"{method} {re.sub(r':[a-zA-Z_]+', ':', path)}"


def test_every_operation_is_listed() -> None:
    assert {shape(one.method, one.path) for one in OPERATIONS} == {shape(row.method, row.path) for row in rows()}


def test_every_endpoint_is_a_method() -> None:
    assert len(list(rows())) == len(FLINK.endpoints) + len(SQL_GATEWAY.endpoints)


def test_no_two_methods_have_one_name() -> None:
    assert set(Counter(row.call.partition("(")[0] for row in rows()).values()) == {1}


@pytest.mark.parametrize(
    ("name", "versions"),
    [
        ("api.cluster.overview", "1.7+"),
        ("api.checkpoints.trigger", "1.17+"),
        ("api.coordinators.send_by_operator_id", "1.11 - 1.20"),
        ("api.legacy.cancel", "up to 1.7"),
        ("sql.sessions.configure", "1.17+"),
        ("sql.materialized_tables.refresh", "1.20"),
    ],
)
def test_versions_are_those_of_flink(name: str, versions: str) -> None:
    (told,) = {row.standing for row in rows() if row.call.startswith(f"{name}(")}
    assert told == versions


def test_what_is_listed_is_what_a_hook_has() -> None:
    assert {row.call.split(".")[0] for row in rows()} <= set(dir(FlinkHook))
    assert "api.jobs.exceptions(job_id, max_exceptions, failure_label)" in {row.call for row in rows()}


def test_the_documentation_has_the_same_tables() -> None:
    assert PAGE.read_text().endswith(f"\n{markdown('flink')}\n")
