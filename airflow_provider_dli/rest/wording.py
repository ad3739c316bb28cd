"""Numbers and lists as text, in messages."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

# A float has some 15 digits that can be relied on; a reader expects no exponent within these bounds.
_DIGITS = ".15g"
_SMALLEST, _LARGEST = 1e-6, 1e21


def number_text(value: float) -> str:
    """Return a number as a person writes it: ``1764550000000``, ``0.3`` or ``-2``, and never ``1.76455e+12``.

    :param value: the number. Beyond 10^21, and closer to 0 than 10^-6, it has an exponent.
    """
    text = format(value, _DIGITS)
    if not _SMALLEST <= abs(value) < _LARGEST:
        return text if value else "0"
    return str(int(value)) if value == int(value) else format(Decimal(text), "f")


def listed(items: Sequence[object], most: int = 10) -> str:
    """Return items separated by commas; of a long list the first ones, and how many there are beside.

    :param items: the items.
    :param most: how many are named.
    """
    named = ", ".join(map(str, items[:most]))
    return named if len(items) <= most else f"{named} and {len(items) - most} more"
