"""The control: an operator without an identity must be found at fault, or the experiments show nothing."""

from __future__ import annotations

from dataclasses import replace

from tests.crash.experiment import WAITING, OnTheWire, Result
from tests.crash.flink_cases import NAIVE
from tests.crash.tally import Tally
from tests.network.faults import KILL_UNREAD
from tests.network.wire import WORKER, Step

#: Its answer is lost.
CONTROL = OnTheWire(NAIVE, WAITING, Step(WORKER, "POST", "/jars/*/run"), KILL_UNREAD)


def is_found_at_fault(result: Result) -> bool:
    """Tell whether the second job was found."""
    return result.tally.faults == ["jobs started: 2, not 1"]


def judged(result: Result) -> Result:
    """Return the control's result as one that holds where it was found at fault; it is none of the faults to count."""
    complaints = [] if is_found_at_fault(result) else [f"the control was not found at fault: {result.tally.faults}"]
    return replace(result, injected=0, tally=Tally(complaints=complaints))
