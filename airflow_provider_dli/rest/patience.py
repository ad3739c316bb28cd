"""Retry policy and deadlines of flows. Both wrap any flow, and both count by the monotonic clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from airflow_provider_dli.rest.classification import may_pass
from airflow_provider_dli.rest.errors import Forbidden, NotAuthenticated, RestError, last_seen
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
    """The retry policy of single requests.

    :param grace: seconds for which a request is repeated while that is safe and could help; the last attempt is made
        when they are over. 0 for one attempt.
    :param first: seconds before the second attempt; each further pause is twice as long.
    :param longest: seconds of the longest pause.
    """

    grace: float = 60.0
    first: float = 0.5
    longest: float = 10.0

    def pauses(self) -> Iterator[float]:
        """Yield the pauses between attempts."""
        seconds = self.first
        while True:
            yield min(seconds, self.longest)
            seconds *= 2


@dataclass
class Access:
    """Whether a connection's credentials were accepted before.

    Credentials that never were are most likely wrong. A request that is refused because of them is not repeated.

    :param granted: whether a request has succeeded with them.
    """

    granted: bool = False


def patiently(
    flow: Flow[T], patience: Patience, clock: Clock = time.monotonic, access: Access | None = None
) -> Flow[T]:
    """Wrap a flow so that its requests are repeated after transient errors; the flow gets only the error that is left.

    That error carries what the flow saw last, for the person who has to find out why the service is out of reach.

    :param flow: the flow.
    :param patience: the retry policy.
    :param clock: seconds of a clock that nobody sets.
    :param access: whether the credentials were accepted before; it is kept up to date. None where they were.
    """
    seeing = ""
    known = access or Access(granted=True)

    def handle(step: Step) -> Flow[Any]:
        nonlocal seeing
        if isinstance(step, Request):
            return _repeated(step, patience, clock, seeing, known)
        if isinstance(step, Pause):
            seeing = step.seeing
        return _hand_on(step)

    return intercept(flow, handle)


def within(flow: Flow[T], deadline: float | None, clock: Clock = time.monotonic) -> Flow[T]:
    """Wrap a flow so that no pause of it goes beyond ``deadline``; after a last look it ends.

    :param flow: the flow.
    :param deadline: seconds of the clock; None for no deadline.
    :param clock: seconds of a clock that nobody sets.
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


def _repeated(request: Request[Any], patience: Patience, clock: Clock, seeing: str, access: Access) -> Flow[Any]:
    started = clock()
    for seconds in patience.pauses():
        try:
            result = yield request
        except RestError as error:
            error.waited = clock() - started
            error.seeing = seeing if error.could_help else ""
            left = patience.grace - error.waited
            if left <= 0 or not _is_worth_repeating(request, error, access):
                raise
            # The last pause is as long as what is left, so that the service has all of the time that was promised.
            wait = min(max(seconds, _retry_after(error)), left)
            yield Pause(wait, f"trying again: {error.what}", exact=True)
        else:
            access.granted = True
            return result
    raise AssertionError("pauses never end")


def _is_worth_repeating(request: Request[Any], error: RestError, access: Access) -> bool:
    """Tell whether repeating could help, and is safe: nothing was done, or doing it twice does no harm."""
    if isinstance(error, (NotAuthenticated, Forbidden)) and not access.granted:
        return False
    if request.optional and error.answer and not may_pass(request, error.answer):
        return False
    return error.could_help and (request.safe or request.repeatable or not error.unclear)


def _retry_after(error: RestError) -> float:
    """Return the pause that the server asks for, in seconds; 0 where it does not, or not readably."""
    wish = error.retry_after or "0"
    try:
        return float(wish) if wish.isdigit() else _moment(wish) - _server_time(error)
    except ValueError:
        return 0.0


def _server_time(error: RestError) -> float:
    """Return the moment of an answer by the server's own clock, where it sends that."""
    try:
        return _moment(error.answer.headers["date"]) if error.answer else time.time()
    except (KeyError, ValueError):
        return time.time()


def _moment(date: str) -> float:
    return _as_utc(parsedate_to_datetime(date)).timestamp()


def _as_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _cut(step: Pause, started: float, deadline: float, now: float) -> Pause:
    left = deadline - now
    if left <= 0 or (step.whole and left < step.seconds):
        raise WaitTimedOut(now - started, step.seeing)
    return step if step.seconds < left else replace(step, seconds=left, exact=True)
