"""What a connection of type ``flink`` may say, and the target that it stands for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airflow_provider_dli.hooks.connection_fields import (
    CA_CERTIFICATE,
    CONNECT_TIMEOUT,
    READ_TIMEOUT,
    VERIFY,
    ConnectionLike,
    address,
    check_names,
    field,
    naming,
    scheme_of,
    timeouts,
    tls,
)
from airflow_provider_dli.rest.authentication import Anonymous, Authentication, Basic, Bearer
from airflow_provider_dli.rest.target import Target

DEFAULT_PORT = 8081

# The members of a connection's extra, as Airflow's form shows them.
FIELDS: Mapping[str, dict[str, Any]] = {
    "path_prefix": field("Path prefix", "Where a gateway mounts Flink, as in /flink-a."),
    "addresses": field(
        "Further addresses",
        "Other addresses of the same cluster, separated by commas; tried when one cannot be reached.",
    ),
    "token": field("Bearer token", "Sent instead of login and password.", format="password"),
    "headers": field("Headers", 'Sent with every request, as JSON: {"X-Team": "a"}.', format="password"),
    "verify": VERIFY,
    "ca_certificate": CA_CERTIFICATE,
    "client_certificate": field("Client certificate", "Path of the PEM certificate to show."),
    "client_key": field("Client key", "Path of its PEM key, where it is not in the same file."),
    "connect_timeout": CONNECT_TIMEOUT,
    "read_timeout": READ_TIMEOUT,
    "sql_gateway": field("SQL Gateway", "Address of Flink's SQL Gateway, as in http://sql.example.com:8083."),
    "web_address": field("Web address", "Where people find Flink's web UI, where it is not the API's address."),
}

UI_FIELD_BEHAVIOUR: Mapping[str, Any] = {
    "hidden-fields": ["extra"],
    "relabeling": {"schema": "Scheme (http or https)", "login": "Login (Basic)", "password": "Password (Basic)"},
    "placeholders": {"host": "jobmanager.example.com", "port": str(DEFAULT_PORT), "schema": "http"},
}


def target_of(connection: ConnectionLike, extra: Mapping[str, Any]) -> Target:
    """Return the target that a connection stands for.

    :param connection: host, port, scheme, login and password.
    :param extra: the connection's extra.
    :raises ValueError: when a member of it cannot be used; says which, of which connection.
    """
    with naming(connection):
        check_names(extra, FIELDS)
        return _target(connection, extra)


def sql_target_of(target: Target, extra: Mapping[str, Any]) -> Target:
    """Return the SQL Gateway of a cluster; it is spoken to with the same credentials.

    :param target: the cluster.
    :param extra: the connection's extra.
    :raises ValueError: when the connection names none.
    """
    gateway = str(extra.get("sql_gateway") or "").rstrip("/")
    if not gateway.startswith(("http://", "https://")):
        told = f"got {gateway!r}" if gateway else "it has none"
        raise ValueError(f"The connection's extra needs sql_gateway, as in http://sql.example.com:8083; {told}.")
    return replace(target, addresses=(gateway,))


def web_address_of(target: Target, extra: Mapping[str, Any]) -> str:
    """Return the address of the web UI, for people."""
    return str(extra.get("web_address") or target.addresses[0]).rstrip("/")


def _target(connection: ConnectionLike, extra: Mapping[str, Any]) -> Target:
    return Target(
        addresses=_addresses(connection, extra),
        authentication=_authentication(connection, extra),
        headers=_headers(extra.get("headers")),
        tls=tls(extra),
        **timeouts(extra),
    )


def _addresses(connection: ConnectionLike, extra: Mapping[str, Any]) -> tuple[str, ...]:
    if not connection.host:
        raise ValueError("it has no host; give the JobManager's, as in jobmanager.example.com.")
    others = extra.get("addresses") or ()
    hosts = [connection.host, *(others.split(",") if isinstance(others, str) else others)]
    scheme = scheme_of(connection, "http")
    prefix = (extra.get("path_prefix") or "").strip("/")
    whole = (address(host.strip(), scheme, connection.port, DEFAULT_PORT) for host in hosts if host.strip())
    return tuple(f"{each}/{prefix}".rstrip("/") for each in whole)


def _authentication(connection: ConnectionLike, extra: Mapping[str, Any]) -> Authentication:
    if token := extra.get("token"):
        return Bearer(token)
    return Basic(connection.login, connection.password or "") if connection.login else Anonymous()


def _headers(given: Any) -> tuple[tuple[str, str], ...]:
    try:
        headers = json.loads(given.strip() or "{}") if isinstance(given, str) else given or {}
        return tuple((str(name), str(value)) for name, value in headers.items())
    except (ValueError, AttributeError):
        raise ValueError("its headers must be a JSON object of names and values.") from None
