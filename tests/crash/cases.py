"""A case: one operator with something to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.crash.back_ends import FLINK, BackEnd
from tests.crash.lane import Lane, Outcome
from tests.crash.tally import Tally

Conf = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One operator with something to do.

    :param name: its DAG's, without ``_waiting`` and ``_deferred``.
    :param operator: its class, and what it has to do.
    :param prepare: makes what it needs, and returns what the run is told.
    :param judge: counts what is there afterwards.
    :param on: where it does that.
    :param defers: whether it can be deferred.
    """

    name: str
    operator: str
    prepare: Callable[[Lane, str], Conf]
    judge: Callable[[Lane, Conf, Outcome], Tally]
    on: BackEnd = FLINK
    defers: bool = True


def nothing(lane: Lane, name: str) -> Conf:
    """Prepare nothing but the name."""
    return {"name": name}
