from __future__ import annotations

from tests.local.dli.answers import accepted
from tests.local.dli.client import DliClient


def used(dli: DliClient) -> dict[str, int]:
    answer = accepted(dli.get("/v3/{project_id}/quotas"))
    return {one["type"]: one["used"] for one in answer["quotas"]["resources"]}  # type: ignore[index]


def test_quotas_tell_what_is_used(dli: DliClient) -> None:
    before = used(dli)
    accepted(dli.post("/v1.0/{project_id}/queues", {"queue_name": "reports", "cu_count": 64}))

    assert (used(dli)["QUEUE"], used(dli)["CU"]) == (before["QUEUE"] + 1, before["CU"] + 64)
