"""Tags: words that are tied to queues, pools, packages and jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from airflow_provider_dli.local.dli.operations import Operation, empty, routed
from airflow_provider_dli.local.dli.paging import LIMIT_AND_OFFSET, limited
from airflow_provider_dli.local.dli.parameters import TAGS, GivenBody, checked, flag, objects, query, text, texts
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

#: What each type of resource is kept as, and what names one of them.
_RESOURCES: Final = {
    "dli_queue": ("queues", "queue_name"),
    "dli_elastic_resource_pool": ("elastic_resource_pools", "elastic_resource_pool_name"),
    "dli_package_resource": ("resources", "resource_name"),
    "dli_flink_job": ("flink_jobs", "job_id"),
}
_NEW_TAGS: Final = objects("tags", *(TAGS.items.members if TAGS.items else ()), required=True)
_FILTER: Final = (
    flag("without_any_tag", default=False),
    objects("tags", text("key", required=True, longest=128), texts("values", default=[]), default=[]),
    objects("matches", text("key", required=True), text("value", required=True), default=[]),
)


class Tags:
    """The tags of all resources.

    :param services: what remembers them.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tags = services.store.kind("tags")

    def add(self, resource_type: str, resource: str, tags: Iterable[dict[str, str]]) -> None:
        """Tie tags to a resource; of two with one key, the later one stays."""
        with self._services.store.change():
            held = {**self.of(resource_type, resource), **{tag["key"]: tag["value"] for tag in tags}}
            self._tags.put(_key(resource_type, resource), {"type": resource_type, "resource": resource, "tags": held})

    def remove(self, resource_type: str, resource: str, tags: Iterable[dict[str, str]]) -> None:
        """Take tags from a resource; one that it has not is passed over."""
        gone = {tag["key"] for tag in tags}
        kept = {key: value for key, value in self.of(resource_type, resource).items() if key not in gone}
        self._tags.update(_key(resource_type, resource), lambda held: held.update(tags=kept))

    def forget(self, resource_type: str, resource: str) -> None:
        """Take all tags from a resource that is no more."""
        self._tags.delete(_key(resource_type, resource))

    def of(self, resource_type: str, resource: str) -> dict[str, str]:
        """Return a resource's tags."""
        return dict((self._tags.get(_key(resource_type, resource)) or {"tags": {}})["tags"])

    def all(self, resource_type: str) -> dict[str, dict[str, str]]:
        """Return the tags of all resources of a type, by resource; those that have none are there as well."""
        kind, name = _RESOURCES.get(resource_type, ("", ""))
        known: dict[str, dict[str, str]] = {
            str(document[name]): {} for document in (self._services.store.kind(kind).all() if kind else [])
        }
        return known | {held["resource"]: held["tags"] for held in self._tags.all() if held["type"] == resource_type}

    def matching(self, resource_type: str, asked: str | None) -> Callable[[str], bool]:
        """Return what tells whether a resource has all tags of a filter.

        :param resource_type: the type of the resources.
        :param asked: as in ``team=search,env``; a key without a value fits every value.
        """
        wanted = [part.partition("=") for part in (asked or "").split(",") if part]

        def has_all(resource: str) -> bool:
            tags = self.of(resource_type, resource)
            return all(key in tags and (not value or tags[key] == value) for key, _, value in wanted)

        return has_all


def routes(services: Services) -> APIRouter:
    """Return the operations on tags."""
    tags = _TagOperations(Tags(services))
    of_one, of_type = "/v3/{project_id}/{resource_type}/{resource_id}/tags", "/v3/{project_id}/{resource_type}"
    return routed(
        Operation("GET", of_one, tags.show),
        Operation("POST", f"{of_one}/create", tags.create),
        Operation("POST", f"{of_one}/delete", tags.delete),
        Operation("GET", f"{of_type}/tags", tags.list_tags),
        Operation("POST", f"{of_type}/resource-instances/filter", tags.filter),
        Operation("POST", f"{of_type}/resource-instances/count", tags.count),
    )


class _TagOperations:
    def __init__(self, tags: Tags) -> None:
        self._tags = tags

    def show(self, resource_type: str, resource_id: str, request: Request) -> Document:
        tags = [{"key": key, "value": value} for key, value in self._tags.of(resource_type, resource_id).items()]
        return {"tags": limited(tags, query(request, *LIMIT_AND_OFFSET)), "count": len(tags)}

    def create(self, resource_type: str, resource_id: str, body: GivenBody) -> Response:
        self._tags.add(resource_type, resource_id, checked(body, _NEW_TAGS)["tags"])
        return empty()

    def delete(self, resource_type: str, resource_id: str, body: GivenBody) -> Response:
        # To take a tag away, its key is enough.
        keys = objects("tags", text("key", required=True), required=True)
        self._tags.remove(resource_type, resource_id, checked(body, keys)["tags"])
        return empty()

    def list_tags(self, resource_type: str, request: Request) -> Document:
        values: dict[str, list[str]] = {}
        for tags in self._tags.all(resource_type).values():
            for key, value in tags.items():
                values.setdefault(key, []).append(value)
        listed = [{"key": key, "values": sorted(set(held))} for key, held in values.items()]
        return {"tags": limited(listed, query(request, *LIMIT_AND_OFFSET)), "count": len(listed)}

    def filter(self, resource_type: str, request: Request, body: GivenBody) -> Document:
        found = self._found(resource_type, body)
        return {"resources": limited(found, query(request, *LIMIT_AND_OFFSET)), "total_count": len(found)}

    def count(self, resource_type: str, body: GivenBody) -> Document:
        return {"total_count": len(self._found(resource_type, body)), "resources": None}

    def _found(self, resource_type: str, body: Any) -> list[Document]:
        asked = checked(body if body is not None else {}, *_FILTER)
        if asked["without_any_tag"] and asked["tags"]:
            raise dli("DLI.0001", "The parameters without_any_tag and tags exclude each other: send one of them.")
        return [
            {"resource_id": resource, "resource_name": resource, "resource_detail": None, "tags": tags}
            for resource, tags in self._tags.all(resource_type).items()
            if _fits(resource, tags, asked)
        ]


def _fits(resource: str, tags: dict[str, str], asked: dict[str, Any]) -> bool:
    if asked["without_any_tag"] and tags:
        return False
    tagged = all(tags.get(tag["key"]) in (tag["values"] or [*tags.values()]) for tag in asked["tags"])
    return tagged and all(match["value"] in resource for match in asked["matches"])


def _key(resource_type: str, resource: str) -> str:
    return f"{resource_type}/{resource}"
