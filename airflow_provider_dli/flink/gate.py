"""Requests to a cluster, checked beforehand against the version that it runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints import cluster
from airflow_provider_dli.flink.version import Dialect, NotInThisVersion, Version
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, ask, remark
from airflow_provider_dli.rest.request import Request

T = TypeVar("T")


class Gate:
    """Lets through what the cluster's version understands; asks for the version once, when it is first needed."""

    def __init__(self) -> None:
        self._dialect: Dialect | None = None
        self._without: set[str] = set()

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

    def probe(self, request: Request[T], without: str) -> Flow[T | None]:
        """Send a request whose response is useful and not needed; return None where it cannot be had.

        Many gateways keep such paths from users: they respond with an error, a page or JSON of their own. That is taken
        for an answer at once. An outage is waited for as with any other request.

        :param request: the request.
        :param without: what follows without the response, for the log: a sentence without its full stop.
        """
        try:
            return (yield from self.ask(replace(request, optional=True)))
        except (RestError, NotInThisVersion) as error:
            if without not in self._without:
                self._without.add(without)
                yield from remark(f"{without}: {error}")
            return None
