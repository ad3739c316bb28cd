"""Parts of long lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from airflow_provider_dli.local.dli.parameters import integer

T = TypeVar("T")

#: As most lists are paged: how many, from the how many-th.
LIMIT_AND_OFFSET: Final = (integer("limit", default=100, least=1), integer("offset", default=0, least=0))

#: As the lists of templates and of SQL jobs are: pages, counted from 1.
PAGES: Final = (integer("page-size", default=50, least=1, most=1000), integer("current-page", default=1, least=1))


def limited(items: Sequence[T], asked: dict[str, Any]) -> Sequence[T]:
    """Return the items that were asked for with ``limit`` and ``offset``."""
    return items[asked["offset"] :][: asked["limit"]]


def page(items: Sequence[T], asked: dict[str, Any]) -> Sequence[T]:
    """Return the items that were asked for with ``page-size`` and ``current-page``."""
    return items[(asked["current-page"] - 1) * asked["page-size"] :][: asked["page-size"]]
