"""Elastic resource pools: CUs that queues share. What is in them, and who gets how much, is in :mod:`.pool_queues`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.arguments import takes
from airflow_provider_dli.dli.endpoints.tag_members import pairs, tag_filter
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.dli.paging import every
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.members import Members
from airflow_provider_dli.rest.request import Request

_PAGE: Final = 100


class Pool(Members):
    """A row of the list of pools.

    :param elastic_resource_pool_name: its name.
    :param id: its number.
    :param resource_id: its id as a resource of the cloud, which tags want.
    :param status: ``AVAILABLE``, ``CREATING`` or ``FAILED``; any other word means that something is going on.
    :param fail_reason: why it failed.
    :param queues: the names of its queues.
    :param owner: the user whose it is.
    :param description: what it is for.
    :param max_cu: the most CUs that it may have.
    :param min_cu: the fewest CUs that it may have.
    :param current_cu: how many CUs it has.
    :param actual_cu: how many CUs are allocated.
    :param prepay_cu: how many CUs are prepaid.
    :param charging_mode: 1 paid by the CU hour, 2 by the month or year.
    :param cidr_in_vpc: its address range in the VPC.
    :param create_time: when it was created, in milliseconds since the epoch.
    :param update_time: when it was last changed, in milliseconds since the epoch.
    :param enterprise_project_id: the enterprise project's id; ``0`` for the default one.
    :param manager: what kind of pool it is.
    :param label: more about it, as in ``{"spec": "basic"}``.
    :param ipv6_enable: whether it speaks IPv6.
    :param ipv6_cidr_in_subnet: its IPv6 address range in the subnet.
    """

    elastic_resource_pool_name: str | None = None
    id: int | None = None
    resource_id: str | None = None
    status: str | None = None
    fail_reason: str | None = None
    queues: tuple[str, ...] | None = None
    owner: str | None = None
    description: str | None = None
    max_cu: int | None = None
    min_cu: int | None = None
    current_cu: int | None = None
    actual_cu: int | None = None
    prepay_cu: int | None = None
    charging_mode: int | None = None
    cidr_in_vpc: str | None = None
    create_time: int | None = None
    update_time: int | None = None
    enterprise_project_id: str | None = None
    manager: str | None = None
    label: Mapping[str, str] | None = None
    ipv6_enable: bool | None = None
    ipv6_cidr_in_subnet: str | None = None


class Pools(Told):
    """A page of the list of pools.

    :param count: how many there are.
    :param elastic_resource_pools: a row for each.
    """

    count: int | None = None
    elastic_resource_pools: tuple[Pool, ...] | None = None


class Named(Told):
    """A pool that is being created.

    :param elastic_resource_pool_name: its name.
    """

    elastic_resource_pool_name: str | None = None


class Ordered(Told):
    """An order.

    :param order_id: its id.
    """

    order_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewPool:
    """A pool that is to be created.

    :param elastic_resource_pool_name: its name: 1 to 128 small letters, digits and ``_``, not digits alone and no ``_``
        at the beginning.
    :param max_cu: the most CUs that it may have: 64 to 32000, of a basic pool 16 to 64.
    :param min_cu: the fewest CUs that it may have: in the same range, not more than ``max_cu``.
    :param description: what it is for, up to 256 characters.
    :param cidr_in_vpc: its address range in the VPC; ``172.16.0.0/12`` where it is left out.
    :param charging_mode: 1, by the CU hour.
    :param enterprise_project_id: the enterprise project's id; ``0``, the default one, where it is left out.
    :param tags: its tags: keys of 1 to 128 characters, values of 1 to 255.
    :param label: ``{"spec": "basic"}`` or ``{"billing_spec_code": "developer"}``; a standard pool where it is left out.
    :param ipv6_enable: whether it speaks IPv6; that cannot be switched off later.
    """

    elastic_resource_pool_name: str
    max_cu: int
    min_cu: int
    description: str | None = None
    cidr_in_vpc: str | None = None
    charging_mode: int | None = None
    enterprise_project_id: str | None = None
    tags: Mapping[str, str] | None = None
    label: Mapping[str, str] | None = None
    ipv6_enable: bool | None = None

    def body(self) -> Mapping[str, Any]:
        """Return the members of a request's body."""
        return {**vars(self), "tags": pairs(self.tags)}


@DLI.endpoint("POST /v3/{project_id}/elastic-resource-pools", Named.read)
@takes(NewPool)
def create(pool: NewPool) -> Parts:
    """Create a pool. That is only the order: list it until its status is ``AVAILABLE`` or ``FAILED``."""
    return Parts(json=pool.body())


@DLI.endpoint("DELETE /v3/{project_id}/elastic-resource-pools/:elastic_resource_pool_name", Told.read)
def delete(elastic_resource_pool_name: str) -> Parts:
    """Delete a pool. That is only the order: it is gone when the list has it no more.

    :param elastic_resource_pool_name: its name.
    """
    return Parts([elastic_resource_pool_name])


@DLI.endpoint("GET /v3/{project_id}/elastic-resource-pools", Pools.read)
def overview(
    *,
    limit: int | None = None,
    name: str | None = None,
    offset: int | None = None,
    status: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> Parts:
    """List the pools, a page of them. DLI has no operation that tells of one pool alone.

    :param limit: how many at most; 100 where it is left out.
    :param name: only those whose name contains this.
    :param offset: how many to pass over.
    :param status: only those that are ``AVAILABLE``, ``CREATING`` or ``FAILED``.
    :param tags: only those that have these tags.
    """
    query = {"limit": limit, "name": name, "offset": offset, "status": status, "tags": tag_filter(tags)}
    return Parts(query=query)


@DLI.endpoint("PUT /v3/{project_id}/elastic-resource-pools/:elastic_resource_pool_name", Told.read)
def update(
    elastic_resource_pool_name: str,
    *,
    description: str | None = None,
    max_cu: int | None = None,
    min_cu: int | None = None,
) -> Parts:
    """Change a pool's limits or its description. It grows or shrinks after the answer.

    :param elastic_resource_pool_name: its name.
    :param description: what it is for, up to 256 characters.
    :param max_cu: the most CUs that it may have: 64 to 32000, of a basic pool 16 to 64.
    :param min_cu: the fewest CUs that it may have: in the same range, not more than ``max_cu``.
    """
    body = {"description": description, "max_cu": max_cu, "min_cu": min_cu}
    return Parts([elastic_resource_pool_name], json=body, repeatable=True)


@DLI.endpoint("POST /v3/{project_id}/orders/elastic-resource-pools/specification-change", Ordered.read)
def order_specification_change(elastic_resource_pool_name: str, target_cu: int) -> Parts:
    """Order another size for a pool that is paid by the month or year. It costs money.

    :param elastic_resource_pool_name: its name.
    :param target_cu: the size, in CUs.
    """
    return Parts(json={"elastic_resource_pool_name": elastic_resource_pool_name, "target_cu": target_cu})


def all_pools(ask: Callable[[Request[Pools]], Flow[Pools]], *, name: str | None = None) -> Flow[list[Pool]]:
    """Return all pools.

    :param ask: sends a request, as :meth:`.gate.Gate.ask` does.
    :param name: only those whose name contains this.
    """
    return every(
        ask,
        lambda offset: overview(name=name, offset=offset, limit=_PAGE),
        lambda page: page.elastic_resource_pools or (),
        _PAGE,
    )
