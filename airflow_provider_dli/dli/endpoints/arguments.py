"""Operations that take many arguments: those stand in a class, and the operation is called with its members."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from inspect import cleandoc, signature
from typing import Any, ParamSpec, TypeVar

from airflow_provider_dli.rest.endpoint import Parts

P = ParamSpec("P")
S = TypeVar("S")


def takes(kind: Callable[P, S]) -> Callable[[Callable[[S], Parts]], Callable[P, Parts]]:
    """Let a function of one object be called with the members of that object, as keywords.

    Create and update of a thing take nearly the same, and what they share is written once: as a class.

    :param kind: the object's class.
    """

    def decorate(function: Callable[[S], Parts]) -> Callable[P, Parts]:
        def parts(*args: P.args, **kwargs: P.kwargs) -> Parts:
            return function(kind(*args, **kwargs))

        update_wrapper(parts, function)
        parts.__signature__ = signature(kind)  # type: ignore[attr-defined]
        parts.__doc__ = f"{cleandoc(function.__doc__ or '')}\n\n{_members(kind)}"
        return parts

    return decorate


def _members(kind: Any) -> str:
    """Return what the docstrings of a class and of those that it extends say of their members."""
    told = (cleandoc(vars(each).get("__doc__") or "").partition(":param ") for each in kind.__mro__)
    return "\n".join(colon + members for _, colon, members in told if colon)
