"""Queues themselves: create, list, show, delete, restart, scale and readdress."""

from __future__ import annotations

import ipaddress
import json
import uuid
from typing import Any, Final

from fastapi import APIRouter, Request

from airflow_provider_dli.local.dli.operations import Operation, only, routed, success
from airflow_provider_dli.local.dli.parameters import (
    TAGS,
    GivenBody,
    checked,
    flag,
    integer,
    mapping,
    query,
    text,
    texts,
)
from airflow_provider_dli.local.dli.queues.directory import Directory
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document
from airflow_provider_dli.local.dli.tags import Tags

_NEW_QUEUE: Final = (
    text("queue_name", required=True, longest=128),
    text("queue_type", default="sql", allowed=("sql", "general")),
    text("description"),
    integer("cu_count", required=True, least=1),
    integer("charging_mode", default=1, allowed=(1,)),
    text("enterprise_project_id", default="0"),
    text("platform", default="x86_64", allowed=("x86_64", "aarch64")),
    integer("resource_mode", default=0, allowed=(0, 1)),
    texts("labels"),
    text("feature", default="basic", allowed=("basic", "ai")),
    TAGS,
    text("elastic_resource_pool_name"),
    mapping("properties"),
    text("engine", default="spark", allowed=("spark", "hetuEngine")),
)
_ACTION: Final = (
    text("action", required=True, allowed=("restart", "scale_out", "scale_in")),
    flag("force", default=False),
    integer("cu_count", least=1),
)
_VERSIONS: Final = [
    "support_spark_versions",
    "default_spark_version",
    "support_hetu_engine_versions",
    "default_hetu_engine_version",
    "support_flink_sql_versions",
    "default_flink_sql_version",
    "support_flink_jar_versions",
    "default_flink_jar_version",
]
_LISTED: Final = [
    "queue_id",
    "queue_name",
    "description",
    "owner",
    "engine",
    "used_cu",
    "support_opensource_flink_versions",
    "create_time",
    "queue_type",
    "cu_count",
    "charging_mode",
    "resource_id",
    "enterprise_project_id",
    "cidr_in_vpc",
    "cidr_in_mgntsubnet",
    "cidr_in_subnet",
    "resource_mode",
    "platform",
    "is_restarting",
    "labels",
    "feature",
    "queue_resource_type",
    "cu_spec",
    "cu_scale_out_limit",
    "cu_scale_in_limit",
    "elastic_resource_pool_name",
    *_VERSIONS,
]
_SHOWN: Final = [
    "queue_id",
    "queueName",
    "description",
    "owner",
    "create_time",
    "queueType",
    "cuCount",
    "chargingMode",
    "resource_id",
    "resource_mode",
    "enterprise_project_id",
    "resource_type",
    "cu_spec",
    "cu_scale_out_limit",
    "cu_scale_in_limit",
    "elastic_resource_pool_name",
    *_VERSIONS,
]


class Queues:
    """The operations on queues themselves.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._queues = services.store.kind("queues")
        self._directory = Directory(services)

    def routes(self) -> APIRouter:
        """Return the operations."""
        one = "/v1.0/{project_id}/queues/{queue_name}"
        return routed(
            Operation("POST", "/v1.0/{project_id}/queues", self.create),
            Operation("GET", "/v1.0/{project_id}/queues", self.list_queues),
            Operation("GET", one, self.show),
            Operation("PUT", one, self.update_address_range),
            Operation("DELETE", one, self.delete),
            Operation("PUT", f"{one}/action", self.act),
        )

    def create(self, body: GivenBody) -> Document:
        """Create a queue."""
        given = checked(body, *_NEW_QUEUE)
        tags, properties, labels = given.pop("tags"), given.pop("properties"), given.pop("labels")
        self._check_pool(given["elastic_resource_pool_name"])
        queue = self._directory.add({**given, "labels": json.dumps(labels) if labels else None})
        Tags(self._services).add("dli_queue", queue["queue_name"], tags or [])
        if properties:
            self._services.store.kind("queue_properties").put(queue["queue_name"], properties)
        return success(queue_name=queue["queue_name"])

    def list_queues(self, request: Request) -> Document:
        """List the queues of a type; those that run SQL, unless told otherwise."""
        asked = query(request, text("queue_type", default="sql", allowed=("sql", "general", "all")), text("tags"))
        kinds = {"sql", "general"} if asked["queue_type"] == "all" else {asked["queue_type"]}
        tagged = Tags(self._services).matching("dli_queue", asked["tags"])
        return success(
            queues=[
                self._listed(queue)
                for queue in self._queues.all()
                if queue["queue_type"] in kinds and self._is_there(queue) and tagged(queue["queue_name"])
            ]
        )

    def show(self, queue_name: str) -> Document:
        """Show a queue, in names of another style than the list's."""
        queue = self._there(queue_name)
        renamed = {
            "queueName": queue["queue_name"],
            "queueType": queue["queue_type"],
            "cuCount": queue["cu_count"],
            "chargingMode": queue["charging_mode"],
        }
        return success(**only({**queue, **renamed}, _SHOWN))

    def delete(self, queue_name: str) -> Document:
        """Delete a queue on which nothing runs."""
        name = self._directory.find(queue_name)["queue_name"]
        if jobs := self._directory.jobs_of(name):
            raise dli("DLI.0007", f"Jobs run on the queue {name}, so it stays. Stop them first: {', '.join(jobs)}.")
        self._queues.delete(name)
        self._services.store.kind("queue_properties").delete(name)
        Tags(self._services).forget("dli_queue", name)
        return success()

    def act(self, queue_name: str, body: GivenBody) -> Document:
        """Restart a queue, or make it larger or smaller."""
        given = checked(body, *_ACTION)
        name = self._there(queue_name)["queue_name"]
        if given["action"] == "restart":
            return self._restart(name, given["force"])
        if given["cu_count"] is None:
            raise dli("DLI.0001", f"The parameter cu_count is mandatory with the action {given['action']}.")
        return self._scale(name, given["cu_count"] * (1 if given["action"] == "scale_out" else -1))

    def update_address_range(self, queue_name: str, body: GivenBody) -> Document:
        """Change the addresses that a queue has in its network."""
        given = checked(body, text("cidr_in_vpc"))
        name = self._directory.find(queue_name)["queue_name"]
        if given["cidr_in_vpc"] is not None:
            check_address_range(given["cidr_in_vpc"])
            self._queues.update(name, lambda queue: queue.update(given))
        return success()

    def _restart(self, name: str, force: bool) -> Document:
        self._queues.update(name, lambda queue: queue.update(restarted=self._services.now()))
        job = str(uuid.uuid4()) if force else None
        return success(job_id=job, queue_name=name, result=True)

    def _scale(self, name: str, change: int) -> Document:
        count = self._directory.find(name)["cu_count"] + change
        if count < 1:
            raise dli("DLI.0001", f"The queue {name} has too few CUs to be scaled in by {-change}.")
        self._queues.update(name, lambda queue: queue.update(cu_count=count))
        return success(job_id=None, queue_name=name, result=True)

    def _there(self, name: str) -> Document:
        queue = self._directory.find(name)
        if not self._is_there(queue):
            raise self._directory.missing(name)
        return queue

    def _is_there(self, queue: Document) -> bool:
        age: int = self._services.now() - queue["create_time"]
        return age >= self._services.settings.switches.creation_seconds * 1000

    def _check_pool(self, name: str | None) -> None:
        if name and self._services.store.kind("elastic_resource_pools").get(name.lower()) is None:
            raise dli("DLI.0002", f"There is no elastic resource pool named {name}.")

    def _listed(self, queue: Document) -> Document:
        restarted = queue.get("restarted", 0)
        patience = self._services.settings.switches.creation_seconds * 1000
        state = {"is_restarting": self._services.now() - restarted < patience}
        return only({**queue, **state, "queue_resource_type": queue["resource_type"]}, _LISTED)


def check_address_range(given: Any) -> None:
    """Refuse what is no range of addresses.

    :raises Refusal: DLI.0001.
    """
    try:
        ipaddress.ip_network(given, strict=False)
    except ValueError as error:
        raise dli("DLI.0001", f"The parameter cidr_in_vpc is no range of addresses: {error}.") from None
