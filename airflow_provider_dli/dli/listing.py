"""All operations of DLI's REST API, as a list."""

from __future__ import annotations

from collections.abc import Iterator

from airflow_provider_dli.dli.client import Dli
from airflow_provider_dli.dli.deprecated import DEPRECATED
from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.dli.iam_actions import action_for
from airflow_provider_dli.rest.client import methods
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.listing import Row, never, row


def rows() -> Iterator[Row]:
    """Yield a row for each method of the hook."""
    for name, method in methods(Dli(never, Gate(_no_project))):
        operation = method.endpoint.availability.operation
        standing = "deprecated" if operation in DEPRECATED else ""
        yield row("DLI", f"api.{name}", method, standing, action_for(operation))


def _no_project() -> Flow[str]:
    raise AssertionError("a listing asks nothing")
