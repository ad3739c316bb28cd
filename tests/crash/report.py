"""The table: each operator, each fault, and what was left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import groupby

from tests.crash.experiment import Result

_HEAD = ("operator", "fault", "injected", "jobs started", "savepoints made", "paths lost", "hang", "verdict")


@dataclass(frozen=True)
class Row:
    """What was left after one fault that one operator has met, once or many times.

    :param operator: the operator, and what it had to do.
    :param fault: what has happened.
    :param injected: how often.
    :param jobs: jobs that were there, and :attr:`wanted_jobs` that should have been.
    :param savepoints: savepoints, likewise.
    :param lost: paths that were lost.
    :param hang: tasks that hang.
    :param failed: experiments that did not hold.
    """

    operator: str
    fault: str
    injected: int
    jobs: int
    wanted_jobs: int
    savepoints: int
    wanted_savepoints: int
    lost: int
    hang: int
    failed: int

    @classmethod
    def of(cls, results: Sequence[Result]) -> Row:
        """Sum up."""
        tallies = [result.tally for result in results]
        return cls(
            results[0].operator,
            results[0].fault,
            sum(result.injected for result in results),
            sum(tally.jobs for tally in tallies),
            sum(tally.wanted_jobs for tally in tallies),
            sum(tally.savepoints for tally in tallies),
            sum(tally.wanted_savepoints for tally in tallies),
            sum(len(tally.lost) for tally in tallies),
            sum(tally.hangs for tally in tallies),
            sum(not tally.holds for tally in tallies),
        )

    @classmethod
    def read(cls, line: str) -> Row:
        """Read one that was written."""
        operator, fault, injected, jobs, savepoints, lost, hang, verdict = line.strip("| \n").split(" | ")
        failed = "0" if verdict == "holds" else verdict
        numbers = re.findall(r"\d+", " ".join((injected, jobs, savepoints, lost, hang, failed)))
        return cls(operator, fault, *map(int, numbers))

    @property
    def key(self) -> tuple[str, str]:
        """What there is one row for."""
        return self.operator, self.fault

    def __str__(self) -> str:
        jobs, savepoints = _of(self.jobs, self.wanted_jobs), _of(self.savepoints, self.wanted_savepoints)
        verdict = f"{self.failed} FAILED" if self.failed else "holds"
        return _row((*self.key, str(self.injected), jobs, savepoints, str(self.lost), str(self.hang), verdict))


def rows_of(results: Iterable[Result]) -> list[Row]:
    """Return the rows of the faults that have happened, and of all that does not hold."""
    ordered = sorted((result for result in results if result.injected or not result.tally.holds), key=_key)
    return [Row.of(list(group)) for _, group in groupby(ordered, _key)]


def rows_in(page: str) -> list[Row]:
    """Return the rows of a page that was written."""
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    return [Row.read(line) for line in lines[2:] if not line.startswith("| **")]


def merged(before: Iterable[Row], now: Iterable[Row]) -> list[Row]:
    """Return rows where those of now stand in place of those of before."""
    rows = {row.key: row for row in (*before, *now)}
    return [rows[key] for key in sorted(rows)]


def page(rows: Sequence[Row], flinks: str) -> str:
    """Return the page that is kept with the documentation.

    :param rows: the table.
    :param flinks: on which Flinks.
    """
    injected, lost, hang = (sum(getattr(row, name) for row in rows) for name in ("injected", "lost", "hang"))
    second_jobs = sum(max(0, row.jobs - row.wanted_jobs) for row in rows)
    second_savepoints = sum(max(0, row.savepoints - row.wanted_savepoints) for row in rows)
    failed = sum(row.failed for row in rows)
    table = "\n".join((_row(_HEAD), _row(["---"] * len(_HEAD)), *map(str, rows)))
    return f"""# What was killed, and what was left

`make chaos` makes this page, with a real Airflow {version("apache-airflow")}, a real Flink {flinks}, and the DLI
emulator before it. A proxy between tasks and server does harm to one request at a time: it kills who has sent it, loses
the request or its answer, cuts the answer in the middle. People end, clear and rerun tasks; the triggerer, the
scheduler, the JobManager and the TaskManager are killed. Then jobs, savepoints and XComs are counted, apart from what
is tested.

**{injected} faults: {second_jobs} second jobs, {second_savepoints} second savepoints, {lost} paths lost, {hang} tasks
that hang; {failed} experiments that do not hold.**

"2 of 2" are the jobs or savepoints that there were, and that there should have been. Where a task is cleared, or where
its DAG run is deleted and run again, a further job is what the person wants. Before each run, an operator that only
posts its jar is the control: where its answer is lost, it has to be found with two jobs.

One leak is known, and shown as it is: between running and deferred, until its trigger runs, Airflow tells nobody that a
task is killed. "And nobody hears of it" holds where its job goes on then.

{table}
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
