"""Checks of parameters, made while a DAG file is parsed: as early as a mistake can be known."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from airflow_provider_dli.jobs.identity import check_id


def is_known(value: Any) -> bool:
    """Tell whether a value is known while the DAG file is parsed: no template, and no other task's result."""
    if isinstance(value, str):
        return "{{" not in value and "{%" not in value
    return isinstance(value, (int, float, timedelta, list, tuple, dict))


def check_choice(name: str, value: Any, choices: Collection[str]) -> None:
    """Check that a value is one of some words.

    :raises ValueError: when it is not.
    """
    if is_known(value) and value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}; got {value!r}.")


def check_positive(name: str, value: Any) -> None:
    """Check that a value, if given and known, is a number above 0.

    :raises ValueError: when it is not.
    """
    if value is not None and is_known(value) and not number(name, value) > 0:
        raise ValueError(f"{name} must be above 0; got {value!r}.")


def check_job(job_id: Any, job_name: Any) -> None:
    """Check that a job is given by its id or by its name, and that an id, if known, is one.

    :raises ValueError: when it is not.
    """
    check_one_of(job_id=job_id, job_name=job_name)
    if isinstance(job_id, str) and is_known(job_id):
        check_id(job_id)


def check_one_of(**given: Any) -> None:
    """Check that exactly one of some parameters is given.

    :raises ValueError: when none is, or more than one.
    """
    names = [name for name, value in given.items() if value is not None]
    if len(names) != 1:
        raise ValueError(f"Give one of {' and '.join(given)}, and not {'both' if names else 'neither'}.")


def check_list(name: str, value: Any) -> None:
    """Check that a value is a list, and not a text that looks like one.

    :raises ValueError: when it is a text.
    """
    if isinstance(value, str) and is_known(value):
        raise ValueError(f"{name} must be a list, as in ['--rate', '10']; got the text {value!r}.")


def number(name: str, value: Any) -> float:
    """Return a value as a number.

    :raises ValueError: when it is none.
    """
    if isinstance(value, timedelta):
        return value.total_seconds()
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number; got {value!r}.") from None
