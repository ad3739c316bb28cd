"""What is counted after an experiment."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

# The states of jobs that have ended, on Flink and on DLI.
_ENDED = re.compile("FINISHED|FAILED|CANCELED|job_(cancel|finish|.*exception|.*fail)")


@dataclass
class Tally:
    """What was there in the end, and what should have been.

    :param jobs: jobs that were started.
    :param savepoints: savepoints that were made.
    :param lost: savepoints, by path, that no XCom names.
    :param complaints: what else is not as it should be.
    :param ended: jobs that have ended although they should run, or in another way than they should.
    :param hangs: whether the task had not ended in time.
    """

    jobs: int = 0
    wanted_jobs: int = 0
    savepoints: int = 0
    wanted_savepoints: int = 0
    lost: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    ended: int = 0
    hangs: bool = False

    def expect(self, holds: bool, complaint: str) -> None:
        """Note a complaint, unless something holds."""
        if not holds:
            self.complaints.append(complaint)

    def expect_states(self, states: Iterable[str], wanted: Iterable[str]) -> None:
        """Check the states of all jobs of a task, and count those that have ended by mistake.

        :param states: the states, in the words of the back end.
        :param wanted: the expected states, in any order.
        """
        now, due = Counter(states), Counter(wanted)
        self.expect(now == due, f"the jobs are {sorted(now.elements())}, not {sorted(due.elements())}")
        self.ended += sum(number for state, number in (now - due).items() if _ENDED.match(state))

    def expect_end(self, state: str, wanted: str) -> None:
        """Note how a run has ended, where that is not as wanted; ``hangs`` where it has not."""
        self.hangs = state == "hangs"
        self.expect(state == wanted, f"the run is {state}")

    @property
    def faults(self) -> list[str]:
        """All that is not as it should be."""
        counts = [
            f"{name}: {seen}, not {wanted}"
            for name, seen, wanted in (
                ("jobs started", self.jobs, self.wanted_jobs),
                ("savepoints made", self.savepoints, self.wanted_savepoints),
            )
            if seen != wanted
        ]
        lost = [f"path lost: {path}" for path in self.lost]
        return [*counts, *lost, *self.complaints, *(["hangs"] if self.hangs else [])]

    @property
    def holds(self) -> bool:
        """Whether all is as it should be."""
        return not self.faults
