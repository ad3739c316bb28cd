"""Deadlines inside a process, and across processes.

A deadline is a moment of the monotonic clock, in seconds: the wall clock may be set at any time, by hours. That clock
begins anew with each machine, so what crosses to another process is a moment of the wall clock.
"""

from __future__ import annotations

import time


def after(seconds: float) -> float:
    """Return the deadline that is so many seconds away.

    :param seconds: 0 or more.
    """
    return time.monotonic() + seconds


def left_until(deadline: float) -> float:
    """Return the seconds that are left until a deadline; below 0 once it has passed.

    :param deadline: the deadline.
    """
    return deadline - time.monotonic()


def to_epoch(deadline: float | None) -> float | None:
    """Return a deadline as seconds since the epoch, for another process.

    :param deadline: the deadline; None for none.
    """
    return None if deadline is None else time.time() + left_until(deadline)


def from_epoch(moment: float | None) -> float | None:
    """Return a moment of the wall clock as a deadline in this process. Call this once, before the wait begins.

    :param moment: seconds since the epoch; None for no deadline.
    """
    return None if moment is None else after(moment - time.time())
