"""JSON texts, read as leniently as their values allow, and where needed in pieces."""

from __future__ import annotations

import json
import re
from typing import Any, Final

_LONGEST_INTEGER: Final = 400
_BLANK: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()
_ESCAPED_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def read_json(text: str, *, in_pieces: bool = False) -> Any:
    """Return the value of a JSON text, with no half of a surrogate pair in it: such a text cannot be written anywhere.

    :param text: the text.
    :param in_pieces: whether to read the rows of long lists one by one, so that other threads run in between.
    :raises ValueError: when it is not JSON, or nested too deeply.
    """
    try:
        value = _loads_in_pieces(text) if in_pieces else _loads(text)
    except RecursionError:
        raise ValueError("JSON that is nested too deeply") from None
    return _whole(value) if "\\u" in text and _ESCAPED_SURROGATE.search(text) else value


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        # Python reads no integer of more than some thousand digits.
        return json.loads(text, parse_int=_integer)


def _loads_in_pieces(text: str) -> Any:
    """Read a list, or an object with lists: the interpreter lets no other thread run within one call of the parser."""
    begin = _skip(text, 0)
    kind = text[begin : begin + 1]
    if kind not in ("[", "{"):
        return _loads(text)
    value: Any
    value, end = _list(text, begin) if kind == "[" else _object(text, begin)
    if _skip(text, end) < len(text):
        raise ValueError("JSON with something behind it")
    return value


def _list(text: str, begin: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    end = _skip(text, begin + 1)
    while text[end : end + 1] != "]":
        item, end = _DECODER.raw_decode(text, end)
        items.append(item)
        end = _next(text, end, "]")
    return items, end + 1


def _object(text: str, begin: int) -> tuple[dict[str, Any], int]:
    members: dict[str, Any] = {}
    end = _skip(text, begin + 1)
    while text[end : end + 1] != "}":
        name, end = _DECODER.raw_decode(text, end)
        end = _skip(text, end)
        if not isinstance(name, str) or text[end : end + 1] != ":":
            raise ValueError("an object of JSON without a name or a colon")
        end = _skip(text, end + 1)
        members[name], end = (_list if text[end : end + 1] == "[" else _DECODER.raw_decode)(text, end)
        end = _next(text, end, "}")
    return members, end + 1


def _next(text: str, end: int, closing: str) -> int:
    """Return where the next part of a list or an object begins, or where it is closed."""
    end = _skip(text, end)
    if text[end : end + 1] == ",":
        following = _skip(text, end + 1)
        if text[following : following + 1] != closing:
            return following
    elif text[end : end + 1] == closing:
        return end
    raise ValueError("a list or an object of JSON that is not closed")


def _skip(text: str, begin: int) -> int:
    return _BLANK.match(text, begin).end()  # type: ignore[union-attr]


def _integer(digits: str) -> int | float:
    """Return a number of any length."""
    return int(digits) if len(digits) < _LONGEST_INTEGER else float(digits)


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(each) for name, each in value.items()}
    return value
