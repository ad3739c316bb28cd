"""What a connection of type ``flink`` may say, and the target that it stands for."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from airflow_provider_dli.rest.authentication import Anonymous, Authentication, Basic, Bearer
from airflow_provider_dli.rest.target import Target, Tls

DEFAULT_PORT = 8081


def _field(label: str, description: str, kind: str = "string", **schema: Any) -> dict[str, Any]:
    return {"label": label, "description": description, "schema": {"type": [kind, "null"], **schema}}


# The members of a connection's extra, as Airflow's form shows them.
FIELDS: Mapping[str, dict[str, Any]] = {
    "path_prefix": _field("Path prefix", "Where a gateway mounts Flink, as in /flink-a."),
    "addresses": _field(
        "Further addresses",
        "Other addresses of the same cluster, separated by commas; tried when one cannot be reached.",
    ),
    "token": _field("Bearer token", "Sent instead of login and password.", format="password"),
    "headers": _field("Headers", 'Sent with every request, as JSON: {"X-Team": "a"}.', format="password"),
    "verify": _field("Verify TLS", "Whether the server's certificate is checked.", "boolean", default=True),
    "ca_certificate": _field("CA certificate", "Path of a PEM file with the authorities to believe."),
    "client_certificate": _field("Client certificate", "Path of the PEM certificate to show."),
    "client_key": _field("Client key", "Path of its PEM key, where it is not in the same file."),
    "connect_timeout": _field("Connect time-out", "Seconds to wait for a connection.", "number", default=10),
    "read_timeout": _field("Read time-out", "Seconds to wait for an answer.", "number", default=30),
    "sql_gateway": _field("SQL Gateway", "Address of Flink's SQL Gateway, as in http://sql.example.com:8083."),
    "web_address": _field("Web address", "Where people find Flink's web UI, where it is not the API's address."),
}

UI_FIELD_BEHAVIOUR: Mapping[str, Any] = {
    "hidden-fields": ["extra"],
    "relabeling": {"schema": "Scheme (http or https)", "login": "Login (Basic)", "password": "Password (Basic)"},
    "placeholders": {"host": "jobmanager.example.com", "port": str(DEFAULT_PORT), "schema": "http"},
}


class ConnectionLike(Protocol):
    """The part of Airflow's connection that is read here."""

    conn_id: str | None
    host: str | None
    port: int | None
    schema: str | None
    login: str | None
    password: str | None


def target_of(connection: ConnectionLike, extra: Mapping[str, Any]) -> Target:
    """Return the target that a connection stands for.

    :param connection: host, port, scheme, login and password.
    :param extra: the connection's extra.
    :raises ValueError: when a member of it cannot be used; says which, of which connection.
    """
    try:
        _check_names(extra)
        return _target(connection, extra)
    except ValueError as error:
        raise ValueError(f"Connection {connection.conn_id!r}: {error}") from None


def sql_target_of(target: Target, extra: Mapping[str, Any]) -> Target:
    """Return the SQL Gateway of a cluster; it is spoken to with the same credentials.

    :param target: the cluster.
    :param extra: the connection's extra.
    :raises ValueError: when the connection names none.
    """
    address = str(extra.get("sql_gateway") or "").rstrip("/")
    if not address.startswith(("http://", "https://")):
        told = f"got {address!r}" if address else "it has none"
        raise ValueError(f"The connection's extra needs sql_gateway, as in http://sql.example.com:8083; {told}.")
    return replace(target, addresses=(address,))


def web_address_of(target: Target, extra: Mapping[str, Any]) -> str:
    """Return the address of the web UI, for people."""
    return str(extra.get("web_address") or target.addresses[0]).rstrip("/")


def _check_names(extra: Mapping[str, Any]) -> None:
    unknown = sorted(set(extra) - set(FIELDS))
    if unknown:
        raise ValueError(f"its extra has no member {', '.join(unknown)}; there are {', '.join(FIELDS)}.")


def _target(connection: ConnectionLike, extra: Mapping[str, Any]) -> Target:
    return Target(
        addresses=_addresses(connection, extra),
        authentication=_authentication(connection, extra),
        headers=tuple(_headers(extra.get("headers")).items()),
        tls=_tls(extra),
        connect_timeout=_seconds(extra, "connect_timeout", 10.0),
        read_timeout=_seconds(extra, "read_timeout", 30.0),
    )


def _addresses(connection: ConnectionLike, extra: Mapping[str, Any]) -> tuple[str, ...]:
    if not connection.host:
        raise ValueError("it has no host; give the JobManager's, as in jobmanager.example.com.")
    others = extra.get("addresses") or ()
    hosts = [connection.host, *(others.split(",") if isinstance(others, str) else others)]
    scheme = connection.schema or "http"
    if scheme not in {"http", "https"}:
        raise ValueError(f"its schema must be http or https; got {scheme!r}.")
    prefix = (extra.get("path_prefix") or "").strip("/")
    whole = (_address(host.strip(), scheme, connection.port) for host in hosts if host.strip())
    return tuple(f"{address}/{prefix}".rstrip("/") for address in whole)


def _address(host: str, scheme: str, port: int | None) -> str:
    """Complete an address: one with a scheme lacks nothing but perhaps the connection's port, a mere host both."""
    given, _, rest = host.rpartition("://")
    place, slash, path = rest.partition("/")
    place = _bracketed(place.rpartition("@")[2])
    port = port or (None if given else DEFAULT_PORT)
    if port and ":" not in place.rpartition("]")[2]:
        place = f"{place}:{port}"
    return f"{given or scheme}://{place}{slash}{path}".rstrip("/")


def _bracketed(place: str) -> str:
    """Put an IPv6 address into brackets; Airflow takes them away where a connection is given as a URI."""
    return f"[{place}]" if place.count(":") > 1 and "]" not in place else place


def _authentication(connection: ConnectionLike, extra: Mapping[str, Any]) -> Authentication:
    if token := extra.get("token"):
        return Bearer(token)
    return Basic(connection.login, connection.password or "") if connection.login else Anonymous()


def _headers(given: Any) -> dict[str, str]:
    try:
        headers = json.loads(given.strip() or "{}") if isinstance(given, str) else given or {}
        return {str(name): str(value) for name, value in headers.items()}
    except (ValueError, AttributeError):
        raise ValueError("its headers must be a JSON object of names and values.") from None


def _tls(extra: Mapping[str, Any]) -> Tls:
    verify = extra.get("verify")
    paths = {name: extra.get(name) or None for name in ("ca_certificate", "client_certificate", "client_key")}
    return Tls(verify=verify is None or str(verify).lower() not in {"false", "0", "no"}, **paths)


def _seconds(extra: Mapping[str, Any], name: str, default: float) -> float:
    given = extra.get(name)
    try:
        seconds = default if given in (None, "") else float(given)
    except (TypeError, ValueError):
        seconds = 0.0
    if not (math.isfinite(seconds) and seconds > 0):
        raise ValueError(f"its {name} must be a number of seconds above 0; got {given!r}.")
    return seconds
