from __future__ import annotations

from typing import Any

import pytest

from tests.local.dli.answers import accepted, refused
from tests.local.dli.client import DliClient

TEMPLATES = "/v1.0/{project_id}/sqls"


def create(dli: DliClient, name: str = "daily") -> str:
    answer = accepted(dli.post(TEMPLATES, {"sql": "SELECT 1", "sql_name": name, "group": "reports"}))
    assert answer["group"] == "reports"
    return str(answer["sql_id"])


def names(dli: DliClient, **query: Any) -> list[str]:
    answer = accepted(dli.get(TEMPLATES, query=query))
    return [one["sql_name"] for one in answer["sqls"]]  # type: ignore[attr-defined]


def test_a_template_is_created_changed_and_found(dli: DliClient) -> None:
    template = create(dli)
    create(dli, "weekly")
    accepted(dli.put(f"{TEMPLATES}/{template}", {"sql": "SELECT 2"}))

    first = dli.get(TEMPLATES).json()["sqls"][0]
    assert (first["sql"], first["sql_name"], first["owner"]) == ("SELECT 2", "daily", "local-user")
    assert names(dli, keyword="week") == ["weekly"]


def test_templates_are_deleted_together_or_not_at_all(dli: DliClient) -> None:
    ids = [create(dli), create(dli, "weekly")]

    assert refused(dli.post(f"{TEMPLATES}-deletion", {"sql_ids": [ids[0], "x"]})) == "DLI.0002"
    assert names(dli) == ["daily", "weekly"]
    accepted(dli.post(f"{TEMPLATES}-deletion", {"sql_ids": ids}))
    assert names(dli) == []


def test_a_name_is_taken_once(dli: DliClient) -> None:
    create(dli)
    other = create(dli, "weekly")

    assert refused(dli.post(TEMPLATES, {"sql": "x", "sql_name": "daily"})) == "DLI.0006"
    assert refused(dli.put(f"{TEMPLATES}/{other}", {"sql_name": "daily"})) == "DLI.0006"
    assert refused(dli.put(f"{TEMPLATES}/x", {"sql": "x"})) == "DLI.0002"


@pytest.mark.parametrize("body", [{}, {"sql": "x"}, {"sql_name": "x"}, {"sql": 1, "sql_name": "x"}])
def test_a_template_that_cannot_be_is_refused(dli: DliClient, body: dict[str, Any]) -> None:
    assert refused(dli.post(TEMPLATES, body)) == "DLI.0001"
