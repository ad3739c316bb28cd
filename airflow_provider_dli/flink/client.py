"""Flink's REST API as methods: what a person who scripts a cluster types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from airflow_provider_dli.flink.endpoints import cluster, exceptions, jobs
from airflow_provider_dli.flink.gate import Gate
from airflow_provider_dli.flink.version import Dialect
from airflow_provider_dli.rest.client import Group, method, spoken
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.request import Request

T = TypeVar("T")


class Cluster(Group):
    """The cluster as a whole."""

    configuration = method(cluster.configuration)
    overview = method(cluster.overview)
    shutdown = method(cluster.shutdown)


class Jobs(Group):
    """Jobs."""

    ids = method(jobs.ids)
    overview = method(jobs.overview)
    detail = method(jobs.detail)
    status = method(jobs.status)
    exceptions = spoken(exceptions.exceptions)
    cancel = method(jobs.cancel)
    cancel_by_get = method(jobs.cancel_by_get)
    stop_by_patch = method(jobs.stop_by_patch)


class Flink:
    """A cluster, every operation of its REST API a method.

    :param run: runs a flow to its end, as :meth:`.rest.sync.Driver.run` does.
    :param gate: what is known of the cluster's version.
    """

    def __init__(self, run: Callable[[Flow[Any]], Any], gate: Gate | None = None) -> None:
        self._run = run
        self._gate = gate or Gate()
        self.cluster = Cluster(self)
        self.jobs = Jobs(self)

    def send(self, request: Request[T]) -> T:
        """Send a request and return its decoded answer.

        :param request: the request.
        :raises NotInThisVersion: when the cluster's version does not have this operation.
        """
        answer: T = self._run(self._gate.ask(request))
        return answer

    def dialect(self) -> Dialect:
        """Return how the cluster's version wants to be spoken to."""
        dialect: Dialect = self._run(self._gate.dialect())
        return dialect
