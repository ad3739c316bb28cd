"""Differences between a Flink job of DLI and its definition."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from airflow_provider_dli.dli.endpoints.flink_job import Job as Seen
from airflow_provider_dli.jobs.dli.answers import config
from airflow_provider_dli.rest.members import Members

# Requests say with a number what most answers say with a word.
_MODES: Final[Mapping[Any, str]] = {1: "exactly_once", "1": "exactly_once", 2: "at_least_once", "2": "at_least_once"}
# Texts that may be long, or hold a secret: that they differ is said, and not how.
_NOT_SHOWN: Final = frozenset({"sql_body", "entrypoint_args", "runtime_config", "flink_log_config"})


@dataclass(frozen=True)
class Difference:
    """A member that differs.

    :param member: its name.
    :param old: how it is.
    :param new: how it is to be.
    :param is_shown: whether the response has the member at all. Unset members are null, and some regions lack some.
    """

    member: str
    old: Any
    new: Any
    is_shown: bool = True

    def __str__(self) -> str:
        if not self.is_shown:
            return f"{self.member} (DLI does not show it)"
        return self.member if self.member in _NOT_SHOWN else f"{self.member} {self.old!r} -> {self.new!r}"


def between(seen: Seen, wanted: Mapping[str, Any]) -> list[Difference]:
    """Return the differences in members that are wanted in some way; what DLI chose for others is no difference.

    :param seen: the job, as its detail shows it.
    :param wanted: the members as they are written into a request.
    """
    compared = (
        Difference(name, _told(seen, name), value, is_shown=_is_shown(seen, name)) for name, value in wanted.items()
    )
    return [one for one in compared if not _is_as_wanted(one)]


def _is_shown(seen: Seen, member: str) -> bool:
    return any(member in each.model_fields_set for each in (config(seen), seen))


def _told(seen: Seen, member: str) -> Any:
    """Return a member from where DLI tells it: some stand at the job, some among its settings, some at either."""
    told = [getattr(each, member, None) for each in (config(seen), seen)]
    value = next((value for value in told if value is not None), None)
    return value.model_dump(exclude_none=True) if isinstance(value, Members) else value


def _is_as_wanted(one: Difference) -> bool:
    old, new = _comparable(one.member, one.old), _comparable(one.member, one.new)
    if one.member == "resource_config":
        old = _asked_for(old, new)
    # All that can be switched on is off before, and may be told as null.
    return bool(old == new or (old is None and new == "false"))


def _asked_for(old: Any, new: Any) -> Any:
    """Return of an object only those members that another has: the rest was chosen by DLI."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return old
    return {name: _asked_for(value, new[name]) for name, value in old.items() if name in new}


def _comparable(member: str, value: Any) -> Any:
    if member == "queue_name":
        # DLI keeps it in small letters.
        return _plain(str(value).lower() if value else None)
    return _plain(_MODES.get(value, value) if member == "checkpoint_mode" else value)


def _plain(value: Any) -> Any:
    """Return a value in a form in which it can be compared: it may come as JSON, as a text of JSON, or as a text."""
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, (list, tuple)):
        value = _options(value)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()} or None
    if isinstance(value, list):
        return [_plain(each) for each in value] or None
    return None if value in ("", None) else _text(value)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text[:1] in ("{", "[") else text
    except ValueError:
        return text


def _options(values: Sequence[Any]) -> Mapping[str, Any] | list[Any]:
    """Return options that come as a list of keys and values as an object, which is how a person writes them."""
    if values and all(isinstance(each, Mapping) and each.keys() == {"key", "value"} for each in values):
        return {each["key"]: each["value"] for each in values}
    return list(values)


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
