"""The reason at the bottom of a chain of exceptions, as one short text."""

from __future__ import annotations


def root(error: BaseException) -> BaseException:
    """Return the exception that the others were raised from, also where a library only passes it as an argument."""
    seen = [error]
    while (deeper := _deeper(seen[-1])) and deeper not in seen:
        seen.append(deeper)
    return seen[-1]


def reason(error: BaseException) -> str:
    """Return the root's message, or its name where it has none."""
    cause = root(error)
    return str(cause).rstrip(".") or type(cause).__name__


def _deeper(error: BaseException) -> BaseException | None:
    candidates = (getattr(error, "reason", None), error.__cause__, *error.args, error.__context__)
    return next((one for one in candidates if isinstance(one, BaseException)), None)
