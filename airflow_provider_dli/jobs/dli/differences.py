"""What differs between how a Flink job of DLI is, and how it is to be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from airflow_provider_dli.dli.endpoints.flink_job import Job as Seen
from airflow_provider_dli.jobs.dli.answers import config

# Requests say with a number what answers say with a word.
_MODES: Final[Mapping[Any, str]] = {1: "exactly_once", 2: "at_least_once"}
# Texts that may be long, or hold a secret: that they differ is said, and not how.
_NOT_SHOWN: Final = frozenset(
    {"sql_body", "entrypoint_args", "runtime_config", "flink_log_config", "operator_config", "static_estimator_config"}
)
# What answers never tell, so nobody can say whether it differs.
_NEVER_TOLD: Final = frozenset({"static_estimator"})


@dataclass(frozen=True)
class Difference:
    """A member that differs.

    :param member: its name.
    :param old: how it is.
    :param new: how it is to be.
    """

    member: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return self.member if self.member in _NOT_SHOWN else f"{self.member} {self.old!r} -> {self.new!r}"


def between(seen: Seen, wanted: Mapping[str, Any]) -> list[Difference]:
    """Return what differs, in members that are wanted in some way; what DLI chose for others is no difference.

    :param seen: the job, as its detail tells.
    :param wanted: the members as they are written into a request.
    """
    compared = ((name, _told(seen, name), value) for name, value in wanted.items() if name not in _NEVER_TOLD)
    return [Difference(*each) for each in compared if _plain(each[1]) != _plain(_as_told(each[0], each[2]))]


def _told(seen: Seen, member: str) -> Any:
    """Return a member from where DLI tells it: some stand at the job, some among its settings, some at either."""
    settings = config(seen)
    told = [getattr(each, member, None) for each in (settings, seen)]
    return next((value for value in told if value is not None), None)


def _as_told(member: str, value: Any) -> Any:
    return _MODES.get(value, value) if member == "checkpoint_mode" else value


def _plain(value: Any) -> Any:
    """Return a value in a form in which it can be compared, whether it came as JSON or as a text of JSON."""
    if hasattr(value, "model_dump"):
        value = value.model_dump(exclude_none=True)
    if isinstance(value, str):
        value = _parsed(value)
    return json.loads(json.dumps(value, sort_keys=True, default=list)) if value not in ("", None) else None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text[:1] in ("{", "[") else text
    except ValueError:
        return text
