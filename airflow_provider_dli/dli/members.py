"""The objects in DLI's answers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from airflow_provider_dli.rest.json_text import read_json
from airflow_provider_dli.rest.members import Members


def _decoded(value: Any) -> Any:
    """Return what a text of JSON says; a text that is none stays as it is."""
    try:
        return read_json(value) if isinstance(value, str) and value.strip() else value
    except ValueError:
        return value


#: A member that DLI sends as JSON inside a text, and that a person reads as what it says.
Decoded = Annotated[Any, BeforeValidator(_decoded)]


def _listed(value: Any) -> Any:
    """Return a list that older regions send as one text, with commas."""
    return [each.strip() for each in value.split(",") if each.strip()] if isinstance(value, str) else value


#: Names as a list, or as one text with commas.
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Told(Members):
    """What most answers of DLI begin with. That ``is_success`` denies it is an error before anybody reads this.

    :param is_success: ``true``, or the same as a text, whichever operation it is.
    :param message: a sentence for people; mostly empty.
    """

    is_success: bool | str | None = None
    message: str | None = None
