"""Where requests go, and how: addresses, TLS, time-outs, identity."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field

from airflow_provider_dli.rest.authentication import Anonymous, Authentication


@dataclass(frozen=True)
class Tls:
    """What is believed, and what is shown.

    :param verify: whether the server's certificate is checked.
    :param ca_certificate: path of a PEM file with the authorities to believe instead of the system's.
    :param client_certificate: path of the PEM certificate to show.
    :param client_key: path of its PEM key, where it is not in the same file.
    """

    verify: bool = True
    ca_certificate: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None

    @property
    def trust(self) -> bool | str:
        """What to believe, in the words of HTTP libraries: an authority's path, or whether to check at all."""
        return self.ca_certificate if self.verify and self.ca_certificate else self.verify

    @property
    def shown(self) -> str | tuple[str, str] | None:
        """What to show, in the words of HTTP libraries."""
        if self.client_certificate and self.client_key:
            return self.client_certificate, self.client_key
        return self.client_certificate

    def context(self) -> ssl.SSLContext:
        """Return the same as a context of the standard library."""
        context = ssl.create_default_context(cafile=self.ca_certificate)
        if self.client_certificate:
            context.load_cert_chain(self.client_certificate, self.client_key)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True)
class Target:
    """A server, or several that answer for the same cluster.

    :param addresses: scheme, host, port and path prefix of each; the next one is tried where one cannot be reached.
    :param authentication: who is asking.
    :param headers: headers for every request, as pairs.
    :param tls: certificates.
    :param connect_timeout: seconds to wait for a connection.
    :param read_timeout: seconds to wait for an answer.
    """

    addresses: tuple[str, ...]
    authentication: Authentication = field(default_factory=Anonymous)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    tls: Tls = field(default_factory=Tls)
    connect_timeout: float = 10.0
    read_timeout: float = 60.0


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
