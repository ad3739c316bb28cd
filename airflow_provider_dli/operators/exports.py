"""What a package has for others, loaded when it is first asked for: a DAG file parses fast."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def loaded_when_asked_for(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package that loads its members when they are first asked for.

    :param package: the package's name.
    :param modules: its members by name, each with the module in it that has them.
    """

    def load(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        member = getattr(import_module(f"{package}.{modules[name]}"), name)
        # From now on it is found without this function.
        setattr(sys.modules[package], name, member)
        return member

    return load
