"""What a queue is told beside its size."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request

from airflow_provider_dli.local.dli.operations import Operation, routed, success
from airflow_provider_dli.local.dli.paging import LIMIT_AND_OFFSET, limited
from airflow_provider_dli.local.dli.parameters import GivenBody, checked, integer, mapping, query, text, texts
from airflow_provider_dli.local.dli.queues.directory import Directory
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_WHEN_CREATED: Final = (
    integer("computeEngine.maxInstance"),
    integer("job.maxConcurrent"),
    integer("computeEngine.maxPrefetchInstance"),
    text("computeEngine.spark.nativeEnabled"),
)
_WHEN_UPDATED: Final = (*_WHEN_CREATED, text("network.cidrInVpc"), text("job.saveJobResultToJobBucket"))
_DELETABLE: Final = ("computeEngine.maxInstance", "computeEngine.maxPrefetchInstance", "job.maxConcurrent")


class Properties:
    """The operations on the properties of a queue.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._directory = Directory(services)
        self._properties = services.store.kind("queue_properties")

    def routes(self) -> APIRouter:
        """Return the operations."""
        properties = "/v3/{project_id}/queues/{queue_name}/properties"
        return routed(
            Operation("POST", properties, self.create),
            Operation("GET", properties, self.list_properties),
            Operation("PUT", properties, self.update),
            Operation("DELETE", properties, self.delete),
        )

    def create(self, queue_name: str, body: GivenBody) -> Document:
        """Set properties of a queue."""
        return self._set(queue_name, checked(body, mapping("properties", *_WHEN_CREATED)))

    def update(self, queue_name: str, body: GivenBody) -> Document:
        """Change properties of a queue."""
        return self._set(queue_name, checked(body, mapping("properties", *_WHEN_UPDATED)))

    def list_properties(self, queue_name: str, request: Request) -> Document:
        """List a queue's properties, all as texts."""
        _, held = self._of(queue_name)
        properties = [{"key": key, "value": str(value)} for key, value in held.items()]
        return success(properties=limited(properties, query(request, *LIMIT_AND_OFFSET)))

    def delete(self, queue_name: str, body: GivenBody) -> Document:
        """Unset properties of a queue."""
        keys = checked(body, texts("keys", required=True, allowed=_DELETABLE))["keys"]
        name, held = self._of(queue_name)
        self._properties.put(name, {key: value for key, value in held.items() if key not in keys})
        return success()

    def _set(self, queue_name: str, given: dict[str, Any]) -> Document:
        name, held = self._of(queue_name)
        told = {key: value for key, value in (given["properties"] or {}).items() if value is not None}
        self._properties.put(name, {**held, **told})
        return success()

    def _of(self, queue_name: str) -> tuple[str, Document]:
        name = self._directory.find(queue_name)["queue_name"]
        return name, self._properties.get(name) or {}
