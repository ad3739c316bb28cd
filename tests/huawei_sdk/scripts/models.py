"""Models of Huawei's client, made of what goes over the wire, by what they say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from huaweicloudsdkdli.v1 import model as models

_PLAIN: dict[str, Any] = {"str": str, "int": int, "long": int, "float": float, "bool": bool}


def made(kind: str, value: Any) -> Any:
    """Return a value as the client's own kind; what the kind has no place for is left out.

    :param kind: as in ``list[str]``, ``dict(str, str)`` or ``TagEntity``.
    :param value: as in JSON.
    """
    if value is None:
        return None
    if kind.startswith("list["):
        return [made(kind[5:-1], each) for each in value]
    if kind.startswith("dict("):
        inner = kind[5:-1].split(", ", 1)[1]
        return {name: made(inner, each) for name, each in value.items()}
    if kind in _PLAIN:
        return _PLAIN[kind](value)
    return value if kind == "object" else _model(getattr(models, kind), value)


def _model(model: Any, value: dict[str, Any]) -> Any:
    given = {attribute: value[name] for attribute, name in model.attribute_map.items() if name in value}
    return model(**{attribute: made(model.openapi_types[attribute], each) for attribute, each in given.items()})


def left_out(kind: str, value: Any, place: str = "") -> Iterator[str]:
    """Yield the members, as in ``resource_config.max_slot``, that a kind has and a value of it has not."""
    if found := re.fullmatch(r"list\[(.*)\]", kind):
        for each in value:
            yield from left_out(found[1], each, place)
    elif hasattr(models, kind):
        model = getattr(models, kind)
        for attribute, name in model.attribute_map.items():
            here = f"{place}.{name}".lstrip(".")
            if name in value:
                yield from left_out(model.openapi_types[attribute], value[name], here)
            else:
                yield here


def strangers(kind: str, value: Any, place: str = "") -> Iterator[str]:
    """Yield what a value has that its kind does not know, or that is of another kind; null is of every kind."""
    if value is None or kind == "object":
        return
    if found := re.fullmatch(r"list\[(.*)\]", kind):
        yield from _in_list(found[1], value, place)
    elif found := re.fullmatch(r"dict\(\w+, (.*)\)", kind):
        for each in value.values():
            yield from strangers(found[1], each, f"{place}.*")
    elif hasattr(models, kind):
        yield from _in_model(getattr(models, kind), value, place)
    elif not _is(kind, value):
        yield f"{place} is {type(value).__name__}, not {kind}"


def _in_list(kind: str, value: Any, place: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{place} is {type(value).__name__}, not a list"
        return
    for each in value:
        yield from strangers(kind, each, f"{place}[]")


def _in_model(model: Any, value: Any, place: str) -> Iterator[str]:
    kinds = {name: model.openapi_types[attribute] for attribute, name in model.attribute_map.items()}
    if isinstance(value, list) and "body" in kinds:  # that of an answer which is a list as a whole
        yield from strangers(kinds["body"], value, place)
    elif not isinstance(value, dict):
        yield f"{place} is {type(value).__name__}, not {model.__name__}"
    else:
        for name, each in value.items():
            here = f"{place}.{name}".lstrip(".")
            if name in kinds:
                yield from strangers(kinds[name], each, here)
            else:
                yield f"{here} is not known"


def _is(kind: str, value: Any) -> bool:
    wanted = {"float": (int, float), "long": int}.get(kind) or _PLAIN[kind]
    return isinstance(value, wanted) and not (isinstance(value, bool) and kind != "bool")
