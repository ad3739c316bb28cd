"""Keeping keys and tokens: fetched once for all who wait for them, and again before they end."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from copy import copy
from typing import Final, Generic, TypeVar

from airflow_provider_dli.dli.credentials.sources import Source
from airflow_provider_dli.dli.credentials.values import Proof
from airflow_provider_dli.rest.authentication import Wire
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.turn import Turn

P = TypeVar("P", bound=Proof)

#: They are fetched again this long before they end, in seconds, or in parts of their life where that is less.
LEAD: Final = 300.0
LEAD_OF_LIFE: Final = 0.2
#: Seconds until a source is asked again that did not answer, while the old ones are still good; and for which those
#: are used that have ended by our own clock when they come, for that clock may be wrong.
PAUSE: Final = 30.0


class Keeper(Generic[P]):
    """Keeps what a source gives.

    :param source: where it comes from.
    :param wall_clock: seconds since the epoch; read only when something is fetched, to know how long it lives.
    :param clock: seconds of a clock that nobody sets.
    """

    def __init__(
        self,
        source: Source[P],
        wall_clock: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._wall_clock = wall_clock
        self._clock = clock
        self._turn = Turn()
        self._held: P | None = None
        self._due = math.inf
        self._ends = math.inf
        self._fetches = 0
        self._failure: Exception | None = None

    def current(self) -> Wire[P]:
        """Return what is good now; fetch it where it is not there, or about to end.

        :raises RestError: when it could not be fetched.
        """
        held = self._held
        if held is None:
            return (yield from self.other_than(None))
        if self._clock() < self._due:
            return held
        try:
            return (yield from self.other_than(held))
        except RestError as error:
            return self._keep(held, error)

    def other_than(self, old: P | None) -> Wire[P]:
        """Return what replaces ``old``: what somebody else has fetched meanwhile, or fetch it.

        Whoever waits while a fetch fails shares that failure: a wrong password is not sent once for each.

        :param old: what is no longer good; None where there was nothing.
        :raises RestError: when it could not be fetched.
        """
        before = self._fetches
        turn = yield self._turn
        try:
            if self._held is not None and self._held is not old:
                return self._held
            if self._fetches != before and self._failure:
                raise copy(self._failure)
            return (yield from self._fetch())
        finally:
            turn.release()

    def _fetch(self) -> Wire[P]:
        self._failure = None
        try:
            self._held = held = yield from self._source.fetch()
        except Exception as error:
            self._failure = _told(error, self._source.advice)
            raise
        finally:
            self._fetches += 1
        life = math.inf if held.expires is None else held.expires - self._wall_clock()
        self._ends = self._clock() + life
        self._due = self._clock() + (life - min(LEAD, LEAD_OF_LIFE * life) if life > 0 else PAUSE)
        return held

    def _keep(self, held: P, error: RestError) -> P:
        """Go on with what is still good. A source that said no is not asked again before it ends."""
        now = self._clock()
        if now >= self._ends:
            raise error
        self._due = min(now + PAUSE, self._ends) if error.could_help else self._ends
        return held


def _told(error: Exception, advice: str) -> Exception:
    """Let a failed fetch tell what to check, and that the request which needed it was never sent."""
    if isinstance(error, RestError):
        error.unclear = False
        if "advice" not in vars(error):
            error.advice = f" {advice}"
    return error
