"""All operations of Flink's REST API, and of its SQL Gateway's, as a list."""

from __future__ import annotations

from collections.abc import Iterator

from airflow_provider_dli.flink.client import Flink
from airflow_provider_dli.flink.sql.client import SqlGateway
from airflow_provider_dli.flink.sql.version import RELEASES
from airflow_provider_dli.rest.client import methods
from airflow_provider_dli.rest.listing import Row, never, row


def rows() -> Iterator[Row]:
    """Yield a row for each method of the hook."""
    for name, method in methods(Flink(never)):
        limits = method.endpoint.availability
        yield row("Flink", f"api.{name}", method, _versions(limits.since, limits.until, "1.7"))
    for name, method in methods(SqlGateway(never)):
        limits = method.endpoint.availability
        until = limits.until and _release(limits.until)
        yield row("SQL Gateway", f"sql.{name}", method, _versions(_release(limits.since), until, ""))


def _versions(since: str, until: str | None, first: str) -> str:
    if until is None:
        return f"{since}+"
    if since == until != first:
        return since
    return f"up to {until}" if since == first else f"{since} - {until}"


def _release(api_version: str) -> str:
    """Return the first Flink whose SQL Gateway speaks a version of the API."""
    return RELEASES[int(api_version.lstrip("v"))]
