"""What a connection of type ``flink`` may say, and the target that it stands for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

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
    "read_timeout": _field("Read time-out", "Seconds to wait for an answer.", "number", default=60),
    "web_address": _field("Web address", "Where people find Flink's web UI, where it is not the API's address."),
}

UI_FIELD_BEHAVIOUR: Mapping[str, Any] = {
    "hidden-fields": ["extra"],
    "relabeling": {"schema": "Scheme (http or https)", "login": "Login (Basic)", "password": "Password (Basic)"},
    "placeholders": {"host": "jobmanager.example.com", "port": str(DEFAULT_PORT), "schema": "http"},
}


class ConnectionLike(Protocol):
    """The part of Airflow's connection that is read here."""

    host: str | None
    port: int | None
    schema: str | None
    login: str | None
    password: str | None


def target_of(connection: ConnectionLike, extra: Mapping[str, Any]) -> Target:
    """Return the target that a connection stands for.

    :param connection: host, port, scheme, login and password.
    :param extra: the connection's extra.
    :raises ValueError: when a member of it cannot be used; says which.
    """
    unknown = sorted(set(extra) - set(FIELDS))
    if unknown:
        raise ValueError(f"The connection's extra has {', '.join(unknown)}; known are {', '.join(FIELDS)}.")
    return Target(
        addresses=_addresses(connection, extra),
        authentication=_authentication(connection, extra),
        headers=tuple(_headers(extra.get("headers")).items()),
        tls=_tls(extra),
        connect_timeout=_seconds(extra, "connect_timeout", 10.0),
        read_timeout=_seconds(extra, "read_timeout", 60.0),
    )


def web_address_of(target: Target, extra: Mapping[str, Any]) -> str:
    """Return the address of the web UI, for people."""
    return str(extra.get("web_address") or target.addresses[0]).rstrip("/")


def _addresses(connection: ConnectionLike, extra: Mapping[str, Any]) -> tuple[str, ...]:
    if not connection.host:
        raise ValueError("The connection has no host: give the JobManager's, as in jobmanager.example.com.")
    others = extra.get("addresses") or ()
    hosts = others.split(",") if isinstance(others, str) else others
    scheme = connection.schema or "http"
    if scheme not in {"http", "https"}:
        raise ValueError(f"The connection's schema must be http or https; got {scheme!r}.")
    prefix = (extra.get("path_prefix") or "").strip("/")
    first = _address(connection.host, scheme, connection.port)
    whole = [first, *(_address(host.strip(), scheme, connection.port) for host in hosts if host.strip())]
    return tuple(f"{address}/{prefix}".rstrip("/") for address in whole)


def _address(host: str, scheme: str, port: int | None) -> str:
    """Complete an address: a whole one stays, ``host:port`` gets the scheme, a mere host the port as well."""
    if "://" in host:
        return host.rstrip("/") if urlsplit(host).port or not port else f"{host.rstrip('/')}:{port}"
    has_port = ":" in host.rpartition("]")[2]
    return f"{scheme}://{host}" if has_port else f"{scheme}://{host}:{port or DEFAULT_PORT}"


def _authentication(connection: ConnectionLike, extra: Mapping[str, Any]) -> Authentication:
    if token := extra.get("token"):
        return Bearer(token)
    return Basic(connection.login, connection.password or "") if connection.login else Anonymous()


def _headers(given: Any) -> dict[str, str]:
    try:
        headers = json.loads(given) if isinstance(given, str) and given.strip() else given or {}
        return {str(name): str(value) for name, value in headers.items()}
    except (ValueError, AttributeError):
        raise ValueError("The connection's headers must be a JSON object of names and values.") from None


def _tls(extra: Mapping[str, Any]) -> Tls:
    verify = extra.get("verify")
    paths = {name: extra.get(name) or None for name in ("ca_certificate", "client_certificate", "client_key")}
    return Tls(verify=verify is None or str(verify).lower() not in {"false", "0", "no"}, **paths)


def _seconds(extra: Mapping[str, Any], name: str, default: float) -> float:
    try:
        seconds = float(extra.get(name) or default)
    except (TypeError, ValueError):
        seconds = 0.0
    if seconds <= 0:
        raise ValueError(f"The connection's {name} must be a number of seconds above 0; got {extra.get(name)!r}.")
    return seconds
