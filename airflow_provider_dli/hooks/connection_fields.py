"""What connections of several types have in common: how their members are read and checked."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from airflow_provider_dli.rest.redaction import described, shown, shown_name, without_user
from airflow_provider_dli.rest.target import Tls

_YES = {"", "true", "1", "yes", "on"}
_NO = {"false", "0", "no", "off"}
_FOR_PEOPLE = re.compile(r"[^\s\"'{}<>\\]*")


class ConnectionLike(Protocol):
    """The part of Airflow's connection that is read here."""

    conn_id: str | None
    conn_type: str | None
    host: str | None
    port: int | None
    schema: str | None
    login: str | None
    password: str | None


@contextmanager
def naming(connection: ConnectionLike) -> Iterator[None]:
    """Let errors say which connection cannot be used.

    :param connection: the connection.
    """
    try:
        yield
    except ValueError as error:
        raise ValueError(f"Connection {connection.conn_id!r}: {error}") from None


def check_members(extra: Mapping[str, Any], fields: Mapping[str, Any], structured: Collection[str] = ()) -> None:
    """Check that all members of an extra are known, and that those are texts that have to be.

    :param extra: the connection's extra.
    :param fields: the members that there are, as the form shows them.
    :param structured: the members that may be lists or objects as well.
    :raises ValueError: when a member is unknown, as it may be a known one, misspelled; or when it is no text.
    """
    unknown = sorted(map(str, set(extra) - set(fields)))
    if unknown:
        named = ", ".join(map(shown_name, unknown))
        raise ValueError(f"its extra has no member {named}; there are {', '.join(fields)}.")
    for name in set(extra) - set(structured):
        if fields[name]["schema"]["type"][0] == "string":
            text(extra, name)


def scheme_of(connection: ConnectionLike, default: str) -> str:
    """Return a connection's scheme. A connection that was given as the URI ``https://...`` has it as its type.

    :param connection: the connection.
    :param default: the scheme where it has none.
    :raises ValueError: when it is none, or when type and schema contradict each other.
    """
    scheme = connection.schema or _required_scheme(connection) or default
    if scheme not in {"http", "https"}:
        raise ValueError(f"its schema must be http or https; got {described(scheme)}.")
    if scheme == "http" and _required_scheme(connection):
        raise ValueError("its type is https and its schema http; leave out the schema, or give the type flink or dli.")
    return scheme


def check_encryption(connection: ConnectionLike, addresses: Iterable[str]) -> None:
    """Check that a connection that requires HTTPS has no address of plain HTTP, which would show the credentials.

    :param connection: the connection.
    :param addresses: its addresses, as they were given.
    :raises ValueError: when it has one.
    """
    requires_https = "https" in (connection.schema, _required_scheme(connection))
    plain = [shown(each) for each in addresses if each.strip().lower().startswith("http://")]
    if requires_https and plain:
        raise ValueError(f"its schema or type is https, and its address {plain[0]}. Give one scheme.")


def _required_scheme(connection: ConnectionLike) -> str | None:
    return "https" if connection.conn_type == "https" else None


def address(host: str, scheme: str, port: int | None, default_port: int | None = None) -> str:
    """Complete an address: one with a scheme lacks nothing but perhaps the connection's port, a mere host both.

    :param host: a host, or a whole address.
    :param scheme: the scheme of a mere host.
    :param port: the connection's port.
    :param default_port: the port of a mere host, where the connection has none.
    """
    given, _, rest = host.rpartition("://")
    place, slash, path = rest.partition("/")
    place = _bracketed(place.rpartition("@")[2])
    port = port or (None if given else default_port)
    if port and ":" not in place.rpartition("]")[2]:
        place = f"{place}:{port}"
    return f"{given or scheme}://{place}{slash}{path}".rstrip("/")


def web_address(extra: Mapping[str, Any]) -> str:
    """Return the address of a web UI, for people; empty where the connection names none.

    :param extra: the connection's extra.
    :raises ValueError: when it is no address.
    """
    given = without_user(text(extra, "web_address")).rstrip("/")
    if not _FOR_PEOPLE.fullmatch(given):
        raise ValueError(f"its web_address is no address; got {described(given)}.")
    return given


def tls(extra: Mapping[str, Any]) -> Tls:
    """Return what is believed, and what is shown.

    :param extra: the connection's extra.
    """
    paths = {name: text(extra, name) or None for name in ("ca_certificate", "client_certificate", "client_key")}
    return Tls(verify=_is_verified(extra), **paths)


def text(extra: Mapping[str, Any], name: str) -> str:
    """Return a member that is a text; empty where it is unset.

    :param extra: the connection's extra.
    :param name: the member.
    :raises ValueError: when it is something else; does not show it.
    """
    given = extra.get(name)
    if given is not None and not isinstance(given, str):
        raise ValueError(f"its {name} must be a text; got a {type(given).__name__}.")
    return (given or "").strip()


def _is_verified(extra: Mapping[str, Any]) -> bool:
    given = extra.get("verify")
    word = "" if given is None else str(given).strip().lower()
    if word not in _YES | _NO:
        # What is no such word may be anything, also a secret that was put into the wrong field.
        raise ValueError("its verify must be true or false; the path of a certificate belongs into ca_certificate.")
    return word in _YES


def timeouts(extra: Mapping[str, Any]) -> dict[str, float]:
    """Return a target's time-outs.

    :param extra: the connection's extra.
    :raises ValueError: when one of them is none.
    """
    return {name: seconds(extra, name, default) for name, default in (("connect_timeout", 10), ("read_timeout", 30))}


def seconds(extra: Mapping[str, Any], name: str, default: float) -> float:
    """Return a member that is a number of seconds.

    :param extra: the connection's extra.
    :param name: the member.
    :param default: what it is where it is unset.
    :raises ValueError: when it is no number above 0.
    """
    given = extra.get(name)
    try:
        number = default if given in (None, "") else float(given)
    except (TypeError, ValueError):
        number = 0.0
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"its {name} must be a number of seconds above 0; got {described(given)}.")
    return float(number)


def _bracketed(place: str) -> str:
    """Put an IPv6 address into brackets; Airflow takes them away where a connection is given as a URI."""
    return f"[{place}]" if place.count(":") > 1 and "]" not in place else place
