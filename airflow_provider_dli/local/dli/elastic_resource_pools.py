"""Elastic resource pools: CUs that several queues share."""

from __future__ import annotations

import uuid
from typing import Any, Final

from fastapi import APIRouter, Request

from airflow_provider_dli.local.dli.operations import Operation, only, routed, success
from airflow_provider_dli.local.dli.paging import LIMIT_AND_OFFSET, limited
from airflow_provider_dli.local.dli.parameters import (
    TAGS,
    GivenBody,
    checked,
    flag,
    integer,
    mapping,
    objects,
    query,
    text,
)
from airflow_provider_dli.local.dli.queues.directory import Directory
from airflow_provider_dli.local.dli.queues.queues import check_address_range
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document
from airflow_provider_dli.local.dli.tags import Tags

_NEW_POOL: Final = (
    text("elastic_resource_pool_name", required=True, longest=128),
    text("description", longest=256),
    text("cidr_in_vpc", default="172.16.0.0/12"),
    integer("max_cu", required=True),
    integer("min_cu", required=True),
    integer("charging_mode", default=1, allowed=(1,)),
    text("enterprise_project_id", default="0"),
    TAGS,
    mapping("label"),
    flag("ipv6_enable", default=False),
)
_CHANGE: Final = (text("description", longest=256), integer("max_cu"), integer("min_cu"))
_POLICIES: Final = objects(
    "queue_scaling_policies",
    integer("priority", required=True, least=1, most=100),
    text("impact_start_time", required=True),
    text("impact_stop_time", required=True),
    integer("min_cu", required=True, least=0),
    integer("max_cu", required=True, least=0),
    flag("inherit_elastic_resource_pool_max_cu"),
    required=True,
)
_LISTED: Final = (
    "elastic_resource_pool_name",
    "id",
    "update_time",
    "queues",
    "owner",
    "description",
    "max_cu",
    "min_cu",
    "actual_cu",
    "cidr_in_vpc",
    "create_time",
    "current_cu",
    "status",
    "resource_id",
    "fail_reason",
    "enterprise_project_id",
    "prepay_cu",
    "charging_mode",
    "manager",
    "label",
    "ipv6_enable",
    "ipv6_cidr_in_subnet",
)
_LISTED_QUEUE: Final = (
    "queue_name",
    "enterprise_project_id",
    "queue_type",
    "queue_scaling_policies",
    "owner",
    "create_time",
    "engine",
)

#: The fewest and the most CUs of a pool, by its specification.
_STANDARD, _BASIC = (64, 32000), (16, 64)


def routes(services: Services) -> APIRouter:
    """Return the operations on elastic resource pools."""
    pools = _Pools(services)
    members = _PoolQueues(services, pools)
    every = "/v3/{project_id}/elastic-resource-pools"
    one = f"{every}/{{elastic_resource_pool_name}}"
    return routed(
        Operation("POST", every, pools.create),
        Operation("GET", every, pools.list_pools),
        Operation("PUT", one, pools.update),
        Operation("DELETE", one, pools.delete),
        Operation("GET", f"{one}/scale-records", pools.list_scale_records),
        Operation(
            "POST", "/v3/{project_id}/orders/elastic-resource-pools/specification-change", pools.change_specification
        ),
        Operation("POST", f"{one}/queues", members.associate),
        Operation("GET", f"{one}/queues", members.list_queues),
        Operation("PUT", f"{one}/queues/{{queue_name}}", members.update),
    )


class _Pools:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._pools = services.store.kind("elastic_resource_pools")
        self._records = services.store.kind("elastic_resource_pool_scale_records")

    def create(self, body: GivenBody) -> Document:
        given = checked(body, *_NEW_POOL)
        _check_size(given)
        check_address_range(given["cidr_in_vpc"])
        name = given["elastic_resource_pool_name"].lower()
        tags = given.pop("tags") or []
        with self._services.store.change():
            if self._pools.get(name):
                raise dli("DLI.0006", f"The elastic resource pool {name} exists already. Choose another name.")
            self._pools.put(name, self._new(name, given))
            self._record(name, given, origin=0, target=given["min_cu"])
        Tags(self._services).add("dli_elastic_resource_pool", name, tags)
        return success(elastic_resource_pool_name=name)

    def list_pools(self, request: Request) -> Document:
        asked = query(request, *LIMIT_AND_OFFSET, text("name"), text("status"), text("tags"))
        tagged = Tags(self._services).matching("dli_elastic_resource_pool", asked["tags"])
        found = [
            pool
            for pool in map(self._listed, self._pools.all())
            if (asked["name"] or "").lower() in pool["elastic_resource_pool_name"]
            and asked["status"] in {None, pool["status"]}
            and tagged(pool["elastic_resource_pool_name"])
        ]
        return success(count=len(found), elastic_resource_pools=limited(found, asked))

    def update(self, elastic_resource_pool_name: str, body: GivenBody) -> Document:
        given = {name: value for name, value in checked(body, *_CHANGE).items() if value is not None}
        pool = self.find(elastic_resource_pool_name)
        changed = {**pool, **given, "update_time": self._services.now()}
        _check_size(changed)
        changed["current_cu"] = min(max(pool["current_cu"], changed["min_cu"]), changed["max_cu"])
        self._pools.put(pool["elastic_resource_pool_name"], changed)
        if changed["current_cu"] != pool["current_cu"]:
            self._record(
                pool["elastic_resource_pool_name"], changed, origin=pool["current_cu"], target=changed["current_cu"]
            )
        return success()

    def delete(self, elastic_resource_pool_name: str) -> Document:
        name = self.find(elastic_resource_pool_name)["elastic_resource_pool_name"]
        if queues := self.queues_of(name):
            raise dli(
                "DLI.0007", f"The elastic resource pool {name} has queues. Delete them first: {', '.join(queues)}."
            )
        self._pools.delete(name)
        Tags(self._services).forget("dli_elastic_resource_pool", name)
        return success()

    def list_scale_records(self, elastic_resource_pool_name: str, request: Request) -> Document:
        bounds = (integer("start_time", default=0), integer("end_time", default=self._services.now()))
        asked = query(request, *LIMIT_AND_OFFSET, *bounds, text("status", allowed=("success", "fail")))
        name = self.find(elastic_resource_pool_name)["elastic_resource_pool_name"]
        found = [
            {member: record[member] for member in record if member != "pool"}
            for record in self._records.all()
            if record["pool"] == name
            and asked["status"] in {None, record["status"]}
            and asked["start_time"] <= record["record_time"] <= asked["end_time"]
        ]
        return {"count": len(found), "items": limited(found, asked)}

    def change_specification(self, body: GivenBody) -> Document:
        given = checked(body, text("elastic_resource_pool_name", required=True), integer("target_cu", required=True))
        name = self.find(given["elastic_resource_pool_name"])["elastic_resource_pool_name"]
        self._pools.update(name, lambda pool: pool.update(prepay_cu=given["target_cu"]))
        return success(order_id=str(uuid.uuid4()))

    def find(self, name: str) -> Document:
        pool = self._pools.get(name.lower())
        if pool is None:
            raise dli("DLI.0002", f"There is no elastic resource pool named {name}.")
        return pool

    def queues_of(self, name: str) -> list[str]:
        """Return the names of the queues in a pool."""
        queues = self._services.store.kind("queues").all()
        return [queue["queue_name"] for queue in queues if queue.get("elastic_resource_pool_name") == name]

    def _new(self, name: str, given: dict[str, Any]) -> Document:
        number, now = self._pools.next_number(), self._services.now()
        size = {"actual_cu": given["min_cu"], "current_cu": given["min_cu"], "prepay_cu": 0}
        who = {"owner": self._services.settings.user, "manager": self._services.settings.user}
        when = {"create_time": now, "update_time": now}
        identity = {"id": number, "resource_id": f"pool-{number}", "elastic_resource_pool_name": name}
        return {**given, **size, **who, **when, **identity, "fail_reason": ""}

    def _record(self, name: str, pool: Document, *, origin: int, target: int) -> None:
        size = {"max_cu": pool["max_cu"], "min_cu": pool["min_cu"], "origin_cu": origin, "target_cu": target}
        outcome = {"record_time": self._services.now(), "status": "success", "fail_reason": None}
        self._records.put(self._records.next_number(), {"pool": name, **size, "current_cu": target, **outcome})

    def _listed(self, pool: Document) -> Document:
        age = self._services.now() - pool["create_time"]
        ready = age >= self._services.settings.switches.creation_seconds * 1000
        known = {
            "status": "AVAILABLE" if ready else "CREATING",
            "queues": self.queues_of(pool["elastic_resource_pool_name"]),
        }
        return only({**pool, **known}, _LISTED)


class _PoolQueues:
    def __init__(self, services: Services, pools: _Pools) -> None:
        self._pools = pools
        self._queues = services.store.kind("queues")
        self._directory = Directory(services)

    def associate(self, elastic_resource_pool_name: str, body: GivenBody) -> Document:
        given = checked(body, text("queue_name", required=True))
        name = self._pools.find(elastic_resource_pool_name)["elastic_resource_pool_name"]
        queue = self._directory.find(given["queue_name"])["queue_name"]
        self._queues.update(queue, lambda held: held.update(elastic_resource_pool_name=name))
        return success()

    def list_queues(self, elastic_resource_pool_name: str, request: Request) -> Document:
        asked = query(request, *LIMIT_AND_OFFSET, text("queue_name"))
        pool = self._pools.find(elastic_resource_pool_name)
        found = [
            only({"queue_scaling_policies": [_whole_day(pool)], **self._directory.find(name)}, _LISTED_QUEUE)
            for name in self._pools.queues_of(pool["elastic_resource_pool_name"])
            if (asked["queue_name"] or "").lower() in name
        ]
        return success(queues=limited(found, asked), count=len(found))

    def update(self, elastic_resource_pool_name: str, queue_name: str, body: GivenBody) -> Document:
        given = checked(body, _POLICIES)
        if not any(_is_whole_day(policy) for policy in given["queue_scaling_policies"]):
            raise dli("DLI.0001", "At least one of queue_scaling_policies must hold from 00:00 to 24:00.")
        pool = self._pools.find(elastic_resource_pool_name)["elastic_resource_pool_name"]
        queue = self._directory.find(queue_name)["queue_name"]
        if queue not in self._pools.queues_of(pool):
            raise dli("DLI.0002", f"The elastic resource pool {pool} has no queue named {queue}.")
        self._queues.update(queue, lambda held: held.update(given))
        return success()


def _check_size(pool: dict[str, Any]) -> None:
    least, most = _BASIC if (pool.get("label") or {}).get("spec") == "basic" else _STANDARD
    for name in ("min_cu", "max_cu"):
        if not least <= pool[name] <= most:
            raise dli("DLI.0001", f"The parameter {name} must be from {least} to {most}; it is {pool[name]}.")
    if pool["min_cu"] > pool["max_cu"]:
        raise dli("DLI.0001", f"The parameter min_cu ({pool['min_cu']}) is larger than max_cu ({pool['max_cu']}).")


def _whole_day(pool: Document) -> Document:
    hours = {"impact_start_time": "00:00", "impact_stop_time": "24:00"}
    return {"priority": 1, **hours, "min_cu": 0, "max_cu": pool["max_cu"], "inherit_elastic_resource_pool_max_cu": True}


def _is_whole_day(policy: Document) -> bool:
    return (policy["impact_start_time"], policy["impact_stop_time"]) == ("00:00", "24:00")
