"""The demo on a terminal: one picture that changes."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from airflow_provider_dli.local.demo.picture import picture
from airflow_provider_dli.local.demo.scene import Scene
from airflow_provider_dli.rest.patience import Clock

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


class TerminalDisplay:
    """Draws all that is seen, again and again at the same place.

    :param console: where.
    :param clock: seconds since the start.
    """

    def __init__(self, console: Console, clock: Clock) -> None:
        from rich.live import Live

        self._height: int | None = console.height
        self._clock = clock
        self._told: list[str] = []
        self._scene = Scene()
        self._live = Live(get_renderable=self._picture, console=console, refresh_per_second=8)

    def __enter__(self) -> TerminalDisplay:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What stays on the screen may be longer than it.
        self._height = None
        self._live.stop()

    def tell(self, sentence: str) -> None:
        """Add a line above the picture."""
        self._told.append(sentence)
        self._live.refresh()

    def show(self, scene: Scene) -> None:
        """Draw this from now on."""
        self._scene = scene
        self._live.refresh()

    def _picture(self) -> RenderableType:
        return picture(self._scene, self._told, self._clock(), self._height)
