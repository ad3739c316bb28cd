from __future__ import annotations

from typing import Any

import pytest

from tests.local.dli.answers import accepted, refused
from tests.local.dli.client import DliClient

POOLS = "/v3/{project_id}/elastic-resource-pools"
POOL = {"elastic_resource_pool_name": "shared", "min_cu": 64, "max_cu": 256}
WHOLE_DAY = {"priority": 1, "impact_start_time": "00:00", "impact_stop_time": "24:00", "min_cu": 0, "max_cu": 64}


def listed(dli: DliClient, **query: Any) -> list[dict[str, Any]]:
    pools: list[dict[str, Any]] = dli.get(POOLS, query=query).json()["elastic_resource_pools"]
    return pools


def test_a_pool_is_created_changed_and_deleted(dli: DliClient) -> None:
    name = {"elastic_resource_pool_name": "Shared"}
    assert accepted(dli.post(POOLS, {**POOL, **name}))["elastic_resource_pool_name"] == "shared"
    [pool] = listed(dli)
    assert (pool["status"], pool["current_cu"], pool["queues"]) == ("CREATING", 64, [])

    dli.clock.advance(1)
    accepted(dli.put(f"{POOLS}/shared", {"min_cu": 128, "description": "for all"}))
    [pool] = listed(dli)
    assert (pool["status"], pool["current_cu"], pool["description"]) == ("AVAILABLE", 128, "for all")

    accepted(dli.delete(f"{POOLS}/shared"))
    assert listed(dli) == []
    assert refused(dli.delete(f"{POOLS}/shared")) == "DLI.0002"


def test_a_name_is_taken_once(dli: DliClient) -> None:
    accepted(dli.post(POOLS, POOL))

    assert refused(dli.post(POOLS, POOL)) == "DLI.0006"


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_cu": 16},
        {"min_cu": 512},
        {"max_cu": 64_000},
        {"max_cu": None},
        {"cidr_in_vpc": "x"},
        {"label": {"spec": "basic"}},
        {"elastic_resource_pool_name": None},
    ],
)
def test_a_pool_that_cannot_be_is_refused(dli: DliClient, wrong: dict[str, Any]) -> None:
    assert refused(dli.post(POOLS, {**POOL, **wrong})) == "DLI.0001"


def test_a_basic_pool_is_smaller(dli: DliClient) -> None:
    accepted(dli.post(POOLS, {**POOL, "min_cu": 16, "max_cu": 32, "label": {"spec": "basic"}}))


def test_pools_are_listed_page_by_page(dli: DliClient) -> None:
    for name in ("one", "two", "three"):
        accepted(dli.post(POOLS, {**POOL, "elastic_resource_pool_name": name}))

    answer = dli.get(POOLS, query={"limit": 1, "offset": 1}).json()
    assert (answer["count"], answer["elastic_resource_pools"][0]["elastic_resource_pool_name"]) == (3, "two")
    assert [pool["elastic_resource_pool_name"] for pool in listed(dli, name="T")] == ["two", "three"]
    assert listed(dli, status="AVAILABLE") == []


def test_queues_are_put_into_a_pool(dli: DliClient) -> None:
    accepted(dli.post(POOLS, POOL))
    accepted(dli.post(f"{POOLS}/shared/queues", {"queue_name": "SQL"}))

    [queue] = accepted(dli.get(f"{POOLS}/shared/queues"))["queues"]  # type: ignore[misc]
    assert (queue["queue_name"], queue["queue_scaling_policies"][0]["max_cu"]) == ("sql", 256)
    assert listed(dli)[0]["queues"] == ["sql"]
    assert refused(dli.delete(f"{POOLS}/shared")) == "DLI.0007"

    accepted(dli.put(f"{POOLS}/shared/queues/sql", {"queue_scaling_policies": [WHOLE_DAY]}))
    [queue] = dli.get(f"{POOLS}/shared/queues").json()["queues"]
    assert queue["queue_scaling_policies"][0]["max_cu"] == 64


def test_scaling_policies_cover_the_whole_day(dli: DliClient) -> None:
    accepted(dli.post(POOLS, POOL))
    accepted(dli.post(f"{POOLS}/shared/queues", {"queue_name": "sql"}))
    half = {**WHOLE_DAY, "impact_stop_time": "12:00"}

    assert refused(dli.put(f"{POOLS}/shared/queues/sql", {"queue_scaling_policies": [half]})) == "DLI.0001"
    assert refused(dli.put(f"{POOLS}/shared/queues/flink", {"queue_scaling_policies": [WHOLE_DAY]})) == "DLI.0002"
    assert refused(dli.post(f"{POOLS}/shared/queues", {"queue_name": "none"})) == "DLI.0002"


def test_it_is_recorded_how_a_pool_was_scaled(dli: DliClient) -> None:
    accepted(dli.post(POOLS, POOL))
    accepted(dli.put(f"{POOLS}/shared", {"min_cu": 128}))

    records = accepted(dli.get(f"{POOLS}/shared/scale-records"))
    assert "is_success" not in records
    assert [(one["origin_cu"], one["target_cu"]) for one in records["items"]] == [(0, 64), (64, 128)]  # type: ignore[attr-defined]
    assert dli.get(f"{POOLS}/shared/scale-records", query={"status": "fail"}).json()["count"] == 0


def test_a_pool_is_ordered_larger(dli: DliClient) -> None:
    accepted(dli.post(POOLS, POOL))
    order = "/v3/{project_id}/orders/elastic-resource-pools/specification-change"

    assert accepted(dli.post(order, {"elastic_resource_pool_name": "shared", "target_cu": 128}))["order_id"]
    assert listed(dli)[0]["prepay_cu"] == 128
