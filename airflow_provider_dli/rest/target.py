"""Where requests go, and how: addresses, TLS, time-outs, identity."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from airflow_provider_dli.rest.authentication import Anonymous, Authentication
from airflow_provider_dli.rest.deadline import left_until
from airflow_provider_dli.rest.reason import reason
from airflow_provider_dli.rest.redaction import described, shown_address, shown_path
from airflow_provider_dli.rest.request import Request

# The part of the time that is left which a connection may take; and the seconds for what is sent after the deadline.
_TO_CONNECT = 0.25
_LEAST = 0.2
_PATH = re.compile(r"(?=.*[./\\])[^\n-][^\n]{0,499}")
_HOST = re.compile(r"[^\s.]{1,63}(\.[^\s.]{1,63})*\.?")


@dataclass(frozen=True)
class Tls:
    """What is believed, and what is shown.

    :param verify: whether the server's certificate is checked.
    :param ca_certificate: path of a PEM file with the authorities to believe instead of the system's.
    :param client_certificate: path of the PEM certificate to show.
    :param client_key: path of its PEM key, where it is not in the same file.
    """

    verify: bool = True
    ca_certificate: str | None = field(default=None, repr=False)
    client_certificate: str | None = field(default=None, repr=False)
    client_key: str | None = field(default=None, repr=False)

    def context(self) -> ssl.SSLContext:
        """Return the same as a context of the standard library.

        :raises ValueError: when a file of it cannot be used.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca_certificate)
            if self.client_certificate:
                # With a password, a key that wants one is an error, and no question that nobody hears.
                context.load_cert_chain(self.client_certificate, self.client_key, password="")
        except OSError as error:
            given = filter(None, (self.ca_certificate, self.client_certificate, self.client_key))
            files = ", ".join(map(_file, given))
            raise ValueError(f"Cannot use the certificates in {files}: {reason(error)}.") from error
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True)
class Target:
    """A server, or several that answer for the same cluster.

    :param addresses: scheme, host, port and path prefix of each; the next one is tried where one cannot be reached.
        A login in front of the host is left out.
    :param authentication: who is asking.
    :param headers: headers for every request, as pairs.
    :param tls: certificates.
    :param connect_timeout: seconds to wait for a connection.
    :param read_timeout: seconds to wait for an answer.
    :param deadline: until when all must be answered, a moment of the monotonic clock: who is killed waits for no silent
        server; None for no deadline.
    :raises ValueError: when there is no address, or one that cannot be used.
    """

    addresses: tuple[str, ...]
    authentication: Authentication = field(default_factory=Anonymous)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    tls: Tls = field(default_factory=Tls)
    connect_timeout: float = 10.0
    # Half of the usual grace period: a look that got no answer is tried again within it.
    read_timeout: float = 30.0
    deadline: float | None = None

    def __post_init__(self) -> None:
        if not self.addresses:
            raise ValueError("There is no address to send requests to.")
        object.__setattr__(self, "addresses", tuple(map(_plain, self.addresses)))

    def timeouts(self, request: Request[Any]) -> tuple[float, float]:
        """Return the seconds to wait for a connection, and for each write and each read after that.

        Of a request with a file, the longer one of its own time-out and the target's counts.
        """
        connect, read = self.connect_timeout, request.read_timeout or self.read_timeout
        if request.files:
            read = max(read, self.read_timeout)
        if self.deadline is None:
            return connect, read
        left = max(left_until(self.deadline), _LEAST)
        return min(connect, round(left * _TO_CONNECT, 2)), min(read, round(left * (1 - _TO_CONNECT), 2))


class Rotation:
    """The addresses of a target, beginning with the one that answered last.

    :param addresses: at least one.
    """

    def __init__(self, addresses: tuple[str, ...]) -> None:
        self._addresses = addresses

    def __iter__(self) -> Iterator[str]:
        return iter(self._addresses)

    def prefer(self, address: str) -> None:
        """Begin with this one from now on."""
        others = tuple(other for other in self._addresses if other != address)
        self._addresses = (address, *others)


def _file(path: str) -> str:
    """Return the path of a file for a message; what is no path may be the key itself, or a password."""
    return shown_path(path) if _PATH.fullmatch(path) else described(path)


def _plain(address: str) -> str:
    """Return an address without a login, and without a ``/`` at its end."""
    scheme, separator, rest = address.strip().partition("://")
    host, slash, path = rest.partition("/")
    plain = "".join((scheme, separator, host.rpartition("@")[2], slash, path)).rstrip("/")
    if not _usable(plain):
        raise ValueError(f"{shown_address(address)} is no address; one looks like http://jobmanager.example.com:8081.")
    return plain


def _usable(address: str) -> bool:
    try:
        if re.search(r"\s", address):
            return False
        parts = urlsplit(address)
        whole = parts.scheme in {"http", "https"} and not (parts.query or parts.fragment) and parts.port != 0
        return whole and _HOST.fullmatch(parts.hostname or "") is not None
    except ValueError:  # a port that is none
        return False
