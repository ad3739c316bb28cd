"""Reads what callers of IAM send, whatever they send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_provider_dli.local.dli.refusals import Refusal


def member(body: Any, *path: str) -> Any:
    """Return what stands at a path of member names; None where nothing does."""
    for name in path:
        if not isinstance(body, dict):
            return None
        body = body.get(name)
    return body


def text(body: Any, *path: str) -> str | None:
    """Return the text at a path; None where there is none."""
    found = member(body, *path)
    return found if isinstance(found, str) else None


def seconds(told: Any, default: int, most: int, refuse: Callable[[str], Refusal]) -> int:
    """Return for how many seconds a temporary key is asked for.

    :param told: what the body says; None where it says nothing.
    :param default: what holds then.
    :param most: the most that may be asked for; the least is 900.
    :param refuse: makes the refusal of anything else.
    """
    if told is None:
        return default
    if isinstance(told, bool) or not str(told).isdecimal() or not 900 <= int(told) <= most:
        raise refuse(f"duration_seconds must be a number from 900 to {most}, not {told!r}.")
    return int(told)
