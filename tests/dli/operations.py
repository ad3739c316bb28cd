"""The table of DLI's operations: what each takes and what it answers, and answers made of that.

In ``operations.json`` a member is written as ``"name": kind``, one that there must be as ``"name!": kind``. A kind is
``string``, ``integer``, ``number``, ``boolean``, ``map`` (an object with any names), ``map of string`` (one with texts
alone), ``object`` (anything), a list with the kind of its items, or an object with members of its own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

from airflow_provider_dli.rest.request import Answer

Kind = Any
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "map": (dict,),
    "map of string": (dict,),
    "map of integer": (dict,),
    "object": (object,),
}


@dataclass(frozen=True)
class Operation:
    """A row of the table.

    :param group: the chapter of the API that it stands in.
    :param operation: method and path, as in ``GET /v1.0/{project_id}/queues/{queue_name}``.
    :param success: the status of its success.
    :param query: what its query takes.
    :param body: what its body takes; None where it has none.
    :param answer: what it answers; None where that is empty.
    """

    group: str
    operation: str
    success: int
    query: Mapping[str, Kind] = field(default_factory=dict)
    body: Mapping[str, Kind] | None = None
    answer: Kind = None

    def __str__(self) -> str:
        return self.operation


OPERATIONS: Final = [Operation(**row) for row in json.loads(Path(__file__).with_name("operations.json").read_text())]


def plain(name: str) -> str:
    """Return the name of a member as it is sent."""
    return name.rstrip("!")


def strangers(sent: Any, kind: Kind, place: str = "") -> Iterator[str]:
    """Yield what is sent and not in the table, or of another kind than there."""
    if isinstance(kind, str):
        if not isinstance(sent, _KINDS[kind]) or (isinstance(sent, bool) and kind in {"integer", "number"}):
            yield f"{place}: {sent!r} is no {kind}"
    elif isinstance(kind, list):
        if not isinstance(sent, list):
            yield f"{place}: {sent!r} is no list"
        else:
            for item in sent:
                yield from strangers(item, kind[0], f"{place}[]")
    elif not isinstance(sent, dict):
        yield f"{place}: {sent!r} is no object"
    else:
        yield from _strangers_in(sent, {plain(name): kind for name, kind in kind.items()}, place)


def _strangers_in(sent: Mapping[str, Any], members: Mapping[str, Kind], place: str) -> Iterator[str]:
    for name, value in sent.items():
        if name in members:
            yield from strangers(value, members[name], f"{place}.{name}")
        else:
            yield f"{place}.{name} is unknown"


def missing(sent: Any, kind: Kind, *, all_of_them: bool, place: str = "") -> Iterator[str]:
    """Yield the members of the table that are not sent: those that must be, or all of them."""
    if isinstance(kind, list):
        for item in sent:
            yield from missing(item, kind[0], all_of_them=all_of_them, place=place)
    elif isinstance(kind, dict):
        for name, inner in kind.items():
            here = f"{place}.{plain(name)}".lstrip(".")
            if plain(name) in sent:
                yield from missing(sent[plain(name)], inner, all_of_them=all_of_them, place=here)
            elif all_of_them or name.endswith("!"):
                yield here


class Samples:
    """Makes answers, no two values of which are the same.

    :param essential: the members, as in ``job.job_id``, that an answer has in any case.
    """

    def __init__(self, essential: Collection[str] = ()) -> None:
        self._essential = essential
        self._numbers = count(1)

    def whole(self, kind: Kind, name: str = "") -> Any:
        """Return what has all members."""
        if isinstance(kind, dict):
            return {plain(name): self.whole(inner, plain(name)) for name, inner in kind.items()}
        if isinstance(kind, list):
            return [self.whole(kind[0]) for _ in range(2)]
        return self._value(kind, name)

    def least(self, kind: Kind, *, others: bool = False, place: str = "") -> Any:
        """Return what has the members that there must be.

        :param others: whether the others are there as well, as null.
        """
        if isinstance(kind, list):
            return [self.least(kind[0], others=others, place=place)]
        if not isinstance(kind, dict):
            return self._value(kind, place)
        made = {}
        for name, inner in kind.items():
            here = f"{place}.{plain(name)}".lstrip(".")
            if name.endswith("!") or self._is_essential(here):
                made[plain(name)] = self.least(inner, others=others, place=here)
            elif others:
                made[plain(name)] = None
        return made

    def _is_essential(self, place: str) -> bool:
        return any(each == place or each.startswith(place + ".") for each in self._essential)

    def _value(self, kind: str, name: str) -> Any:
        number = next(self._numbers)
        if name == "is_success":
            return "true" if kind == "string" else True
        if kind.startswith("map of "):
            return {"any": self._value(kind.removeprefix("map of "), name)}
        values = {"string": f"text {number}", "integer": number, "number": number + 0.5, "boolean": True}
        return values.get(kind, {"any": number})


def with_strangers(value: Any, kind: Kind) -> Any:
    """Return an answer of this kind with one more member in each of its objects."""
    if isinstance(kind, list):
        return [with_strangers(each, kind[0]) for each in value]
    if not isinstance(kind, dict):
        return value
    kinds = {plain(name): inner for name, inner in kind.items()}
    return {**{name: with_strangers(inner, kinds[name]) for name, inner in value.items()}, "brand_new": [{"a": 1}]}


def without(value: Any, place: str) -> Any:
    """Return an answer without one member."""
    name, _, rest = place.partition(".")
    if isinstance(value, list):
        return [without(each, place) for each in value]
    if not rest:
        return {each: inner for each, inner in value.items() if each != name}
    return {**value, name: without(value[name], rest)}


def answer(value: Any, status: int = 200) -> Answer:
    """Return an answer that says this; an empty one for None."""
    return Answer(status, {"content-type": "application/json"}, b"" if value is None else json.dumps(value).encode())
