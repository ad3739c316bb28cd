"""How values are written into the bodies of requests about jobs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

CheckpointMode: TypeAlias = Literal[1, 2, "exactly_once", "at_least_once"]
Json: TypeAlias = Mapping[str, Any] | Sequence[Any] | str
Ids: TypeAlias = int | str | Iterable[int | str]

# Requests want numbers, answers tell names.
_MODES: Final[Mapping[Any, int]] = {1: 1, 2: 2, "1": 1, "2": 2, "exactly_once": 1, "at_least_once": 2}


def number(identifier: int | str) -> int:
    """Return the id of a Flink job, or of a template, as the number that a body wants.

    :raises ValueError: when it is none.
    """
    try:
        return int(identifier)
    except ValueError:
        raise ValueError(f"{identifier!r} is no id: those of Flink jobs are whole numbers, as in 131390.") from None


def numbers(identifiers: Ids) -> list[int]:
    """Return the ids of Flink jobs, of which there may be one alone, as the numbers that a body wants.

    :raises ValueError: when there is none, or one that is no number.
    """
    found = [number(each) for each in ([identifiers] if isinstance(identifiers, (int, str)) else identifiers)]
    if not found:
        raise ValueError("There is no id of a job.")
    return found


def checkpoint_mode(mode: CheckpointMode | None) -> int | None:
    """Return how exact checkpoints are, as the number that a body wants.

    :raises ValueError: when there is no such mode.
    """
    if mode is not None and mode not in _MODES:
        raise ValueError(f"checkpoint_mode is 1 or exactly_once, 2 or at_least_once, and not {mode!r}.")
    return None if mode is None else _MODES[mode]


def json_text(value: Json | None) -> str | None:
    """Return as a text of JSON what DLI wants in that way; a text stays as it is."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


def options_text(options: Json | None) -> str | None:
    """Return options, which a person writes as ``{"a.b": "c"}``, as the text of ``key`` and ``value`` that DLI wants.

    Flink's options are texts: a number is written as Flink would read it, and so is ``true``.
    """
    if not isinstance(options, Mapping):
        return json_text(options)
    return json.dumps([{"key": key, "value": _option(value)} for key, value in options.items()])


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of an object within a body without those that are None."""
    return {name: value for name, value in members.items() if value is not None}


def _option(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
