"""Conversion and checks of parameters: while a DAG file is parsed where a value is known then, else when a task runs.

Each templated parameter has one reader, a function of its name and its value. Readers take what Jinja renders to texts,
what it renders natively, and the results of other tasks. Their error messages contain no lists and dicts, as these may
have secrets in them.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from airflow_provider_dli.jobs.identity import check_id

Reader: TypeAlias = "Callable[[str, Any], Any]"
R = TypeVar("R", bound=Reader)

#: How templates begin, unless the DAG has delimiters of its own.
OPENINGS = ("{{", "{%", "{#")
_SCALARS = (int, float, date, timedelta, os.PathLike)
# The years 2000 to 2100, in seconds since the epoch: a number outside of them is no moment in seconds.
_PLAUSIBLE = (946_684_800.0, 4_102_444_800.0)
# A number of other lengths is no date, although some are in ISO 8601: 2026 is a year.
_DATE_DIGITS = 8
# The connection in the text of an ObjectStoragePath, as in s3://aws_default@bucket/key.
_CONN_ID = re.compile("://[^/@]*@")
_ABSOLUTE = re.compile(r"/|[A-Za-z][A-Za-z0-9+.-]*:")


# Readers of values that have parts, and the readers made from them.
_structured: set[Reader] = set()


def structured(read: R) -> R:
    """Declare that a reader is for lists or dicts, so that a natively rendered text may become one.

    :param read: the reader.
    """
    _structured.add(read)
    return read


def is_structured(read: Reader) -> bool:
    """Return whether a reader is for lists or dicts.

    :param read: the reader.
    """
    return read in _structured


def is_known(value: Any, openings: Sequence[str] = OPENINGS) -> bool:
    """Return whether a value is known while the DAG file is parsed: no template, and no result of another task.

    :param value: the value.
    :param openings: how templates begin.
    """
    if isinstance(value, str):
        return not any(opening in value for opening in openings)
    if isinstance(value, Mapping):
        return is_known([*value.keys(), *value.values()], openings)
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(is_known(each, openings) for each in value)
    return value is None or isinstance(value, _SCALARS)


def check(read: Reader, name: str, value: Any, openings: Sequence[str] = OPENINGS) -> None:
    """Read a templated parameter already while the DAG file is parsed, where it is given and known.

    :param read: its reader.
    :param name: the parameter.
    :param value: as it was given.
    :param openings: how templates begin.
    :raises ValueError: when it cannot be read.
    """
    if value is not None and is_known(value, openings):
        read(name, value)


def check_choice(name: str, value: Any, choices: Collection[str]) -> None:
    """Check that a value is one of some words.

    :raises ValueError: when it is not.
    """
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}; got {value!r:.80}.")


def check_one_job(job_id: Any, job_name: Any) -> None:
    """Check that a job is given by its id or by its name.

    :raises ValueError: when it is given by both, or by neither.
    """
    given = [each for each in (job_id, job_name) if each is not None]
    if len(given) != 1:
        raise ValueError("Give job_id or job_name, and not both." if given else "Give job_id or job_name.")


def optional(read: Reader) -> Reader:
    """Return a reader for a parameter that may be left out: None and an empty text are None.

    The text ``None`` is an error. It comes from a template that gave nothing, and is a valid path or name as well.

    :param read: reads everything else.
    """

    def read_if_given(name: str, value: Any) -> Any:
        return None if _is_nothing(value) else read(name, value)

    return structured(read_if_given) if is_structured(read) else read_if_given


def choice_of(choices: Collection[str]) -> Reader:
    """Return a reader for a word that is one of some.

    :param choices: all of them.
    """

    def read(name: str, value: Any) -> str:
        word = text(name, value)
        check_choice(name, word, choices)
        return word

    return read


def choices_of(choices: Collection[str]) -> Reader:
    """Return a reader for a list of words, each one of some.

    :param choices: all of them.
    """

    def read(name: str, value: Any) -> list[str]:
        chosen = words(name, value)
        for word in chosen:
            check_choice(name, word, choices)
        return chosen

    return structured(read)


def job_identifier(name: str, value: Any) -> str:
    """Return an id of Flink's.

    :raises ValueError: when it is none.
    """
    return check_id(text(name, value), name)


def job_number(name: str, value: Any) -> str:
    """Return an id that DLI has given to a Flink job: a whole number, also as text.

    :raises ValueError: when it is none.
    """
    _require_something(name, value)
    number = str(value).strip()
    if isinstance(value, bool) or not (number.isascii() and number.isdigit()) or not int(number):
        raise ValueError(f"{name} must be the number that DLI has given to the job, as in 2387; got {value!r:.80}.")
    return str(int(number))


def text(name: str, value: Any) -> str:
    """Return a text; a number, a date or a path as one.

    :raises ValueError: when it is empty, as where a template or another task gave nothing, or no single value.
    """
    _require_something(name, value)
    if isinstance(value, (bool, bytes, Mapping, list, tuple, set, frozenset)):
        raise ValueError(f"{name} must be a text; got a {type(value).__name__}.")
    return str(value)


def location(name: str, value: Any) -> str:
    """Return a path as the cluster opens it: that of an ``ObjectStoragePath`` without Airflow's connection.

    :raises ValueError: when it is empty, or no path.
    """
    path = text(name, value)
    return _CONN_ID.sub("://", path, count=1) if _is_object_path(value) else path


def directory(name: str, value: Any) -> str:
    """Return a directory as the cluster opens it.

    :raises ValueError: when it is empty, or relative: that would be below the working directory of the JobManager.
    """
    path = location(name, value)
    if not _ABSOLUTE.match(path):
        raise ValueError(
            f"{name} must be an absolute path or a URI, as in 's3://bucket/savepoints'; got {path!r}, which would be "
            "below the working directory of the JobManager."
        )
    return path


def path_in_obs(name: str, value: Any) -> str:
    """Return a path in OBS as DLI opens it, ``bucket/key``; a text as it is.

    :raises ValueError: when it is empty, or no path.
    """
    path = location(name, value)
    return path.rpartition("://")[2] if _is_object_path(value) else path


def file_in_obs(name: str, value: Any) -> str:
    """Return a file in OBS as DLI opens it, ``obs://bucket/key``; a text as it is.

    :raises ValueError: when it is empty, or no path.
    """
    path = path_in_obs(name, value)
    return f"obs://{path}" if _is_object_path(value) else path


def texts(name: str, value: Any) -> list[str]:
    """Return a list of texts; one text alone is a list of one.

    :raises ValueError: when the value is neither, or one of them is empty.
    """
    return [text(name, each) for each in ([value] if isinstance(value, str) else _items(name, value))]


@structured
def words(name: str, value: Any) -> list[str]:
    """Return a list of texts; None is an empty one. Lists and dicts in it become JSON.

    :raises ValueError: when the value is no list, or when something in it is None; a text that looks like one is none.
    """
    items = [] if _is_nothing(value) else _items(name, value)
    return [_element(f"{name}[{number}]", each) for number, each in enumerate(items)]


@structured
def settings(name: str, value: Any) -> dict[str, str]:
    """Return names and values, all as texts; None has none. Lists and dicts in it become JSON.

    :raises ValueError: when the value is no mapping, or when a value in it is None.
    """
    return {str(key): _element(f"{name}[{str(key)!r}]", each) for key, each in _members(name, value).items()}


@structured
def mapping(name: str, value: Any) -> dict[str, Any]:
    """Return names and values of any kind, as JSON has them; None has none.

    :raises ValueError: when the value is no mapping, or when a value in it is None.
    """
    return {str(key): _plain(f"{name}[{str(key)!r}]", each) for key, each in _members(name, value).items()}


@structured
def mappings(name: str, value: Any) -> list[dict[str, Any]]:
    """Return a list of names and values of any kind.

    :raises ValueError: when the value is no list of mappings, or empty.
    """
    read = [mapping(f"{name}[{number}]", each) for number, each in enumerate(_items(name, value))]
    if not read:
        raise ValueError(f"{name} is empty: the template or task that it comes from gave nothing.")
    return read


def number(name: str, value: Any) -> float:
    """Return a value as a number; a timedelta in seconds.

    :raises ValueError: when it is none.
    """
    if isinstance(value, timedelta):
        return value.total_seconds()
    try:
        read = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        read = math.nan
    if not math.isfinite(read):
        raise ValueError(f"{name} must be a number; got {value!r:.80}.")
    return read


def not_negative(name: str, value: Any) -> float:
    """Return a value as a number that is 0 or above.

    :raises ValueError: when it is none.
    """
    read = number(name, value)
    if read < 0:
        raise ValueError(f"{name} must not be below 0; got {value!r:.80}.")
    return read


def positive(name: str, value: Any) -> float:
    """Return a value as a number above 0.

    :raises ValueError: when it is none.
    """
    read = number(name, value)
    if read <= 0:
        raise ValueError(f"{name} must be above 0; got {value!r:.80}.")
    return read


def whole(name: str, value: Any) -> int:
    """Return a value as a whole number above 0.

    :raises ValueError: when it is none.
    """
    read = positive(name, value)
    if not read.is_integer():
        raise ValueError(f"{name} must be a whole number; got {value!r:.80}.")
    return int(read)


@structured
def parallelisms(name: str, value: Any) -> int | dict[str, int]:
    """Return how many tasks are requested: of all vertices, or of some by their names or ids.

    :raises ValueError: when the value is neither a whole number above 0, nor a mapping to such.
    """
    if not isinstance(value, Mapping):
        return whole(name, value)
    if not value:
        raise ValueError(f"{name} is empty: give a number, or a dict of vertices and numbers.")
    return {str(vertex): whole(f"{name} of {vertex!r}", number) for vertex, number in value.items()}


def moment(name: str, value: Any) -> float:
    """Return a moment in seconds since the epoch; one without a time zone is in UTC, a date is its midnight.

    :param name: the parameter.
    :param value: a datetime or date, a text in ISO 8601 (also without separators, as in ``20261121``), or seconds or
        milliseconds since the epoch (0, or of the years 2000 to 2100), also as text.
    :raises ValueError: when it is none.
    """
    import pendulum

    _require_something(name, value)
    if isinstance(value, datetime):
        return pendulum.instance(value).timestamp()
    if isinstance(value, date):
        return pendulum.datetime(value.year, value.month, value.day).timestamp()
    if isinstance(value, timedelta):
        raise ValueError(f"{name} must be a moment, and not a duration: use max_age for one; got {value!r:.80}.")
    since_epoch = _since_epoch(value)
    return _parsed(name, value) if since_epoch is None else since_epoch


def _since_epoch(value: Any) -> float | None:
    """Return a number as a moment; None where it is none, or of no plausible year."""
    try:
        seconds = number("", value)
    except ValueError:
        return None
    if seconds == 0:
        return 0.0
    first, last = _PLAUSIBLE
    return next((each for each in (seconds, seconds / 1000) if first <= each <= last), None)


def _parsed(name: str, value: Any) -> float:
    import pendulum

    given = str(value).strip()
    try:
        parsed = None if given.isdigit() and len(given) != _DATE_DIGITS else pendulum.parse(given, exact=True)
    except ValueError:
        parsed = None
    if isinstance(parsed, datetime):
        return parsed.timestamp()
    if isinstance(parsed, date):
        return moment(name, parsed)
    raise ValueError(f"{name} must be a moment, as in '2026-11-21T06:00:00Z'; got {value!r:.80}.")


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _require_something(name: str, value: Any) -> None:
    """Check that a template or another task gave something.

    :raises ValueError: when it gave nothing; Jinja renders that to the text ``None`` as well.
    """
    if _is_nothing(value):
        raise ValueError(f"{name} is empty: the template or task that it comes from gave nothing.")
    if value == "None":
        raise ValueError(
            f"{name} is the text 'None': the template that it comes from gave nothing.\n"
            "To leave the parameter out then, write {{ ... or '' }}."
        )


def _items(name: str, value: Any) -> Collection[Any]:
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise ValueError(f"{name} must be a list, as in ['--rate', '10']; got a {type(value).__name__}.{_hint(value)}")
    return value


def _members(name: str, value: Any) -> Mapping[Any, Any]:
    if _is_nothing(value):
        return {}
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be a dict of names and values; got a {type(value).__name__}.{_hint(value)}")
    return value


def _hint(value: Any) -> str:
    """Return how a template can give more than a text."""
    if not isinstance(value, str):
        return ""
    return (
        "\nA template gives a text, unless the DAG has render_template_as_native_obj=True; the output of another task "
        "keeps its type."
    )


def _element(name: str, value: Any) -> str:
    """Return an element of a list or dict as a text."""
    if isinstance(value, (Mapping, list, tuple, set, frozenset)):
        return json.dumps(_plain(name, value), ensure_ascii=False)
    plain = _plain(name, value)
    return plain if isinstance(plain, str) else str(value)


def _plain(name: str, value: Any) -> Any:
    """Return a value as JSON has it."""
    if value is None:
        raise ValueError(f"{name} is None: the template or task that it comes from gave nothing.")
    if isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return mapping(name, value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(f"{name}[{number}]", each) for number, each in enumerate(value)]
    return location(name, value)


def _is_object_path(value: Any) -> bool:
    """Return whether a value is a path in an object store."""
    return hasattr(value, "storage_options")
