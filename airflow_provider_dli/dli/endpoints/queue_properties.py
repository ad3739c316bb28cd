"""Settings of a queue, by their names, as in ``job.maxConcurrent``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.dli.paging import every
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.members import Members
from airflow_provider_dli.rest.request import Request

_PAGE: Final = 100


class Property(Members):
    """A setting.

    :param key: its name.
    :param value: what it is set to.
    """

    key: str | None = None
    value: str | None = None


class Properties(Told):
    """Settings of a queue.

    :param properties: a row for each.
    """

    properties: tuple[Property, ...] | None = None


@DLI.endpoint("POST /v3/{project_id}/queues/:queue_name/properties", Told.read)
def create(queue_name: str, properties: Mapping[str, int | str]) -> Parts:
    """Give a queue settings.

    :param queue_name: the queue's name.
    :param properties: the settings: ``computeEngine.maxInstance``, how many Spark drivers it may start at most,
        ``computeEngine.maxPrefetchInstance``, how many it starts ahead, ``job.maxConcurrent``, how many jobs a driver
        runs at a time, and ``computeEngine.spark.nativeEnabled``, ``"true"`` for the native engine after a restart.
    """
    return Parts([queue_name], json={"properties": properties}, repeatable=True)


@DLI.endpoint("GET /v3/{project_id}/queues/:queue_name/properties", Properties.read)
def overview(queue_name: str, *, offset: int | None = None, limit: int | None = None) -> Parts:
    """List a queue's settings, a page of them.

    :param queue_name: the queue's name.
    :param offset: how many to pass over.
    :param limit: how many at most.
    """
    return Parts([queue_name], query={"offset": offset, "limit": limit})


@DLI.endpoint("PUT /v3/{project_id}/queues/:queue_name/properties", Told.read)
def update(queue_name: str, properties: Mapping[str, int | str]) -> Parts:
    """Change settings of a queue.

    :param queue_name: the queue's name.
    :param properties: the settings: those that :func:`create` takes, ``network.cidrInVpc``, the queue's address range
        in the VPC, and ``job.saveJobResultToJobBucket``, whether SQL results are kept in the bucket for jobs.
    """
    return Parts([queue_name], json={"properties": properties}, repeatable=True)


@DLI.endpoint("DELETE /v3/{project_id}/queues/:queue_name/properties", Told.read)
def delete(queue_name: str, keys: Sequence[str]) -> Parts:
    """Take settings from a queue.

    :param queue_name: the queue's name.
    :param keys: their names: ``computeEngine.maxInstance``, ``computeEngine.maxPrefetchInstance``,
        ``job.maxConcurrent``.
    """
    return Parts([queue_name], json={"keys": keys})


def all_properties(ask: Callable[[Request[Properties]], Flow[Properties]], queue_name: str) -> Flow[list[Property]]:
    """Return all settings of a queue.

    :param ask: sends a request, as :meth:`.gate.Gate.ask` does.
    :param queue_name: the queue's name.
    """
    return every(
        ask,
        lambda offset: overview(queue_name, offset=offset, limit=_PAGE),
        lambda page: page.properties or (),
        _PAGE,
    )
