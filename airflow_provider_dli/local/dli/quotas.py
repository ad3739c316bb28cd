"""How much of everything the project has, and may have."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from airflow_provider_dli.local.dli.operations import Operation, routed
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_MOST_CUS: Final = 1024
_MOST_QUEUES: Final = 100
_MOST_POOLS: Final = 20


def routes(services: Services) -> APIRouter:
    """Return the operation that shows the quotas."""
    store = services.store

    def show() -> Document:
        queues, pools = store.kind("queues").all(), store.kind("elastic_resource_pools").all()
        resources = [
            _quota("CU", _MOST_CUS, sum(queue["cu_count"] for queue in queues)),
            _quota("QUEUE", _MOST_QUEUES, len(queues)),
            _quota("ELASTIC_RESOURCE_POOL", _MOST_POOLS, len(pools)),
        ]
        return {"is_success": True, "quotas": {"resources": resources}}

    return routed(Operation("GET", "/v3/{project_id}/quotas", show))


def _quota(name: str, quota: int, used: int) -> Document:
    return {"type": name, "min": 0, "max": quota, "quota": quota, "used": used}
