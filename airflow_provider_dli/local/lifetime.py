"""What runs on this machine for as long as a ``with`` block lasts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TypeVar

_T = TypeVar("_T", bound="Lifetime")


class Lifetime(ABC):
    """Something that is started and stopped; a ``with`` block does both."""

    @abstractmethod
    def start(self) -> None:
        """Start it."""

    @abstractmethod
    def stop(self) -> None:
        """End all of it that runs, however much that is."""

    def __enter__(self: _T) -> _T:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @contextmanager
    def _stopping_on_error(self) -> Iterator[None]:
        """While it comes up: nothing is left of what cannot."""
        try:
            yield
        except BaseException:
            self.stop()
            raise
