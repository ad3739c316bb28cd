"""Consoles that remember what was written to them."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def paper(width: int = 80) -> Console:
    """Return a console that is no terminal."""
    from rich.console import Console

    return Console(file=StringIO(), width=width, markup=False, highlight=False)


def terminal(width: int = 80, height: int = 60) -> Console:
    """Return a console that takes itself for a terminal."""
    from rich.console import Console

    return Console(file=StringIO(), force_terminal=True, width=width, height=height, color_system="standard")


def written(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()
