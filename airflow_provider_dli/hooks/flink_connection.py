"""What a connection of type ``flink`` may say, and the target that it stands for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airflow_provider_dli.hooks.connection_fields import (
    ConnectionLike,
    address,
    check_names,
    naming,
    scheme_of,
    shown,
    timeouts,
    tls,
    without_user,
)
from airflow_provider_dli.hooks.flink_fields import DEFAULT_PORT, FIELDS
from airflow_provider_dli.rest.authentication import Anonymous, Authentication, Basic, Bearer
from airflow_provider_dli.rest.target import Target


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
        told = f"got {shown(gateway)!r}" if gateway else "it has none"
        raise ValueError(f"The connection's extra needs sql_gateway, as in http://sql.example.com:8083; {told}.")
    return replace(target, addresses=(gateway,))


def web_address_of(target: Target, extra: Mapping[str, Any]) -> str:
    """Return the address of the web UI, for people; a user and a password in it are left out."""
    return without_user(str(extra.get("web_address") or target.addresses[0])).rstrip("/")


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
