"""The table: each operator, each fault, and what was left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import groupby

from tests.crash.experiment import Result

_HEAD = ("operator", "fault", "injected", "jobs started", "savepoints made", "paths lost", "hang", "verdict")


@dataclass
class Sums:
    """What was counted in several experiments.

    :param verdicts: how many of them held, and how many did not.
    """

    injected: int = 0
    jobs: int = 0
    wanted_jobs: int = 0
    savepoints: int = 0
    wanted_savepoints: int = 0
    lost: int = 0
    hang: int = 0
    verdicts: Counter[bool] = field(default_factory=Counter)

    @classmethod
    def of(cls, results: Iterable[Result]) -> Sums:
        """Sum up."""
        sums = cls()
        for result in results:
            sums.add(result)
        return sums

    def add(self, result: Result) -> None:
        """Count one more experiment."""
        tally = result.tally
        self.injected += result.injected
        self.jobs += tally.jobs
        self.wanted_jobs += tally.wanted_jobs
        self.savepoints += tally.savepoints
        self.wanted_savepoints += tally.wanted_savepoints
        self.lost += len(tally.lost)
        self.hang += tally.hangs
        self.verdicts[tally.holds] += 1

    @property
    def verdict(self) -> str:
        """In a word."""
        return f"{self.verdicts[False]} FAILED" if self.verdicts[False] else "holds"

    def cells(self) -> list[str]:
        """Its part of a row."""
        jobs, savepoints = _of(self.jobs, self.wanted_jobs), _of(self.savepoints, self.wanted_savepoints)
        return [str(self.injected), jobs, savepoints, str(self.lost), str(self.hang), self.verdict]


def table(results: Sequence[Result]) -> str:
    """Return the table, in Markdown: a row for each fault that an operator has met, and the sums.

    :param results: what came of all experiments.
    """
    ordered = sorted((result for result in results if result.injected), key=_key)
    rows = [[*key, *Sums.of(group).cells()] for key, group in groupby(ordered, _key)]
    rows.append(["**all**", "", *Sums.of(ordered).cells()])
    return "\n".join(map(_row, (_HEAD, ["---"] * len(_HEAD), *rows)))


def page(results: Sequence[Result], where: str, seconds: float) -> str:
    """Return the page that is kept with the documentation.

    :param results: what came of all experiments.
    :param where: on which Flinks.
    :param seconds: how long it took.
    """
    sums = Sums.of(result for result in results if result.injected)
    second_jobs = sum(max(0, one.tally.jobs - one.tally.wanted_jobs) for one in results)
    second_savepoints = sum(max(0, one.tally.savepoints - one.tally.wanted_savepoints) for one in results)
    return f"""# What was killed, and what was left

`make chaos` has made this page in {seconds / 60:.0f} minutes, with a real Airflow {version("apache-airflow")}, {where},
and the DLI emulator before it. A proxy between tasks and server does harm to one request at a time: it kills who has
sent it, loses the request or its answer, cuts the answer in the middle. People end, clear and rerun tasks; the
triggerer, the scheduler, the JobManager and the TaskManager are killed. Then jobs, savepoints and XComs are counted,
apart from what is tested.

**{sums.injected} faults: {second_jobs} second jobs, {second_savepoints} second savepoints, {sums.lost} paths lost,
{sums.hang} tasks that hang; {sums.verdicts[True]} of {sums.verdicts.total()} experiments hold.**

"2 of 2" are the jobs or savepoints that there were, and that there should have been. Where a task is cleared, or where
its DAG run is deleted and run again, a further job is what the person wants. An operator that only posts its jar, as a
control, has started two jobs where its answer was lost.

{table(results)}
"""


def failures(results: Iterable[Result]) -> str:
    """Return what did not hold, and what the tasks have written."""
    return "\n\n".join(f"{one}\n  {'; '.join(one.tally.faults)}\n{one.told}" for one in results if not one.tally.holds)


def line(result: Result) -> str:
    """Return one result as a line for who waits."""
    said = "holds" if result.tally.holds else "FAILED: " + "; ".join(result.tally.faults)
    return f"{said}: {result}"


def _key(result: Result) -> tuple[str, str]:
    return result.operator, result.fault


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _of(seen: int, wanted: int) -> str:
    return f"{seen} of {wanted}" if seen == wanted else f"**{seen}, not {wanted}**"
