"""Checks of parameters: while a DAG file is parsed where a mistake can be known then, else before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from airflow_provider_dli.jobs.identity import check_id


def is_known(value: Any) -> bool:
    """Tell whether a value is known while the DAG file is parsed: no template, and no other task's result."""
    if isinstance(value, str):
        return "{{" not in value and "{%" not in value
    if isinstance(value, Mapping):
        return is_known([*value.keys(), *value.values()])
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(is_known(each) for each in value)
    return isinstance(value, (int, float, datetime, timedelta))


def check(read: Callable[[str, Any], Any], name: str, value: Any) -> None:
    """Read a templated parameter already while the DAG file is parsed, where it is given and known.

    :param read: reads it, as it will be read again when the task runs.
    :param name: the parameter.
    :param value: as it was given.
    :raises ValueError: when it cannot be read.
    """
    if value is not None and is_known(value):
        read(name, value)


def check_choice(name: str, value: Any, choices: Collection[str]) -> None:
    """Check that a value is one of some words.

    :raises ValueError: when it is not.
    """
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}; got {value!r}.")


def check_job(job_id: Any, job_name: Any, read: Callable[[str, Any], str]) -> None:
    """Check that a job is given by its id or by its name, and that an id, if known, is one.

    :param read: reads an id.
    :raises ValueError: when it is not.
    """
    given = [each for each in (job_id, job_name) if each is not None]
    if len(given) != 1:
        raise ValueError("Give job_id or job_name, and not both." if given else "Give job_id or job_name.")
    check(read, "job_id", job_id)


def job_identifier(name: str, value: Any) -> str:
    """Return an id of Flink's.

    :raises ValueError: when it is none.
    """
    return check_id(str(value), name)


def job_number(name: str, value: Any) -> str:
    """Return an id that DLI has given to a Flink job: a whole number, also as text.

    :raises ValueError: when it is none.
    """
    number = str(value).strip()
    if isinstance(value, bool) or not (number.isascii() and number.isdigit()) or not int(number):
        raise ValueError(f"{name} must be the number that DLI has given to the job, as in 2387; got {value!r}.")
    return str(int(number))


def text(name: str, value: Any) -> str:
    """Return a text, or a path as one.

    :raises ValueError: when it is empty, as where a template or another task gave nothing.
    """
    if value is None or not str(value):
        raise ValueError(f"{name} is empty: the template or task that it comes from gave nothing.")
    return str(value)


def texts(name: str, value: Any) -> list[str]:
    """Return a list of texts; one text alone is a list of one.

    :raises ValueError: when the value is neither, or one of them is empty.
    """
    return [text(name, each) for each in ([value] if isinstance(value, str) else words(name, value))]


def words(name: str, value: Any) -> list[str]:
    """Return a list of texts.

    :raises ValueError: when the value is no list; a text that looks like one is none.
    """
    if not isinstance(value, (list, tuple, set, frozenset)):
        example = f", as in {value.split()!r}" if isinstance(value, str) else ""
        raise ValueError(f"{name} must be a list{example}; got {value!r}, a {type(value).__name__}.")
    return [str(each) for each in value]


def settings(name: str, value: Any) -> dict[str, str]:
    """Return names and values.

    :raises ValueError: when the value is no mapping.
    """
    return {key: str(each) for key, each in mapping(name, value).items()}


def mapping(name: str, value: Any) -> dict[str, Any]:
    """Return names and values of any kind.

    :raises ValueError: when the value is no mapping.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be a dict of names and values; got {value!r}, a {type(value).__name__}.")
    return {str(key): each for key, each in value.items()}


def number(name: str, value: Any) -> float:
    """Return a value as a number; a timedelta in seconds.

    :raises ValueError: when it is none.
    """
    if isinstance(value, timedelta):
        return value.total_seconds()
    try:
        read = float(value)
    except (TypeError, ValueError):
        read = math.nan
    if not math.isfinite(read):
        raise ValueError(f"{name} must be a number; got {value!r}.")
    return read


def not_negative(name: str, value: Any) -> float:
    """Return a value as a number that is 0 or above.

    :raises ValueError: when it is none.
    """
    read = number(name, value)
    if read < 0:
        raise ValueError(f"{name} must not be below 0; got {value!r}.")
    return read


def positive(name: str, value: Any) -> float:
    """Return a value as a number above 0.

    :raises ValueError: when it is none.
    """
    read = number(name, value)
    if read <= 0:
        raise ValueError(f"{name} must be above 0; got {value!r}.")
    return read


def whole(name: str, value: Any) -> int:
    """Return a value as a whole number above 0.

    :raises ValueError: when it is none.
    """
    read = positive(name, value)
    if not read.is_integer():
        raise ValueError(f"{name} must be a whole number; got {value!r}.")
    return int(read)


def parallelisms(name: str, value: Any) -> int | dict[str, int]:
    """Return how many tasks are wanted: of all vertices, or of some by their names or ids.

    :raises ValueError: when the value is neither a whole number above 0, nor a mapping to such.
    """
    if not isinstance(value, Mapping):
        return whole(name, value)
    if not value:
        raise ValueError(f"{name} is empty: give a number, or a dict of vertices and numbers.")
    return {str(vertex): whole(f"{name} of {vertex!r}", number) for vertex, number in value.items()}


def moment(name: str, value: Any) -> float:
    """Return a moment in seconds since the epoch; one without a time zone is in UTC.

    :param name: the parameter.
    :param value: a datetime, a text in ISO 8601, or seconds since the epoch, also as text.
    :raises ValueError: when it is none.
    """
    import pendulum

    if isinstance(value, datetime):
        return pendulum.instance(value).timestamp()
    try:
        return number(name, value)
    except ValueError:
        return _parsed(name, value)


def _parsed(name: str, value: Any) -> float:
    import pendulum

    try:
        parsed = pendulum.parse(value, exact=True)
    except (TypeError, ValueError):
        parsed = None
    if not isinstance(parsed, datetime):
        raise ValueError(f"{name} must be a moment, as in '2026-11-21T06:00:00Z'; got {value!r}.")
    return parsed.timestamp()
