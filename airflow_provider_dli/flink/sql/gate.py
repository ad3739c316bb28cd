"""What a SQL Gateway is asked, in a version of its API that it speaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from airflow_provider_dli.flink.api import complaint
from airflow_provider_dli.flink.sql.api import SQL_GATEWAY
from airflow_provider_dli.flink.sql.endpoints import gateway
from airflow_provider_dli.flink.sql.version import SqlDialect
from airflow_provider_dli.rest.errors import ServerError
from airflow_provider_dli.rest.flow import Flow, ask
from airflow_provider_dli.rest.request import Answer, Request

T = TypeVar("T")


class GatewayRefused(ServerError):
    """The gateway itself said no. It says 500 to whatever it cannot do, so this is no outage to be ridden out."""

    could_help = False


class SqlGate:
    """Puts each request under the newest version of the API that has it and that the gateway speaks.

    :param address: the gateway's, for error messages.
    """

    def __init__(self, address: str = "") -> None:
        self._address = address
        self._dialect: SqlDialect | None = None

    def dialect(self) -> Flow[SqlDialect]:
        """Return which versions of its API the gateway speaks; it is asked once."""
        if self._dialect is None:
            seen = yield from ask(gateway.api_versions())
            self._dialect = SqlDialect.read(seen.versions)
        return self._dialect

    def ask(self, request: Request[T]) -> Flow[T]:
        """Send a request and return its decoded answer.

        :param request: the request.
        :raises NotInThisVersion: when the gateway speaks no version that has this operation; nothing is sent then.
        :raises GatewayRefused: when the gateway itself answers that it failed.
        """
        spoken = yield from self._under_a_version(request)
        heard = yield from ask(_hearing(spoken))
        if isinstance(heard, _Refusal):
            said = SQL_GATEWAY.explain(heard.answer)
            raise GatewayRefused(f"The SQL Gateway refused: {said}", spoken, self._address, heard.answer)
        return heard

    def _under_a_version(self, request: Request[T]) -> Flow[Request[T]]:
        operation = request.availability
        # Which versions there are is asked before one can be chosen.
        if operation is None or operation == gateway.api_versions.availability:
            return request
        version = (yield from self.dialect()).best_for(operation)
        return replace(request, path=f"/v{version}{request.path}")


@dataclass(frozen=True)
class _Refusal:
    answer: Answer


@dataclass(frozen=True)
class _Hearing(Generic[T]):
    """Decodes a gateway's refusal as well: raised by the driver, it would be ridden out. Equal ones compare equal."""

    decode: Callable[[Answer], T]

    def __call__(self, answer: Answer) -> T | _Refusal:
        if answer.status != 500:
            return self.decode(answer)
        if not complaint(answer):
            raise ValueError("not the gateway's own words")
        return _Refusal(answer)


def _hearing(request: Request[T]) -> Request[T | _Refusal]:
    return replace(request, success=request.success | {500}, decode=_Hearing(request.decode))  # type: ignore[arg-type, return-value]
