"""Queues: what jobs run on. Their sizes are told in CUs, compute units of one core and 4 GB of memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.arguments import takes
from airflow_provider_dli.dli.endpoints.queue_answers import Acted, Named, QueueDetail, Queues
from airflow_provider_dli.dli.endpoints.tag_members import pairs, tag_filter
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts


@dataclass(frozen=True, kw_only=True)
class NewQueue:
    """A queue that is to be created.

    :param queue_name: its name: 1 to 128 letters, digits and ``_``, not digits alone and no ``_`` at the beginning; DLI
        stores it in lower case.
    :param cu_count: its size in CUs; old regions take only 16, 64 and 256.
    :param queue_type: ``sql`` (as where it is left out), or ``general`` for Flink and Spark jobs.
    :param description: what it is for.
    :param charging_mode: 1, by the CU hour (as where it is left out).
    :param enterprise_project_id: the enterprise project's id; ``0``, the default one, where it is left out.
    :param platform: ``x86_64`` (as where it is left out) or ``aarch64``.
    :param resource_mode: 0 shared, 1 dedicated.
    :param labels: more about it, as in ``["multi_az=2"]`` for a queue in two zones.
    :param feature: ``basic`` (as where it is left out) or ``ai``.
    :param tags: its tags: keys of 1 to 128 characters, values of 1 to 255.
    :param elastic_resource_pool_name: the pool that it belongs to.
    :param properties: settings; one may stand here, ``computeEngine.spark.nativeEnabled``, ``"true"`` for the native
        engine.
    :param engine: ``spark`` (as where it is left out) or ``hetuEngine``.
    """

    queue_name: str
    cu_count: int
    queue_type: str | None = None
    description: str | None = None
    charging_mode: int | None = None
    enterprise_project_id: str | None = None
    platform: str | None = None
    resource_mode: int | None = None
    labels: Sequence[str | Mapping[str, Any]] | None = None
    feature: str | None = None
    tags: Mapping[str, str] | None = None
    elastic_resource_pool_name: str | None = None
    properties: Mapping[str, str] | None = None
    engine: str | None = None

    def body(self) -> Mapping[str, Any]:
        """Return the members of a request's body."""
        return {**vars(self), "tags": pairs(self.tags)}


@DLI.endpoint("POST /v1.0/{project_id}/queues", Named.read)
@takes(NewQueue)
def create(queue: NewQueue) -> Parts:
    """Create a queue. That is only the order: its first job may wait 6 to 10 minutes until it starts."""
    return Parts(json=queue.body())


@DLI.endpoint("DELETE /v1.0/{project_id}/queues/:queue_name", Told.read)
def delete(queue_name: str) -> Parts:
    """Delete a queue. DLI refuses while jobs run on it.

    :param queue_name: its name.
    """
    return Parts([queue_name])


@DLI.endpoint("GET /v1.0/{project_id}/queues", Queues.read)
def overview(
    *,
    queue_type: str | None = None,
    tags: Mapping[str, str] | None = None,
    with_charge_info: bool | None = None,
    with_priv: bool | None = None,
) -> Parts:
    """List the queues, all of them in one answer.

    :param queue_type: ``sql`` (as where it is left out), ``general`` or ``all``.
    :param tags: only those that have these tags.
    :param with_charge_info: whether to tell how they are paid for.
    :param with_priv: whether to tell who may do what with them.
    """
    query = {
        "queue_type": queue_type,
        "tags": tag_filter(tags),
        "with-charge-info": with_charge_info,
        "with-priv": with_priv,
    }
    return Parts(query=query)


@DLI.endpoint("GET /v1.0/{project_id}/queues/:queue_name", QueueDetail.read)
def detail(queue_name: str) -> Parts:
    """Ask for one queue.

    :param queue_name: its name.
    """
    return Parts([queue_name])


@DLI.endpoint("PUT /v1.0/{project_id}/queues/:queue_name/action", Acted.read)
def run_action(queue_name: str, action: str, *, force: bool | None = None, cu_count: int | None = None) -> Parts:
    """Restart a queue, or change its size. That it was accepted is all that the answer says: ask for its detail.

    :param queue_name: its name.
    :param action: ``restart``, ``scale_out`` or ``scale_in``.
    :param force: whether to restart at once, without waiting for its jobs; DLI waits where this is left out.
    :param cu_count: CUs; needed to scale.
    """
    return Parts([queue_name], json={"action": action, "force": force, "cu_count": cu_count})


@DLI.endpoint("PUT /v1.0/{project_id}/queues/:queue_name", Told.read)
def change_cidr(queue_name: str, cidr_in_vpc: str) -> Parts:
    """Give a queue another address range.

    :param queue_name: its name.
    :param cidr_in_vpc: the range within the VPC, as in ``10.0.0.0/8``.
    """
    return Parts([queue_name], json={"cidr_in_vpc": cidr_in_vpc}, repeatable=True)
