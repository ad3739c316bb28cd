from __future__ import annotations

from typing import Any

from tests.local.dli.answers import accepted, refused
from tests.local.dli.client import DliClient

OF_SQL = "/v3/{project_id}/dli_queue/sql/tags"
OF_SPARK = "/v3/{project_id}/dli_queue/spark/tags"
INSTANCES = "/v3/{project_id}/dli_queue/resource-instances"


def tie(dli: DliClient, path: str, **tags: str) -> None:
    response = dli.post(f"{path}/create", {"tags": [{"key": key, "value": value} for key, value in tags.items()]})
    assert (response.status_code, response.content) == (200, b"")


def found(dli: DliClient, **asked: Any) -> list[str]:
    answer = accepted(dli.post(f"{INSTANCES}/filter", asked))
    assert accepted(dli.post(f"{INSTANCES}/count", asked))["total_count"] == answer["total_count"]
    return [one["resource_id"] for one in answer["resources"]]  # type: ignore[attr-defined]


def test_tags_are_tied_shown_and_taken_away(dli: DliClient) -> None:
    tie(dli, OF_SQL, team="board", cost="7")
    tie(dli, OF_SQL, team="staff")
    assert accepted(dli.get(OF_SQL)) == {
        "tags": [{"key": "team", "value": "staff"}, {"key": "cost", "value": "7"}],
        "count": 2,
    }

    response = dli.post(f"{OF_SQL}/delete", {"tags": [{"key": "team"}, {"key": "never"}]})
    assert (response.status_code, response.content) == (200, b"")
    assert dli.get(OF_SQL).json()["tags"] == [{"key": "cost", "value": "7"}]
    assert refused(dli.post(f"{OF_SQL}/create", {"tags": []})) == "DLI.0001"
    assert refused(dli.post(f"{OF_SQL}/create", {"tags": [{"key": "x"}]})) == "DLI.0001"


def test_tags_of_a_type_are_listed_with_all_their_values(dli: DliClient) -> None:
    tie(dli, OF_SQL, team="board")
    tie(dli, OF_SPARK, team="staff")

    answer = accepted(dli.get("/v3/{project_id}/dli_queue/tags"))
    assert answer == {"tags": [{"key": "team", "values": ["board", "staff"]}], "count": 1}


def test_resources_are_found_by_tags(dli: DliClient) -> None:
    tie(dli, OF_SQL, team="board", cost="7")
    tie(dli, OF_SPARK, team="staff")

    assert found(dli, tags=[{"key": "team"}]) == ["spark", "sql"]
    assert found(dli, tags=[{"key": "team", "values": ["board", "x"]}]) == ["sql"]
    assert found(dli, tags=[{"key": "team"}, {"key": "cost"}]) == ["sql"]
    assert found(dli, without_any_tag=True) == ["flink"]
    assert found(dli, matches=[{"key": "resource_name", "value": "spa"}]) == ["spark"]
    both = {"without_any_tag": True, "tags": [{"key": "team"}]}
    assert refused(dli.post(f"{INSTANCES}/filter", both)) == "DLI.0001"


def test_a_queue_that_is_deleted_has_no_tags(dli: DliClient) -> None:
    tie(dli, OF_SQL, team="board")
    accepted(dli.delete("/v1.0/{project_id}/queues/sql"))

    assert dli.get(OF_SQL).json()["tags"] == []
