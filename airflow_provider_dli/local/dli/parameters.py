"""What a caller may send, member by member: read, checked, and refused as DLI refuses.

What an operation does not know is passed over, as DLI does it; what is unset is there as the default, or as None.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request

from airflow_provider_dli.local.dli.refusals import Refusal, dli

_TYPES: Final[dict[type, str]] = {
    str: "a text",
    int: "an integer",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}
#: How deep values may be nested.
_DEEPEST: Final = 100
_TOO_DEEP: Final = "it is nested too deeply"


@dataclass(frozen=True)
class Member:
    """One member of a body, or one query parameter.

    :param name: its name on the wire.
    :param type: what it has to be.
    :param required: whether it may be missing.
    :param default: what it is where it is missing.
    :param allowed: the values that it can have; any where there are none.
    :param longest: how many characters it may have.
    :param least: the smallest number that it can be.
    :param most: the largest number that it can be.
    :param items: what each item of a list has to be.
    :param members: the members of an object, or of each item of a list of objects.
    """

    name: str
    type: type
    required: bool = False
    default: Any = None
    allowed: tuple[Any, ...] = ()
    longest: int | None = None
    least: int | None = None
    most: int | None = None
    items: Member | None = None
    members: tuple[Member, ...] = ()


def text(name: str, **limits: Any) -> Member:
    """Return a member that is a text."""
    return Member(name, str, **limits)


def integer(name: str, **limits: Any) -> Member:
    """Return a member that is a whole number."""
    return Member(name, int, **limits)


def flag(name: str, **limits: Any) -> Member:
    """Return a member that is true or false."""
    return Member(name, bool, **limits)


def texts(name: str, allowed: tuple[str, ...] = (), **limits: Any) -> Member:
    """Return a member that is a list of texts."""
    return Member(name, list, items=Member("", str, required=True, allowed=allowed), **limits)


def integers(name: str, **limits: Any) -> Member:
    """Return a member that is a list of whole numbers."""
    return Member(name, list, items=Member("", int, required=True), **limits)


def objects(name: str, *members: Member, **limits: Any) -> Member:
    """Return a member that is a list of objects."""
    return Member(name, list, items=Member("", dict, required=True, members=members), **limits)


def anything(name: str) -> Member:
    """Return a member that may be anything, as where documents and examples do not agree."""
    return Member(name, object)


def mapping(name: str, *members: Member, **limits: Any) -> Member:
    """Return a member that is an object; without members of its own it is taken as it is."""
    return Member(name, dict, members=members, **limits)


#: As in every group that takes tags.
TAGS: Final = objects("tags", text("key", required=True, longest=128), text("value", required=True, longest=255))


def checked(given: Any, *members: Member) -> dict[str, Any]:
    """Return the members of a body, each as it has to be.

    :param given: the body.
    :param members: what it may hold.
    :raises Refusal: DLI.0001, for the first member that is not as it has to be.
    """
    if not isinstance(given, dict):
        raise dli("DLI.0001", "The request needs a body that is a JSON object.")
    return _members(given, members, "")


def query(request: Request, *members: Member) -> dict[str, Any]:
    """Return the parameters of a query, each as it has to be.

    :param request: what was asked.
    :param members: the parameters that it may hold.
    :raises Refusal: DLI.0001, for the first parameter that is not as it has to be.
    """
    given = {member.name: _from_text(request, member) for member in members}
    return _members(given, members, "")


def from_json(content: bytes | str) -> Any:
    """Return what JSON from outside holds.

    :param content: the JSON.
    :raises ValueError: when it is none, or holds what could not be sent again: NaN, infinities, numbers too large for
        a long of Java, halves of surrogate pairs, or values that are nested too deeply.
    """
    try:
        value = json.loads(content, parse_constant=_no_number)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check_sendable(value)
    return value


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _check_sendable(value: Any) -> None:
    level, depth = [value], 0
    while level:
        if depth > _DEEPEST:
            raise ValueError(_TOO_DEEP)
        for each in level:
            _check_scalar(each)
        inner = [[*each.keys(), *each.values()] if isinstance(each, dict) else each for each in level]
        level = [one for each in inner if isinstance(each, list) for one in each]
        depth += 1


def _check_scalar(value: Any) -> None:
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError("a text has half of a surrogate pair")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is too large")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError("a whole number is too large")


async def _read(request: Request) -> Any:
    content = await request.body()
    try:
        return from_json(content) if content.strip() else None
    except ValueError as error:
        raise dli("DLI.0001", f"The body is no JSON: {error}.") from None


#: What an operation's body is read as: any JSON, or None where there is none.
GivenBody = Annotated[Any, Depends(_read)]


def _from_text(request: Request, member: Member) -> Any:
    given = request.query_params.get(member.name) or None
    if given is None or member.type is str:
        return given
    if member.type is list:
        return [one for value in request.query_params.getlist(member.name) for one in value.split(",") if one]
    return _TEXTS[member.type](given)


def _whole_number(given: str) -> int | str:
    return int(given) if given.strip().lstrip("-").isdecimal() else given


def _truth(given: str) -> bool | str:
    return {"true": True, "false": False}.get(given.lower(), given)


#: What cannot be read stays the text that it is, and is refused with everything else.
_TEXTS: Final[dict[type, Callable[[str], Any]]] = {int: _whole_number, bool: _truth}


def _members(given: dict[str, Any], members: Iterable[Member], where: str) -> dict[str, Any]:
    return {member.name: _value(given.get(member.name), member, f"{where}{member.name}") for member in members}


def _value(given: Any, member: Member, where: str) -> Any:
    if given is None or (given == "" and member.required):
        if member.required:
            raise dli("DLI.0001", f"The parameter {where} is mandatory and is missing.")
        return member.default
    if not _fits(given, member.type):
        raise dli("DLI.0001", f"The parameter {where} must be {_TYPES[member.type]}, not {_shown(given)}.")
    _check_limits(given, member, where)
    if isinstance(given, list) and member.items:
        return [_value(item, member.items, f"{where}[{index}]") for index, item in enumerate(given)]
    return _members(given, member.members, f"{where}.") if member.members else given


def _fits(given: Any, expected: type) -> bool:
    # To Python, true is the number 1.
    if isinstance(given, bool):
        return expected in {bool, object}
    return isinstance(given, (int, float) if expected is float else expected)


def _check_limits(given: Any, member: Member, where: str) -> None:
    if member.allowed and given not in member.allowed:
        raise dli("DLI.0001", f"The parameter {where} must be one of {_listed(member.allowed)}, not {_shown(given)}.")
    if member.longest is not None and len(given) > member.longest:
        raise dli("DLI.0001", f"The parameter {where} may have {member.longest} characters; it has {len(given)}.")
    if member.required and given == []:
        raise dli("DLI.0001", f"The parameter {where} is mandatory and is empty.")
    if refusal := _out_of_range(given, member, where):
        raise refusal


def _out_of_range(given: Any, member: Member, where: str) -> Refusal | None:
    too_small = member.least is not None and given < member.least
    too_large = member.most is not None and given > member.most
    if not (too_small or too_large):
        return None
    bounds = f"at least {member.least}" if member.most is None else f"from {member.least} to {member.most}"
    return dli("DLI.0001", f"The parameter {where} must be {bounds}; it is {given}.")


def _listed(allowed: Iterable[Any]) -> str:
    return ", ".join(str(value) for value in allowed)


def _shown(given: Any) -> str:
    return repr(given)[:100]
