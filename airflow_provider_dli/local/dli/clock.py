"""A clock that can be put forward and back."""

from __future__ import annotations

from collections.abc import Callable


class ShiftedClock:
    """A clock that goes as another does, so many seconds ahead of it.

    :param clock: the other one: seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        #: How many seconds it is ahead; behind where it is negative.
        self.shift = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self._clock() + self.shift
