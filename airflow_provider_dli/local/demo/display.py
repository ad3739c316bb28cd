"""How the demo shows what happens."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, TextIO

from airflow_provider_dli.local.demo.changes import changes
from airflow_provider_dli.local.demo.scene import Scene
from airflow_provider_dli.rest.patience import Clock


class Display(Protocol):
    """Shows what happens while it does, for as long as its ``with`` block lasts."""

    def __enter__(self) -> Display:
        """Begin to show."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave what was shown last."""
        ...

    def tell(self, sentence: str) -> None:
        """Say something that the scene does not show."""
        ...

    def show(self, scene: Scene) -> None:
        """Show what is seen now."""
        ...


class PlainDisplay:
    """Writes a line for each change, with the seconds since the start.

    :param output: where to.
    :param clock: seconds since the start.
    """

    def __init__(self, output: TextIO, clock: Clock) -> None:
        self._output = output
        self._clock = clock
        self._scene = Scene()

    def __enter__(self) -> PlainDisplay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def tell(self, sentence: str) -> None:
        """Write a line."""
        print(f"{self._clock():6.1f} s  {sentence}", file=self._output, flush=True)

    def show(self, scene: Scene) -> None:
        """Write what has changed since the last scene."""
        for change in changes(self._scene, scene):
            self.tell(change)
        self._scene = scene
