"""All operations of Flink's REST API, and of its SQL Gateway's, as a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from airflow_provider_dli.flink.client import Flink
from airflow_provider_dli.flink.sql.client import SqlGateway
from airflow_provider_dli.flink.sql.version import RELEASES
from airflow_provider_dli.rest.client import Method, methods
from airflow_provider_dli.rest.flow import Flow


@dataclass(frozen=True)
class Row:
    """One operation.

    :param server: ``Flink`` or ``SQL Gateway``.
    :param method: the HTTP method.
    :param path: the path's template.
    :param versions: the versions of Flink that have it, as in ``1.17+``, ``1.11 - 1.20`` or ``up to 1.7``.
    :param call: the method of the hook that asks for it, with its arguments.
    :param does: what it does, one sentence.
    """

    server: str
    method: str
    path: str
    versions: str
    call: str
    does: str


def rows() -> Iterator[Row]:
    """Yield a row for each method of the hook."""
    for name, method in methods(Flink(_never)):
        limits = method.endpoint.availability
        yield _row("Flink", f"api.{name}", method, _versions(limits.since, limits.until, "1.7"))
    for name, method in methods(SqlGateway(_never)):
        limits = method.endpoint.availability
        until = limits.until and _release(limits.until)
        yield _row("SQL Gateway", f"sql.{name}", method, _versions(_release(limits.since), until, ""))


def _row(server: str, name: str, method: Method[..., object], versions: str) -> Row:
    arguments = ", ".join(method.signature.parameters)
    does = (method.__doc__ or "").partition("\n\n")[0].replace("\n", " ").split(". ")[0].rstrip(".")
    return Row(server, method.endpoint.method, method.endpoint.template, versions, f"{name}({arguments})", f"{does}.")


def _versions(since: str, until: str | None, first: str) -> str:
    if until is None:
        return f"{since}+"
    if since == until != first:
        return since
    return f"up to {until}" if since == first else f"{since} - {until}"


def _release(api_version: str) -> str:
    """Return the first Flink whose SQL Gateway speaks a version of the API."""
    return RELEASES[int(api_version.lstrip("v"))]


def _never(flow: Flow[object]) -> object:
    raise AssertionError("a listing sends nothing")
