"""Ways to say who is asking. Each is handed a request as it goes out, and sends it with its proof.

A way may send requests of its own before, as for a token, and the same one again after a refusal. It does no I/O: it
yields, so one way serves both senders.
"""

from __future__ import annotations

import base64
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias, TypeVar

from airflow_provider_dli.rest.outgoing import Outgoing
from airflow_provider_dli.rest.request import Answer
from airflow_provider_dli.rest.turn import Turn

T = TypeVar("T")
# What is yielded is sent, and its answer comes back; or it is a turn to wait for, and what comes back is held then.
Wire: TypeAlias = "Generator[Outgoing | Turn, Any, T]"


def transmit(outgoing: Outgoing) -> Wire[Answer]:
    """Send a request as it is, and return the answer."""
    answer: Answer = yield outgoing
    return answer


class Authentication(Protocol):
    """A way to say who is asking."""

    def send(self, outgoing: Outgoing) -> Wire[Answer]:
        """Send the request with its proof, and return the answer."""
        ...


@dataclass(frozen=True)
class Anonymous:
    """Nobody is asking."""

    def send(self, outgoing: Outgoing) -> Wire[Answer]:
        """Send the request as it is."""
        return transmit(outgoing)


@dataclass(frozen=True)
class Basic:
    """A user name and a password, as a reverse proxy asks for them.

    :param login: the user name.
    :param password: the password.
    """

    login: str = field(repr=False)
    password: str = field(repr=False)

    def send(self, outgoing: Outgoing) -> Wire[Answer]:
        """Send the request with an ``Authorization`` header."""
        pair = base64.b64encode(f"{self.login}:{self.password}".encode()).decode()
        return transmit(_authorized(outgoing, f"Basic {pair}"))


@dataclass(frozen=True)
class Bearer:
    """A token that is sent as it is.

    :param token: the token.
    """

    token: str = field(repr=False)

    def send(self, outgoing: Outgoing) -> Wire[Answer]:
        """Send the request with an ``Authorization`` header."""
        return transmit(_authorized(outgoing, f"Bearer {self.token}"))


def _authorized(outgoing: Outgoing, proof: str) -> Outgoing:
    return replace(outgoing, headers={**outgoing.headers, "Authorization": proof})
