"""What a cluster is asked, checked beforehand against the version that it runs."""

from __future__ import annotations

from typing import TypeVar

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints import cluster
from airflow_provider_dli.flink.version import Dialect, Version
from airflow_provider_dli.rest.flow import Flow, ask
from airflow_provider_dli.rest.request import Request

T = TypeVar("T")


class Gate:
    """Lets through what the cluster's version understands; asks for the version once, when it is first needed."""

    def __init__(self) -> None:
        self._dialect: Dialect | None = None

    def dialect(self) -> Flow[Dialect]:
        """Return how the cluster's version wants to be spoken to."""
        if self._dialect is None:
            seen = yield from ask(cluster.configuration())
            self._dialect = Dialect(Version.read(seen.flink_version))
        return self._dialect

    def ask(self, request: Request[T]) -> Flow[T]:
        """Send a request and return its decoded answer.

        :param request: the request.
        :raises NotInThisVersion: when the cluster's version does not have this operation; nothing is sent then.
        """
        operation = request.availability
        if operation and (operation.until or operation.since != FLINK.since):
            (yield from self.dialect()).check(operation)
        return (yield from ask(request))
