"""What a SQL Gateway is asked, in a version of its API that it speaks."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from airflow_provider_dli.flink.sql.api import SQL_GATEWAY
from airflow_provider_dli.flink.sql.endpoints import gateway
from airflow_provider_dli.flink.sql.version import SqlDialect
from airflow_provider_dli.rest.errors import BadRequest, ServerError
from airflow_provider_dli.rest.flow import Flow, ask
from airflow_provider_dli.rest.redaction import masked
from airflow_provider_dli.rest.request import Request

T = TypeVar("T")


class GatewayRefused(ServerError):
    """The gateway itself said no. It says 500 to whatever it cannot do, so this is no outage to be ridden out."""

    could_help = False
    is_final = True


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
        try:
            return (yield from ask(spoken))
        except BadRequest as error:
            if error.status != 500:
                raise
            said = masked(SQL_GATEWAY.explain(error.answer), error.answer.secrets) if error.answer else ""
            raise GatewayRefused(f"The SQL Gateway refused: {said}", spoken, self._address, error.answer) from error

    def _under_a_version(self, request: Request[T]) -> Flow[Request[T]]:
        operation = request.availability
        # Which versions there are is asked before one can be chosen.
        if operation is None or operation == gateway.api_versions.availability:
            return request
        version = (yield from self.dialect()).best_for(operation)
        return replace(request, path=f"/v{version}{request.path}")
