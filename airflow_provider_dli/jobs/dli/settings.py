"""Settings that a person gives by name, checked before they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from inspect import signature
from typing import Any

from airflow_provider_dli.rest.endpoint import Endpoint
from airflow_provider_dli.rest.redaction import shown_name


def check_settings(create: Endpoint[..., Any], settings: Mapping[str, Any]) -> None:
    """Check that an operation knows all of some settings.

    :param create: the operation that they are for.
    :param settings: the settings, by the names of its arguments.
    :raises ValueError: when it does not know one; names those that are spelled like it.
    """
    known = list(signature(create).parameters)
    for name in settings:
        if name not in known:
            close = get_close_matches(name, known, n=3)
            told = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}."
            raise ValueError(f"settings has {shown_name(str(name))}, which DLI does not know: {told}")
