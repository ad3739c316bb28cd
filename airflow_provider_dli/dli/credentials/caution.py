"""Caution: what the cloud has refused to believe is not shown to it again and again, for that locks keys and users."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from airflow_provider_dli.dli.credentials.values import Proof
from airflow_provider_dli.rest.errors import NotAuthenticated
from airflow_provider_dli.rest.outgoing import Outgoing
from airflow_provider_dli.rest.request import Answer

P = TypeVar("P", bound=Proof)

#: Seconds: for so long the cloud locks a key, after five bad signatures.
REST: Final = 300.0


class Caution(Generic[P]):
    """Remembers what was refused, and for how long nothing is sent because of that.

    :param clock: seconds of a clock that nobody sets.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._refusal: tuple[P, Answer, float] | None = None
        self._stop: tuple[NotAuthenticated, float] | None = None

    def note(self, proof: P, answer: Answer) -> None:
        """Remember that the server did not accept this."""
        self._refusal = (proof, answer, self._clock() + REST)

    def refusal_of(self, proof: P) -> Answer | None:
        """Return how the server has refused this lately; None where it has not."""
        if self._refusal is None or self._refusal[0] is not proof or self._clock() >= self._refusal[2]:
            return None
        return self._refusal[1]

    def stop(self, error: NotAuthenticated) -> None:
        """Send nothing for a while: this is what the server said to the best that there is."""
        self._stop = (error, self._clock() + REST)

    def check(self, outgoing: Outgoing) -> None:
        """Let a request pass, unless the server has lately refused the best that there is.

        :param outgoing: what wants to be sent.
        :raises NotAuthenticated: when it has.
        """
        if self._stop is None or self._clock() >= self._stop[1]:
            return
        error, until = self._stop
        what = (
            f"Not sent: the connection's credentials were refused, and refusals in a row lock a key or a user; the "
            f"next try is possible in {until - self._clock():.0f} s. What was said to the last one: {error.what}"
        )
        local = NotAuthenticated(what, outgoing.request, outgoing.address, error.answer)
        local.advice = error.advice
        raise local
