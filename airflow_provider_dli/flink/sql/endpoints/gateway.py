"""The gateway as a whole: ``/api_versions`` and ``/info``."""

from __future__ import annotations

from airflow_provider_dli.flink.sql.api import SQL_GATEWAY
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Camel


class ApiVersions(Camel):
    """Which versions of its API a gateway speaks.

    :param versions: their names, as in ``V2``.
    """

    versions: tuple[str, ...]


class Info(Camel):
    """How a gateway describes itself.

    :param product_name: ``Apache Flink``, or what a vendor calls it.
    :param version: the version of Flink that it was built from.
    """

    product_name: str = ""
    version: str


@SQL_GATEWAY.endpoint("GET /api_versions", ApiVersions.read)
def api_versions() -> Parts:
    """Ask which versions of its API the gateway speaks."""
    return Parts()


@SQL_GATEWAY.endpoint("GET /info", Info.read)
def info() -> Parts:
    """Ask which version of Flink the gateway was built from."""
    return Parts()
