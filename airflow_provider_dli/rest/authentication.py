"""Ways to say who is asking. Each is handed the request as it goes out and returns it with its proof."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from typing import Protocol

from airflow_provider_dli.rest.outgoing import Outgoing


class Authentication(Protocol):
    """A way to say who is asking."""

    def apply(self, outgoing: Outgoing) -> Outgoing:
        """Return the request with the proof added."""
        ...


@dataclass(frozen=True)
class Anonymous:
    """Nobody is asking."""

    def apply(self, outgoing: Outgoing) -> Outgoing:
        """Return the request as it is."""
        return outgoing


@dataclass(frozen=True)
class Basic:
    """A user name and a password, as a reverse proxy asks for them.

    :param login: the user name.
    :param password: the password.
    """

    login: str
    password: str = field(repr=False)

    def apply(self, outgoing: Outgoing) -> Outgoing:
        """Add the ``Authorization`` header."""
        pair = base64.b64encode(f"{self.login}:{self.password}".encode()).decode()
        return _authorized(outgoing, f"Basic {pair}")


@dataclass(frozen=True)
class Bearer:
    """A token that is sent as it is.

    :param token: the token.
    """

    token: str = field(repr=False)

    def apply(self, outgoing: Outgoing) -> Outgoing:
        """Add the ``Authorization`` header."""
        return _authorized(outgoing, f"Bearer {self.token}")


def _authorized(outgoing: Outgoing, proof: str) -> Outgoing:
    return replace(outgoing, headers={**outgoing.headers, "Authorization": proof})
