"""Lists that come in pages, read to their end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.request import Request

T = TypeVar("T")
P = TypeVar("P")


def every(
    ask: Callable[[Request[P]], Flow[P]],
    page: Callable[[int], Request[P]],
    items: Callable[[P], Sequence[T]],
    size: int,
) -> Flow[list[T]]:
    """Return all items of a list, however many pages it has. A page that is not full is the last one.

    :param ask: sends a request, as :meth:`.gate.Gate.ask` does.
    :param page: makes the request for the page that begins after so many items.
    :param items: takes the items out of a page.
    :param size: how many items a full page has.
    """
    found: list[T] = []
    while True:
        new = items((yield from ask(page(len(found)))))
        found.extend(new)
        if len(new) < size:
            return found
