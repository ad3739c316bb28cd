"""The pages on crash tests: a summary by kind of fault, and a table of each operator and fault."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from importlib.metadata import version
from itertools import groupby

from tests.crash.experiment import Result

#: Kinds of faults, by what a fault of a kind is called; the first that fits counts.
GROUPS = {
    "A clock is wrong": r"\bclock\b",
    "`kill -9` of a task, a worker, a triggerer or the scheduler; a trigger moves": (
        r"^kill -9 of the (task\b|whole worker|triggerer|scheduler)|another triggerer"
    ),
    "The JobManager or the TaskManager is lost": r"JobManager|TaskManager",
    "A connection breaks; a response is late, doubled, cut, or a gateway's": (
        r"^(connection lost|answer |nobody answers|\d{3} (with|before))"
    ),
    "A time-out ends": r"^(execution_)?timeout",
    "Credentials expire": r"^token",
    "Users clear, mark, delete and rerun tasks; two DAGs use one job": r"",
}
_GROUPS_HEAD = ("kind of fault", "faults", "second jobs", "second savepoints", "paths lost", "hanging tasks", "failed")
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


def summary(rows: Sequence[Row], flinks: str, table: str) -> str:
    """Return the page that a reader opens first.

    :param rows: the table.
    :param flinks: on which Flinks.
    :param table: the name of the file with the table.
    """
    every = _Sum.of(rows)
    counted = [(name, _Sum.of([row for row in rows if group_of(row) == name])) for name in GROUPS]
    lines = [_row((name, *map(str, one))) for name, one in counted if one.injected or one.failed]
    kinds = "\n".join((_row(_GROUPS_HEAD), _row(["---"] * len(_GROUPS_HEAD)), *lines))
    return f"""# Crash tests

`make chaos` runs the operators in a real Airflow {version("apache-airflow")}, on a real Flink {flinks} and on the DLI
emulator, and injects faults. Afterwards it counts jobs, savepoints and XComs through Flink's and DLI's own APIs.

**{every.injected} faults: {every.second_jobs} second jobs, {every.second_savepoints} second savepoints,
{every.lost} paths lost, {every.hang} tasks that hang; {every.failed} experiments that do not hold.**

{kinds}

[{table}]({table}) has a row for each operator and each fault.

**Control.** Each run begins with an operator that only posts its jar. Where its response is lost, the tests must find
two jobs.

**Known leaks.** A kill reaches a deferred task only while a triggerer has its trigger. Airflow tells nobody of a kill
between *running* and *deferred*, or while a triggerer is lost or restarted. The rows with "and nobody hears of it" hold
where the job goes on then, as documented. [airflow.md](airflow.md) has the way to find such jobs, and
[promises.md](promises.md#what-flink-cannot-do) the other limits.

**Run it.** `make chaos` takes some 40 minutes on two cores and writes both pages. `make chaos PARTS="people stops"`
runs some parts and replaces their rows; `python -m tests.crash --help` lists them. `make test` runs a short form.
"""


def table(rows: Sequence[Row], page: str) -> str:
    """Return the page with a row for each operator and fault.

    :param rows: the table.
    :param page: the name of the file with the summary.
    """
    lines = "\n".join((_row(_HEAD), _row(["---"] * len(_HEAD)), *map(str, rows)))
    return f"""# Crash tests: all rows

Written by `make chaos`; [{page}]({page}) has the summary. "2 of 2" are the jobs or savepoints that were counted, and
that were wanted. Where a task is cleared, or where its DAG run is deleted and run again, one job more is wanted.

{lines}
"""


def group_of(row: Row) -> str:
    """Return the kind of fault that a row is about."""
    return next(name for name, pattern in GROUPS.items() if re.search(pattern, row.fault))


@dataclass(frozen=True)
class _Sum:
    injected: int
    second_jobs: int
    second_savepoints: int
    lost: int
    hang: int
    failed: int

    @classmethod
    def of(cls, rows: Sequence[Row]) -> _Sum:
        return cls(
            sum(row.injected for row in rows),
            sum(max(0, row.jobs - row.wanted_jobs) for row in rows),
            sum(max(0, row.savepoints - row.wanted_savepoints) for row in rows),
            sum(row.lost for row in rows),
            sum(row.hang for row in rows),
            sum(row.failed for row in rows),
        )

    def __iter__(self) -> Iterator[int]:
        return iter(astuple(self))


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
