"""Tags of queues, pools, jobs and what else DLI has, and finding these by their tags.

A ``resource_type`` is ``dli_queue``, ``dli_elastic_resource_pool``, ``dli_flink_job``, ``dli_package_resource``,
``dli_database`` or ``dli_enhanced_datasource``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.tag_members import Tag, TagWithValues, choices, pairs
from airflow_provider_dli.dli.paging import every
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.members import Members, nothing
from airflow_provider_dli.rest.request import Request

_PAGE: Final = 1000


class ResourceTags(Members):
    """The tags of one resource.

    :param tags: the tags.
    :param count: how many there are.
    """

    tags: tuple[Tag, ...] | None = None
    count: int | None = None


class ProjectTags(Members):
    """The tags that resources of one type have.

    :param tags: the keys, with their values.
    :param count: how many there are.
    """

    tags: tuple[TagWithValues, ...] | None = None
    count: int | None = None


class Resource(Members):
    """A resource that was found.

    :param resource_id: its id.
    :param resource_name: its name.
    :param resource_detail: more about it, as its type has it.
    :param tags: its tags, as they came: documents and practice do not agree on their form.
    """

    resource_id: str | None = None
    resource_name: str | None = None
    resource_detail: Any = None
    tags: Any = None


class Found(Members):
    """Resources that were found.

    :param total_count: how many there are.
    :param resources: a page of them.
    """

    total_count: int | None = None
    resources: tuple[Resource, ...] | None = None


@DLI.endpoint("GET /v3/{project_id}/:resource_type/:resource_id/tags", ResourceTags.read)
def of_resource(
    resource_type: str, resource_id: int | str, *, limit: int | None = None, offset: int | None = None
) -> Parts:
    """List the tags of a resource, a page of them.

    :param resource_type: what it is, as in ``dli_flink_job``.
    :param resource_id: its id: a queue's ``queue_id``, a pool's ``resource_id``, a Flink job's id, a database's name.
    :param limit: how many at most; 1000 where it is left out.
    :param offset: how many to pass over.
    """
    return Parts([resource_type, str(resource_id)], query={"limit": limit, "offset": offset})


@DLI.endpoint("POST /v3/{project_id}/:resource_type/:resource_id/tags/create", nothing)
def add(resource_type: str, resource_id: int | str, tags: Mapping[str, str]) -> Parts:
    """Give a resource tags.

    :param resource_type: what it is, as in ``dli_flink_job``.
    :param resource_id: its id, as :func:`of_resource` takes it.
    :param tags: the tags: keys of 1 to 128 characters, values of 1 to 255.
    """
    return Parts([resource_type, str(resource_id)], json={"tags": pairs(tags)}, repeatable=True)


@DLI.endpoint("POST /v3/{project_id}/:resource_type/:resource_id/tags/delete", nothing)
def remove(resource_type: str, resource_id: int | str, tags: Mapping[str, str]) -> Parts:
    """Take tags from a resource.

    :param resource_type: what it is, as in ``dli_flink_job``.
    :param resource_id: its id, as :func:`of_resource` takes it.
    :param tags: the tags, with their values.
    """
    return Parts([resource_type, str(resource_id)], json={"tags": pairs(tags)})


@DLI.endpoint("GET /v3/{project_id}/:resource_type/tags", ProjectTags.read)
def in_project(resource_type: str, *, limit: int | None = None, offset: int | None = None) -> Parts:
    """List the tags that resources of one type have in the project, a page of them.

    :param resource_type: the type, as in ``dli_flink_job``.
    :param limit: how many at most; 1000 where it is left out.
    :param offset: how many to pass over.
    """
    return Parts([resource_type], query={"limit": limit, "offset": offset})


def _search(
    without_any_tag: bool | None, tags: Mapping[str, Sequence[str]] | None, matches: Mapping[str, str] | None
) -> dict[str, Any]:
    return {"without_any_tag": without_any_tag, "tags": choices(tags), "matches": pairs(matches)}


@DLI.endpoint("POST /v3/{project_id}/:resource_type/resource-instances/filter", Found.read)
def resources(
    resource_type: str,
    *,
    without_any_tag: bool | None = None,
    tags: Mapping[str, Sequence[str]] | None = None,
    matches: Mapping[str, str] | None = None,
    limit: int | None = None,
    offset: int | None = None,
) -> Parts:
    """Find resources by their tags, a page of them. It changes nothing, although it is a POST.

    :param resource_type: their type, as in ``dli_flink_job``.
    :param without_any_tag: whether to find only those that have no tags.
    :param tags: the tags to look for, up to 20 keys, each with the values that will do.
    :param matches: other members to look for, as in ``{"resource_name": "counts"}``.
    :param limit: how many at most; 1000 where it is left out.
    :param offset: how many to pass over.
    """
    query = {"limit": limit, "offset": offset}
    return Parts([resource_type], query=query, json=_search(without_any_tag, tags, matches), repeatable=True)


@DLI.endpoint("POST /v3/{project_id}/:resource_type/resource-instances/count", Found.read)
def count(
    resource_type: str,
    *,
    without_any_tag: bool | None = None,
    tags: Mapping[str, Sequence[str]] | None = None,
    matches: Mapping[str, str] | None = None,
) -> Parts:
    """Count the resources that have some tags. It changes nothing, although it is a POST.

    :param resource_type: their type, as in ``dli_flink_job``.
    :param without_any_tag: whether to count only those that have no tags.
    :param tags: the tags to look for, up to 20 keys, each with the values that will do.
    :param matches: other members to look for, as in ``{"resource_name": "counts"}``.
    """
    return Parts([resource_type], json=_search(without_any_tag, tags, matches), repeatable=True)


def all_resources(
    ask: Callable[[Request[Found]], Flow[Found]], resource_type: str, tags: Mapping[str, Sequence[str]]
) -> Flow[list[Resource]]:
    """Return all resources that have some tags.

    :param ask: sends a request, as :meth:`.gate.Gate.ask` does.
    :param resource_type: their type, as in ``dli_flink_job``.
    :param tags: the tags to look for, up to 20 keys, each with the values that will do.
    """
    return every(
        ask,
        lambda offset: resources(resource_type, tags=tags, offset=offset, limit=_PAGE),
        lambda page: page.resources or (),
        _PAGE,
    )
