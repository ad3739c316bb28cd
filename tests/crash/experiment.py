"""An experiment: an operator does its work, something happens, and what is left is counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from tests.crash.cases import Case
from tests.crash.lane import TASK, Lane
from tests.crash.tally import Tally
from tests.network.faults import Fault
from tests.network.wire import Step, Trap, trapped

WAITING, DEFERRED = KINDS = ("waiting", "deferred")
_numbers = count(1)


@dataclass(frozen=True)
class Result:
    """What came of an experiment.

    :param operator: the operator, and what it had to do.
    :param fault: what has happened.
    :param where: with which request, or when.
    :param injected: how many faults there were.
    :param tally: what was counted.
    :param tries: how often the task was tried.
    :param steps: what its task has asked for.
    :param told: what the task has written, where something is not as it should be.
    """

    operator: str
    fault: str
    where: str
    injected: int
    tally: Tally
    tries: int = 1
    steps: tuple[Step, ...] = ()
    told: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.operator}: {self.fault}, {self.where}"


class Experiment(Protocol):
    """What is tried out in a lane."""

    @property
    def named(self) -> tuple[str, str, str]:
        """The operator with what it has to do, what happens, and with which request or when."""
        ...

    def conduct(self, lane: Lane) -> Result:
        """Try it out, and count what is left."""
        ...


def fresh_name(begin: str) -> str:
    """Return a name that no other experiment has: what is counted bears it."""
    return f"{begin}-{next(_numbers)}"


@dataclass(frozen=True)
class OnTheWire:
    """Something happens to one request of a task.

    :param case: the operator, and what it has to do.
    :param kind: ``waiting`` or ``deferred``.
    :param step: the request; None for a run without a fault.
    :param fault: what happens to it.
    """

    case: Case
    kind: str
    step: Step | None = None
    fault: Fault | None = None

    @property
    def named(self) -> tuple[str, str, str]:
        """The operator with what it has to do, what happens, and with which request."""
        return f"{self.case.operator} ({self.kind})", str(self.fault or "none"), str(self.step or "at no request")

    def conduct(self, lane: Lane) -> Result:
        """Try it out, and count what is left."""
        conf = self.case.prepare(lane, fresh_name(f"{self.case.name}-{self.kind}"))
        trap = Trap(self.step, self.fault.harm) if self.step and self.fault else None
        wires = self.case.on.wires(lane)
        with trapped(wires, trap):
            run = lane.start(f"{self.case.name}_{self.kind}", conf)
            outcome = lane.outcome(run)
            steps = tuple(dict.fromkeys(step for wire in wires for step in wire.steps))
        tally = self.case.judge(lane, conf, outcome)
        tally.expect(trap is None or trap.sprung, "the fault has not happened")
        told = "" if tally.holds else lane.told(run)
        if tally.hangs:
            lane.client.mark(run, TASK, "failed")
        self.case.on.end_all(lane, conf["name"])
        injected = int(trap is not None and trap.sprung)
        return Result(*self.named, injected, tally, outcome.task.try_number, steps, told)


@dataclass(frozen=True)
class Scenario:
    """Something happens around a task.

    :param operator: the operator, and what it has to do.
    :param fault: what happens.
    :param where: when.
    :param play: lets it happen, and counts what is left.
    """

    operator: str
    fault: str
    where: str
    play: Callable[[Lane], Tally]

    @property
    def named(self) -> tuple[str, str, str]:
        """The operator with what it has to do, what happens, and when."""
        return self.operator, self.fault, self.where

    def conduct(self, lane: Lane) -> Result:
        """Try it out, and count what is left."""
        lane.runs.clear()
        tally = self.play(lane)
        told = "" if tally.holds else "\n".join(f"{run}:\n{lane.told(run)}" for run in lane.runs)
        return Result(*self.named, 1, tally, told=told)
