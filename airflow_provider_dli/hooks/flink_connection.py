"""What a connection of type ``flink`` may say, and the target that it stands for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airflow_provider_dli.hooks.connection_fields import (
    ConnectionLike,
    address,
    check_encryption,
    check_members,
    naming,
    scheme_of,
    text,
    timeouts,
    tls,
    web_address,
)
from airflow_provider_dli.hooks.flink_fields import DEFAULT_PORT, FIELDS
from airflow_provider_dli.rest.authentication import Anonymous, Authentication, Basic, Bearer
from airflow_provider_dli.rest.redaction import shown_address
from airflow_provider_dli.rest.target import Target


def target_of(connection: ConnectionLike, extra: Mapping[str, Any]) -> Target:
    """Return the target that a connection stands for.

    :param connection: host, port, scheme, login and password.
    :param extra: the connection's extra.
    :raises ValueError: when a member of it cannot be used; says which, of which connection.
    """
    with naming(connection):
        check_members(extra, FIELDS, structured=("addresses", "headers"))
        return _target(connection, extra)


def sql_target_of(target: Target, extra: Mapping[str, Any]) -> Target:
    """Return the SQL Gateway of a cluster; it is spoken to with the same credentials.

    :param target: the cluster.
    :param extra: the connection's extra.
    :raises ValueError: when the connection names none.
    """
    gateway = text(extra, "sql_gateway").rstrip("/")
    if not gateway.startswith(("http://", "https://")):
        found = f"got {shown_address(gateway)}" if gateway else "it has none"
        raise ValueError(f"The connection's extra needs sql_gateway, as in http://sql.example.com:8083; {found}.")
    return replace(target, addresses=(gateway,))


def web_address_of(connection: ConnectionLike, target: Target, extra: Mapping[str, Any]) -> str:
    """Return the address of the web UI, for people; without user, password and query.

    :param connection: the connection.
    :param target: the cluster.
    :param extra: the connection's extra.
    :raises ValueError: when the connection's web_address is no address.
    """
    with naming(connection):
        return web_address(extra) or target.addresses[0]


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
    hosts = [connection.host, *_further_hosts(extra)]
    scheme = scheme_of(connection, "http")
    check_encryption(connection, hosts)
    prefix = text(extra, "path_prefix").strip("/")
    whole = (address(host.strip(), scheme, connection.port, DEFAULT_PORT) for host in hosts if host.strip())
    return tuple(f"{each}/{prefix}".rstrip("/") for each in whole)


def _further_hosts(extra: Mapping[str, Any]) -> list[str]:
    given = extra.get("addresses") or []
    hosts = given.split(",") if isinstance(given, str) else given
    if not isinstance(hosts, list) or not all(isinstance(each, str) for each in hosts):
        raise ValueError("its addresses must be a text with commas in between, or a list of texts.")
    return hosts


def _authentication(connection: ConnectionLike, extra: Mapping[str, Any]) -> Authentication:
    if token := extra.get("token"):
        return Bearer(token)
    if connection.password and not connection.login:
        raise ValueError("it has a password and no login. Give both, or put a bearer token into token.")
    return Basic(connection.login, connection.password or "") if connection.login else Anonymous()


def _headers(given: Any) -> tuple[tuple[str, str], ...]:
    try:
        headers = json.loads(given.strip() or "{}") if isinstance(given, str) else given or {}
        items = list(headers.items())
    except (ValueError, AttributeError):
        raise ValueError("its headers must be a JSON object of names and values.") from None
    broken = [name for name, value in items if isinstance(value, bool) or not isinstance(value, (str, int, float))]
    if broken:
        raise ValueError(f"its headers must have texts as values; {broken[0]!r} has none.")
    return tuple((str(name), str(value)) for name, value in items)
