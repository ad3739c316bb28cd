"""Checks of settings that users give by name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from inspect import signature
from typing import Any, Final

from airflow_provider_dli.rest.endpoint import Endpoint
from airflow_provider_dli.rest.redaction import shown_name

#: Arguments of those operations that an operator gives by itself.
_OF_OPERATORS: Final[Mapping[str, str]] = {"name": "job_name", "tags": "tags"}


def check_settings(create: Endpoint[..., Any], settings: Mapping[str, Any]) -> None:
    """Check that an operation knows all of some settings.

    :param create: the operation that they are for.
    :param settings: the settings, by the names of its arguments.
    :raises ValueError: when it does not know one; names those that are spelled like it. Also when an operator has a
        parameter of its own for one.
    """
    known = list(signature(create).parameters)
    for name in settings:
        if name in _OF_OPERATORS:
            raise ValueError(f"settings has {name!r}: give the operator's parameter {_OF_OPERATORS[name]} instead.")
        if name not in known:
            close = get_close_matches(name, known, n=3)
            hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}."
            raise ValueError(f"settings has {shown_name(str(name))}, which DLI does not know: {hint}")
