"""Which experiments there are: each fault, to each request of each operator that it fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.crash.cases import Case
from tests.crash.experiment import KINDS, WAITING, OnTheWire, Result
from tests.network.faults import (
    BAD_GATEWAY,
    CUT_ANSWER,
    DROP_ANSWER,
    DROP_REQUEST,
    KILL_ANSWERED,
    KILL_BEFORE,
    KILL_MACHINE,
    KILL_TRIGGERER,
    KILL_UNREAD,
    LATE,
    LOG_IN,
    NO_BACK_END,
    OUTAGE_FAULT,
    PAGE,
    TIMED_OUT,
    TOO_MANY,
    TWICE,
    UNAVAILABLE,
    Fault,
)
from tests.network.wire import WORKER, Step

KILLS = (KILL_BEFORE, KILL_UNREAD, KILL_ANSWERED)
#: Responses of a proxy, an ingress or a log-in page in place of the server's.
FROM_A_PROXY = (NO_BACK_END, LOG_IN, TIMED_OUT)
#: To a request of a task on a worker that changes something.
ON_WORKER = (
    *KILLS,
    DROP_REQUEST,
    DROP_ANSWER,
    CUT_ANSWER,
    LATE,
    TWICE,
    UNAVAILABLE,
    BAD_GATEWAY,
    TOO_MANY,
    PAGE,
)
#: To one that changes nothing.
ON_LOOK = (KILL_UNREAD, CUT_ANSWER, BAD_GATEWAY, PAGE)
#: To a look of a trigger, whatever it looks at.
ON_ANY_LOOK = (KILL_TRIGGERER, DROP_ANSWER, UNAVAILABLE, PAGE)
#: To a look of a trigger.
ON_TRIGGER = (DROP_REQUEST, DROP_ANSWER, CUT_ANSWER, LATE, TWICE, UNAVAILABLE, BAD_GATEWAY, TOO_MANY, PAGE)


def without_faults(cases: Iterable[Case]) -> list[OnTheWire]:
    """Each operator once, with nothing in its way: its requests are learned from that."""
    return [OnTheWire(case, kind) for case in cases for kind in (KINDS if case.defers else (WAITING,))]


class WithFaults:
    """Plan of each fault to each request that it fits.

    A request that another operator has sent before meets the kills only: what becomes of its response is the same code.

    :param only_changes: whether a poll meets some faults only, and a request of a worker that changes nothing meets
        none, as these are the same on every back end.
    """

    def __init__(self, *, only_changes: bool = False) -> None:
        self.only_changes = only_changes
        self._known: set[tuple[str, Step]] = set()

    def __call__(self, plain: OnTheWire, learned: Result) -> list[OnTheWire]:
        """Return the experiments with one operator.

        :param plain: the run without a fault.
        :param learned: its result.
        """
        return [
            OnTheWire(plain.case, plain.kind, step, fault)
            for step in learned.steps
            for fault in self._faults(plain.kind, step)
        ]

    def _faults(self, kind: str, step: Step) -> list[Fault]:
        faults = list(_faults(kind, step))
        if self.only_changes and not step.changes:
            faults = [] if step.side == WORKER else list(ON_ANY_LOOK)
        if (kind, step) in self._known:
            return [fault for fault in faults if fault in (*KILLS, KILL_TRIGGERER)]
        self._known.add((kind, step))
        return faults


def with_proxies(plain: OnTheWire, learned: Result) -> list[OnTheWire]:
    """Return each response of a proxy, to each change of a worker and to each poll of a trigger.

    :param plain: the run without a fault.
    :param learned: its result.
    """
    steps = [step for step in learned.steps if step.side != WORKER or (step.changes and plain.kind == WAITING)]
    return [OnTheWire(plain.case, plain.kind, step, fault) for step in steps for fault in FROM_A_PROXY]


def kills_of(plain: OnTheWire, learned: Result) -> list[OnTheWire]:
    """Each kill at each request that changes something, for where the rest is the same as elsewhere.

    :param plain: the run without a fault.
    :param learned: what came of it.
    """
    changes = [step for step in learned.steps if step.changes]
    return [OnTheWire(plain.case, plain.kind, step, kill) for step in changes for kill in (*KILLS, DROP_ANSWER)]


def _faults(kind: str, step: Step) -> Iterator[Fault]:
    if step.side != WORKER:
        yield from (KILL_TRIGGERER, *ON_TRIGGER, OUTAGE_FAULT)
    elif step.changes and kind == WAITING:
        yield from (*ON_WORKER, KILL_MACHINE, OUTAGE_FAULT)
    elif step.changes:
        # What a worker does before it defers is the same code; what differs is who finds it again.
        yield from KILLS
    elif kind == WAITING:
        yield from ON_LOOK
