"""Responses that differ from recorded ones in some way, and what they must not lead to."""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from airflow_provider_dli.rest.errors import RestError, UnexpectedAnswer
from airflow_provider_dli.rest.exchange import read
from airflow_provider_dli.rest.members import Members
from airflow_provider_dli.rest.request import Answer, Request

#: How many examples ``make test`` tries; ``make fuzz`` sets another number, and draws new examples each time.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
ODD_VALUES = [
    *(None, True, False, 0, -1, 2.5, 1e308, float("nan"), float("inf"), -float("inf"), 2**63, -(10**400)),
    *("", "N/A", "NaN", "7", "true", "null", "\ud800", "a\udfffb", "\x00", "x" * 5000, '{"a": [', "[" * 5000),
    *([], {}, [None], [[]], [{}], {"": None}, {"id": []}, [1, "a", {}], {"a": {"b": {"c": []}}}),
]
Place = tuple[str | int, ...]
_DROPPED: Final = object()
_ID: Final = re.compile("[0-9a-f]{32}")
_NAMES_A_FIELD: Final = re.compile(r"""\[ValueError\(['"](the whole|[^ :]+): \S""")


def fuzzed(examples: int) -> settings:
    """Return the settings of a test on mutated responses.

    :param examples: how many there are in ``make test``: always the same.
    """
    return settings(
        max_examples=EXAMPLES or examples,
        deadline=None,
        database=None,
        derandomize=not EXAMPLES,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


def places(value: Any, prefix: Place = ()) -> Iterator[Place]:
    """Yield where the parts of a JSON value stand, its own place first."""
    yield prefix
    parts: Any = ()
    if isinstance(value, Mapping):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for name, part in parts:
        yield from places(part, (*prefix, name))


@st.composite
def mutated(draw: st.DrawFn, value: Any) -> Any:
    """Draw a JSON value that differs from another one in one to three parts."""
    changed = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        everywhere = list(places(changed))
        changed = _changed(draw, changed, everywhere[draw(st.integers(0, len(everywhere) - 1))])
    return changed


def _changed(draw: st.DrawFn, whole: Any, place: Place) -> Any:
    odd = copy.deepcopy(draw(st.sampled_from(ODD_VALUES)))
    if not place:
        return draw(st.sampled_from([whole, whole, whole, odd, [whole], {"data": whole}]))
    parent = whole
    for step in place[:-1]:
        parent = parent[step]
    last: Any = place[-1]
    kind = draw(st.sampled_from(["drop", "null", "retype", "text", "repeat", "more"]))
    if kind == "drop":
        del parent[last]
    elif kind == "null":
        parent[last] = None
    elif kind == "retype":
        parent[last] = odd
    elif kind == "text":
        parent[last] = json.dumps(parent[last])
    elif isinstance(parent, list):
        parent.insert(last, copy.deepcopy(parent[last]) if kind == "repeat" else odd)
    else:
        parent["brandNew" if kind == "more" else f"{last}-again"] = odd
    return whole


def needed(cases: Iterable[tuple[str, Request[Any], Any, Answer]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the fields without which a response is refused, and those that it is refused for where they are odd.

    :param cases: the name of an operation, a request of it, the JSON of its response, and that response.
    """
    missing: dict[str, set[str]] = {}
    odd: dict[str, set[str]] = {}
    tried: set[tuple[str, str]] = set()
    for operation, request, body, answer in cases:
        if decoded(request, answer) is None:
            continue
        for path, place in fields(body).items():
            if (operation, path) in tried:
                continue
            tried.add((operation, path))
            if _is_refused(request, answer, replaced(body, place)):
                missing.setdefault(operation, set()).add(path)
            elif any(_is_refused(request, answer, replaced(body, place, value)) for value in ({"odd": [None]}, "odd")):
                odd.setdefault(operation, set()).add(path)
    tables = [{name: sorted(paths) for name, paths in sorted(table.items())} for table in (missing, odd)]
    return tables[0], tables[1]


def _is_refused(request: Request[Any], answer: Answer, body: Any) -> bool:
    return decoded(request, response(body, answer.headers, answer.status)) is None


def replaced(value: Any, place: Place, part: Any = _DROPPED) -> Any:
    """Return a copy of a JSON value without one of its parts, or with another one in its place."""
    changed = copy.deepcopy(value)
    parent = changed
    for step in place[:-1]:
        parent = parent[step]
    if part is _DROPPED:
        del parent[place[-1]]
    else:
        parent[place[-1]] = part
    return changed


def fields(value: Any) -> dict[str, Place]:
    """Return where each field of a JSON value stands first, by its path as in ``jobs[].name``; an id is a ``*``."""
    found: dict[str, Place] = {}
    for place in places(value):
        if place and isinstance(place[-1], str):
            path = "".join("[]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
            found.setdefault(_ID.sub("*", path), place)
    return found


def response(value: Any, headers: Mapping[str, str] | None = None, status: int = 200) -> Answer:
    """Return a response with a JSON value; a number without a sense is written as Python writes it."""
    return Answer(status, headers or {"content-type": "application/json"}, json.dumps(value).encode())


def decoded(request: Request[Any], answer: Answer) -> Any:
    """Decode a response and use all of it; None where it is refused, as it may be with an error that names a field."""
    try:
        value = read(request, "http://server:8081", answer)
    except UnexpectedAnswer as error:
        if not _NAMES_A_FIELD.search(str(error)):
            raise AssertionError(f"This error names no field: {error}") from error
        return None
    except RestError:
        return None
    use(value)
    return value


def use(value: Any) -> None:
    """Evaluate all properties of a decoded response, and write it down as text and as JSON."""
    if isinstance(value, Members):
        # pydantic 2.11.0 writes down no further member of a class that nothing was written of yet: it comes first.
        use(list((value.model_extra or {}).values()))
        repr(value)
        value.model_dump_json()
        _use_properties(value)
        value = [getattr(value, name) for name in type(value).model_fields]
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        for each in value:
            use(each)


def _use_properties(value: Members) -> None:
    for kind in type(value).__mro__:
        for name, attribute in vars(kind).items():
            if isinstance(attribute, property) and kind.__module__.startswith("airflow_provider_dli."):
                getattr(value, name)
