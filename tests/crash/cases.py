"""A case: one operator with something to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.crash.lane import Lane, Outcome
from tests.crash.tally import Tally
from tests.network.wire import Wire

Conf = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One operator with something to do.

    :param name: its DAG's, without ``_waiting`` and ``_deferred``.
    :param operator: its class, and what it has to do.
    :param prepare: makes what it needs, and returns what the run is told.
    :param judge: counts what is there afterwards.
    :param clean_up: ends what is left.
    :param defers: whether it can be deferred.
    :param wires: which of a lane's wires it speaks through.
    """

    name: str
    operator: str
    prepare: Callable[[Lane, str], Conf]
    judge: Callable[[Lane, Conf, Outcome], Tally]
    clean_up: Callable[[Lane, Conf], None]
    defers: bool = True
    wires: Callable[[Lane], Sequence[Wire]] = lambda lane: [lane.wire]
