from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.dli.answers import accepted, refused
from tests.local.dli.client import DliClient

TEMPLATES = "/v3/{project_id}/templates"
BATCH = {"file": "obs://code/job.py", "queue": "spark"}


def create(dli: DliClient, name: str = "nightly", **more: Any) -> str:
    body = {"type": "SPARK", "name": name, "body": json.dumps(BATCH), **more}
    answer = accepted(dli.post(TEMPLATES, body))
    assert list(answer) == ["id"]
    return str(answer["id"])


def test_a_template_is_created_shown_and_changed(dli: DliClient) -> None:
    template = create(dli, description="every night")

    shown = accepted(dli.get(f"{TEMPLATES}/{template}"))
    assert (shown["body"], shown["description"], shown["group"]) == (BATCH, "every night", None)
    assert "is_success" not in shown
    changed = {"name": "nightly", "body": json.dumps({**BATCH, "args": ["x"]})}
    assert accepted(dli.put(f"{TEMPLATES}/{template}", changed))["is_success"] is True
    assert dli.get(f"{TEMPLATES}/{template}").json()["body"]["args"] == ["x"]


def test_templates_are_listed_by_type_page_by_page(dli: DliClient) -> None:
    for name in ("one", "two", "three"):
        create(dli, name)
    create(dli, "text", type="SQL", body="SELECT 1")

    answer = accepted(dli.get(TEMPLATES, query={"type": "spark", "page-size": 2, "current-page": 2}))
    assert (answer["count"], [one["name"] for one in answer["templates"]]) == (3, ["three"])  # type: ignore[attr-defined]
    [sql] = dli.get(TEMPLATES, query={"type": "SQL"}).json()["templates"]
    assert sql["body"] == "SELECT 1"
    assert refused(dli.get(TEMPLATES)) == "DLI.0001"


def test_a_name_is_taken_once_in_a_type(dli: DliClient) -> None:
    create(dli)
    create(dli, type="SQL", body="SELECT 1")

    assert refused(dli.post(TEMPLATES, {"type": "SPARK", "name": "nightly", "body": "{}"})) == "DLI.0006"
    assert refused(dli.get(f"{TEMPLATES}/none")) == "DLI.0002"


@pytest.mark.parametrize("wrong", [{"body": "{"}, {"body": "[]"}, {"body": None}, {"name": None}, {"type": "FLINK"}])
def test_a_template_that_cannot_be_is_refused(dli: DliClient, wrong: dict[str, Any]) -> None:
    assert refused(dli.post(TEMPLATES, {"type": "SPARK", "name": "x", "body": "{}", **wrong})) == "DLI.0001"
