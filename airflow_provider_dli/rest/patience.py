"""Patience: how long a hiccup is ridden out, and how long a wait may take. Both wrap any flow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from airflow_provider_dli.rest.errors import RestError, last_seen
from airflow_provider_dli.rest.flow import Flow, Pause, Step, intercept
from airflow_provider_dli.rest.request import Request

T = TypeVar("T")
Clock = Callable[[], float]


class WaitTimedOut(Exception):
    """A wait took longer than it was given.

    :param seconds: how long was waited.
    :param seeing: what was seen last.
    """

    def __init__(self, seconds: float, seeing: str) -> None:
        super().__init__(seconds, seeing)
        self.seconds = seconds
        self.seeing = seeing

    def __str__(self) -> str:
        return f"Timed out after {self.seconds:.0f} s.{last_seen(self.seeing)}"


@dataclass(frozen=True)
class Patience:
    """How long a hiccup is no failure.

    :param grace: seconds for which one request is tried again while that is safe and could help.
    :param first: seconds before the second try; each further pause is twice as long.
    :param longest: seconds of the longest pause.
    """

    grace: float = 60.0
    first: float = 0.5
    longest: float = 10.0

    def pauses(self) -> Iterator[float]:
        """Yield the pauses between tries."""
        seconds = self.first
        while True:
            yield min(seconds, self.longest)
            seconds *= 2


def patiently(flow: Flow[T], patience: Patience, clock: Clock = time.time) -> Flow[T]:
    """Wrap a flow so that its requests are ridden out; the flow itself sees only what remained after that.

    What remains tells what the flow saw last: it is what a person needs who finds the service out of reach.

    :param flow: the flow.
    :param patience: how long, and at which pace.
    :param clock: seconds since the epoch.
    """
    seeing = ""

    def handle(step: Step) -> Flow[Any]:
        nonlocal seeing
        if isinstance(step, Request):
            return _ride_out(step, patience, clock, seeing)
        if isinstance(step, Pause):
            seeing = step.seeing
        return _hand_on(step)

    return intercept(flow, handle)


def within(flow: Flow[T], deadline: float | None, clock: Clock = time.time) -> Flow[T]:
    """Wrap a flow so that no pause of it goes beyond ``deadline``; after a last look it ends.

    :param flow: the flow.
    :param deadline: seconds since the epoch; None for no deadline.
    :param clock: seconds since the epoch.
    :raises WaitTimedOut: into the flow, when it wants to pause after the deadline.
    """
    if deadline is None:
        return flow
    started = clock()

    def handle(step: Step) -> Flow[Any]:
        return _hand_on(_cut(step, started, deadline, clock()) if isinstance(step, Pause) else step)

    return intercept(flow, handle)


def _hand_on(step: Step) -> Flow[Any]:
    return (yield step)


def _ride_out(request: Request[Any], patience: Patience, clock: Clock, seeing: str) -> Flow[Any]:
    started = clock()
    for seconds in patience.pauses():
        try:
            return (yield request)
        except RestError as error:
            error.waited = clock() - started
            error.seeing = seeing if error.could_help else ""
            wait = max(seconds, _asked_for(error, clock()))
            if not _worth_another(request, error) or error.waited + wait > patience.grace:
                raise
            yield Pause(wait, f"trying again: {error.what}", exact=True)
    raise AssertionError("pauses never end")


def _worth_another(request: Request[Any], error: RestError) -> bool:
    """Only what is safe to repeat is repeated: a request that never arrived, or one that may arrive twice."""
    return error.could_help and (request.safe or request.repeatable or not error.unclear)


def _asked_for(error: RestError, now: float) -> float:
    """Return the pause that the server asks for, in seconds; 0 where it does not, or not readably."""
    wish = error.retry_after or "0"
    try:
        return float(wish) if wish.isdigit() else _as_utc(parsedate_to_datetime(wish)).timestamp() - now
    except ValueError:
        return 0.0


def _as_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _cut(step: Pause, started: float, deadline: float, now: float) -> Pause:
    if now >= deadline:
        raise WaitTimedOut(now - started, step.seeing)
    left = deadline - now
    return step if step.seconds < left else replace(step, seconds=left, exact=True)
