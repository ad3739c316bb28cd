"""Loading a hook by its name: what is slow to import waits until a task runs."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def load_hook(hook: str) -> Any:
    """Return a hook's class.

    :param hook: its module and its name.
    """
    module, _, name = hook.rpartition(".")
    return getattr(import_module(module), name)
