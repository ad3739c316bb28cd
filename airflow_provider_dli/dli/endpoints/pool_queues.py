"""The queues of an elastic resource pool: which there are, how much of it each gets, and what scaling has done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.dli.paging import every
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.members import Members
from airflow_provider_dli.rest.request import Request

_PAGE: Final = 100


class ScalingPolicy(Members):
    """How much of its pool a queue gets during a part of the day; told, and sent in the same form.

    :param priority: how soon it is served, 1 to 100, 100 first.
    :param impact_start_time: when it begins to hold, as in ``08:00``.
    :param impact_stop_time: when it ceases to hold, as in ``24:00``.
    :param min_cu: the fewest CUs that the queue gets.
    :param max_cu: the most CUs that it gets.
    :param inherit_elastic_resource_pool_max_cu: whether it may have all that the pool may.
    """

    priority: int
    impact_start_time: str
    impact_stop_time: str
    min_cu: int
    max_cu: int
    inherit_elastic_resource_pool_max_cu: bool | None = None

    @property
    def sent(self) -> dict[str, Any]:
        """The policy as a body has it."""
        return self.model_dump(exclude_none=True)


class PoolQueue(Members):
    """A queue of a pool.

    :param queue_name: its name.
    :param enterprise_project_id: the enterprise project's id; ``0`` for the default one.
    :param queue_type: ``sql``, ``general`` or ``all``.
    :param queue_scaling_policies: how much of the pool it gets.
    :param owner: the user whose it is.
    :param create_time: when it was created, in milliseconds since the epoch.
    :param engine: ``spark`` or ``hetuEngine``.
    """

    queue_name: str | None = None
    enterprise_project_id: str | None = None
    queue_type: str | None = None
    queue_scaling_policies: tuple[ScalingPolicy, ...] | None = None
    owner: str | None = None
    create_time: int | None = None
    engine: str | None = None


class PoolQueues(Told):
    """A page of a pool's queues.

    :param queues: a row for each.
    :param count: how many there are.
    """

    queues: tuple[PoolQueue, ...] | None = None
    count: int | None = None


class ScaleRecord(Members):
    """What scaling has once done to a pool.

    :param max_cu: the most CUs that the pool could have.
    :param min_cu: the fewest CUs that it could have.
    :param current_cu: how many CUs it had.
    :param origin_cu: how many CUs it had before.
    :param target_cu: how many CUs it was to have.
    :param record_time: when that ended, in milliseconds since the epoch.
    :param status: ``success`` or ``fail``.
    :param fail_reason: why it failed.
    """

    max_cu: int | None = None
    min_cu: int | None = None
    current_cu: int | None = None
    origin_cu: int | None = None
    target_cu: int | None = None
    record_time: int | None = None
    status: str | None = None
    fail_reason: str | None = None


class ScaleRecords(Members):
    """A page of what scaling has done to a pool.

    :param count: how many records there are.
    :param items: the records.
    """

    count: int | None = None
    items: tuple[ScaleRecord, ...] | None = None


@DLI.endpoint("POST /v3/{project_id}/elastic-resource-pools/:elastic_resource_pool_name/queues", Told.read)
def add(elastic_resource_pool_name: str, queue_name: str) -> Parts:
    """Put a queue into a pool.

    :param elastic_resource_pool_name: the pool's name.
    :param queue_name: the queue's name.
    """
    return Parts([elastic_resource_pool_name], json={"queue_name": queue_name})


@DLI.endpoint("GET /v3/{project_id}/elastic-resource-pools/:elastic_resource_pool_name/queues", PoolQueues.read)
def overview(
    elastic_resource_pool_name: str,
    *,
    limit: int | None = None,
    offset: int | None = None,
    queue_name: str | None = None,
) -> Parts:
    """List the queues of a pool, a page of them, with how much of the pool each gets.

    :param elastic_resource_pool_name: the pool's name.
    :param limit: how many at most; 100 where it is left out.
    :param offset: how many to pass over.
    :param queue_name: only the queue of this name.
    """
    return Parts([elastic_resource_pool_name], query={"limit": limit, "offset": offset, "queue_name": queue_name})


@DLI.endpoint("PUT /v3/{project_id}/elastic-resource-pools/:elastic_resource_pool_name/queues/:queue_name", Told.read)
def set_scaling_policies(
    elastic_resource_pool_name: str, queue_name: str, queue_scaling_policies: Sequence[ScalingPolicy]
) -> Parts:
    """Say how much of its pool a queue gets, in place of what was said before.

    :param elastic_resource_pool_name: the pool's name.
    :param queue_name: the queue's name.
    :param queue_scaling_policies: the policies; one of them must hold the whole day, 00:00 to 24:00.
    """
    body = {"queue_scaling_policies": [each.sent for each in queue_scaling_policies]}
    return Parts([elastic_resource_pool_name, queue_name], json=body, repeatable=True)


@DLI.endpoint(
    "GET /v3/{project_id}/elastic-resource-pools/:elastic_resource_pool_name/scale-records", ScaleRecords.read
)
def scale_records(
    elastic_resource_pool_name: str,
    *,
    start_time: int | None = None,
    end_time: int | None = None,
    status: str | None = None,
    offset: int | None = None,
    limit: int | None = None,
) -> Parts:
    """Ask what scaling has done to a pool, a page of it.

    :param elastic_resource_pool_name: the pool's name.
    :param start_time: from when on, in milliseconds since the epoch, at most 30 days ago; 15 days where it is left out.
    :param end_time: until when, in milliseconds since the epoch.
    :param status: only what is a ``success``, or a ``fail``.
    :param offset: how many to pass over.
    :param limit: how many at most.
    """
    query = {"start_time": start_time, "end_time": end_time, "status": status, "offset": offset, "limit": limit}
    return Parts([elastic_resource_pool_name], query=query)


def all_queues(
    ask: Callable[[Request[PoolQueues]], Flow[PoolQueues]], elastic_resource_pool_name: str
) -> Flow[list[PoolQueue]]:
    """Return all queues of a pool.

    :param ask: sends a request, as :meth:`.gate.Gate.ask` does.
    :param elastic_resource_pool_name: the pool's name.
    """
    return every(
        ask,
        lambda offset: overview(elastic_resource_pool_name, offset=offset, limit=_PAGE),
        lambda page: page.queues or (),
        _PAGE,
    )


def all_scale_records(
    ask: Callable[[Request[ScaleRecords]], Flow[ScaleRecords]],
    elastic_resource_pool_name: str,
    *,
    start_time: int | None = None,
    end_time: int | None = None,
) -> Flow[list[ScaleRecord]]:
    """Return all that scaling has done to a pool within a time.

    :param ask: sends a request, as :meth:`.gate.Gate.ask` does.
    :param elastic_resource_pool_name: the pool's name.
    :param start_time: from when on, in milliseconds since the epoch, at most 30 days ago; 15 days where it is left out.
    :param end_time: until when, in milliseconds since the epoch.
    """
    page = partial(scale_records, elastic_resource_pool_name, start_time=start_time, end_time=end_time, limit=_PAGE)
    return every(
        ask,
        lambda offset: page(offset=offset),
        lambda page: page.items or (),
        _PAGE,
    )
