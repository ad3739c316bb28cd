"""What came over the wire, and what became of it: nothing may be lost, nothing invented."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from airflow_provider_dli.rest.members import Members


def told(decoded: Any) -> Any:
    """Return a decoded answer as the JSON that it was read from."""
    if isinstance(decoded, Members):
        return decoded.model_dump(by_alias=True, exclude_unset=True)
    if isinstance(decoded, (tuple, list)):
        return [told(each) for each in decoded]
    return decoded


def same(one: Any, other: Any) -> bool:
    """Tell whether two pieces of JSON say the same; a number that is none may be told as a text."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) or isinstance(other, float):
        return _same_number(one, other)
    return bool(one == other)


def _same_number(one: Any, other: Any) -> bool:
    try:
        return float(one) == float(other) or (math.isnan(float(one)) and math.isnan(float(other)))
    except (TypeError, ValueError):
        return False
