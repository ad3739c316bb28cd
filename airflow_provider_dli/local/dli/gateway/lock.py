"""The lock on an access key that signs wrongly again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

#: So many wrong signatures in a row lock a key ...
_ATTEMPTS: Final = 5
#: ... for so many seconds.
_SECONDS: Final = 300


class KeyLocks:
    """Counts the wrong signatures of each access key. A restart forgets them.

    :param clock: seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong: dict[str, int] = {}
        self._until: dict[str, float] = {}

    def is_locked(self, access: str) -> bool:
        """Tell whether a key is locked now."""
        return self._clock() < self._until.get(access, 0)

    def wrong(self, access: str) -> None:
        """Take note of a wrong signature."""
        with self._lock:
            self._wrong[access] = self._wrong.get(access, 0) + 1
            if self._wrong[access] >= _ATTEMPTS:
                self._until[access] = self._clock() + _SECONDS
                del self._wrong[access]

    def good(self, access: str) -> None:
        """Take note of a good signature: the wrong ones before it no longer count."""
        with self._lock:
            self._wrong.pop(access, None)
