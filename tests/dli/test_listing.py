"""The list of all operations of DLI, and the page of the documentation that is made of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from airflow_provider_dli.dli import iam_actions
from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.deprecated import DEPRECATED
from airflow_provider_dli.dli.iam_actions import action_for
from airflow_provider_dli.dli.listing import rows
from airflow_provider_dli.local.endpoints_command import markdown

OPERATIONS = {one["operation"] for one in json.loads((Path(__file__).parent / "operations.json").read_text())}
PAGE = Path(__file__).parents[2] / "docs" / "dli_rest_api.md"
STOP = "POST /v1.0/{project_id}/streaming/jobs/stop"
METRICS = "POST /v1.0/{project_id}/jobs/metrics"


def listed() -> list[str]:
    return [f"{row.method} {row.path}" for row in rows()]


def test_every_operation_is_listed_once() -> None:
    assert Counter(re.sub(r":(\w+)", r"{\1}", one) for one in listed()) == Counter(OPERATIONS)


def test_every_endpoint_is_a_method() -> None:
    assert len(listed()) == len(DLI.endpoints)


def test_no_two_methods_have_one_name() -> None:
    assert set(Counter(row.call.partition("(")[0] for row in rows()).values()) == {1}


def test_what_is_told_of_an_operation_is_told_of_one_that_there_is() -> None:
    told = {one for operations in iam_actions._OPERATIONS.values() for one in operations}
    assert told | DEPRECATED <= set(listed())


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        (STOP, "dli:jobs:stop"),
        ("PUT /v1.0/{project_id}/queues/:queue_name/action", "dli:queue:restart, dli:queue:scaleQueue"),
        ("GET /v1.0/{project_id}/queues", ""),
    ],
)
def test_an_operation_says_what_a_user_must_be_allowed(operation: str, action: str) -> None:
    (row,) = (row for row in rows() if f"{row.method} {row.path}" == operation)
    assert row.permission == action_for(operation) == action


def test_an_operation_says_that_it_is_deprecated() -> None:
    standing = {f"{row.method} {row.path}": row.standing for row in rows()}
    assert (standing[STOP], standing[METRICS]) == ("", "deprecated")


def test_a_row_has_all_arguments_and_one_sentence() -> None:
    (row,) = (row for row in rows() if row.call.startswith("api.connectivity.start("))
    assert row.call == "api.connectivity.start(queue_name, address)"
    assert row.does == "Start a test whether a queue reaches an address."


def test_the_documentation_has_the_same_table() -> None:
    assert PAGE.read_text().endswith(f"\n{markdown('dli')}\n")
