"""What is counted after an experiment."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Tally:
    """What was there in the end, and what should have been.

    :param jobs: jobs that were started.
    :param savepoints: savepoints that were made.
    :param lost: savepoints, by path, that no XCom names.
    :param complaints: what else is not as it should be.
    :param hangs: whether the task had not ended in time.
    """

    jobs: int = 0
    wanted_jobs: int = 0
    savepoints: int = 0
    wanted_savepoints: int = 0
    lost: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    hangs: bool = False

    def expect(self, holds: bool, complaint: str) -> None:
        """Note a complaint, unless something holds."""
        if not holds:
            self.complaints.append(complaint)

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
