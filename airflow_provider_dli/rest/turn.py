"""Taking turns: a part of an exchange that only one may be in at a time, whichever sender it goes through."""

from __future__ import annotations

import asyncio
import threading
from typing import Protocol


class Held(Protocol):
    """A turn that was taken."""

    def release(self) -> None:
        """Let the next one in."""
        ...


class Turn:
    """What an exchange yields to be alone; it gets a :class:`Held` back, which it must release.

    A kill runs in the very thread that it interrupts, maybe in the middle of a turn: there it is let in as well, for
    waiting would be for ever.
    """

    def __init__(self) -> None:
        self._threads = threading.RLock()
        self._tasks = asyncio.Lock()

    def take(self) -> Held:
        """Wait, in a thread, until it is free."""
        self._threads.acquire()
        return self._threads

    async def take_async(self) -> Held:
        """Wait, on an event loop, until it is free."""
        await self._tasks.acquire()
        return self._tasks
