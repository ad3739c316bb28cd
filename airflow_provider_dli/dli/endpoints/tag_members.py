"""Tags in requests and in answers: a person writes ``{"team": "payments"}``, DLI wants lists of keys and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_dli.rest.members import Members


class Tag(Members):
    """A tag.

    :param key: its key, 1 to 128 characters.
    :param value: its value, 1 to 255 characters.
    """

    key: str | None = None
    value: str | None = None


class TagWithValues(Members):
    """A key of tags.

    :param key: the key, 1 to 128 characters.
    :param values: the values that tags of this key have.
    """

    key: str | None = None
    values: tuple[str, ...] | None = None


def pairs(tags: Mapping[str, str] | None) -> list[dict[str, str]] | None:
    """Return tags as a body's list of ``key`` and ``value``."""
    return None if tags is None else [{"key": key, "value": value} for key, value in tags.items()]


def choices(tags: Mapping[str, Sequence[str]] | None) -> list[dict[str, Any]] | None:
    """Return the values that tags may have as a body's list of ``key`` and ``values``."""
    return None if tags is None else [{"key": key, "values": list(values)} for key, values in tags.items()]


def tag_filter(tags: Mapping[str, str] | None) -> str | None:
    """Return tags as a list's query takes them: ``key=value,key=value``."""
    return None if tags is None else ",".join(f"{key}={value}" for key, value in tags.items())
