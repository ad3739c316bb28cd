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
    "`kill -9` of a task, a worker, a triggerer or the scheduler; a worker is evicted; a trigger moves": (
        r"^(kill -9|SIGTERM) of the (task\b|whole worker|worker|triggerer|scheduler)|another triggerer"
    ),
    "The JobManager or the TaskManager is lost": r"JobManager|TaskManager",
    "A connection breaks; a response is late, doubled, cut, or a gateway's": (
        r"^(connection lost|answer |nobody answers|\d{3} (with|before|of|to))"
    ),
    "A time-out ends": r"^(execution_)?timeout",
    "Credentials expire": r"^token",
    "Users clear, mark, delete and rerun tasks; two DAGs use one job": r"",
}
_ROWS = "## Operators and faults"
_GROUPS_HEAD = (
    "kind of fault",
    "faults",
    "second jobs",
    "second savepoints",
    "paths lost",
    "jobs ended by mistake",
    "hanging tasks",
    "failed",
)
_PARTS_HEAD = ("part", "faults", "failed", "Flink", "minutes", "commit")
_HEAD = (
    "part",
    "operator",
    "fault",
    "injected",
    "jobs started",
    "savepoints made",
    "paths lost",
    "ended by mistake",
    "hang",
    "verdict",
)


@dataclass(frozen=True)
class Row:
    """The counts after one fault that one operator has met, once or many times.

    :param part: the part of the crash tests.
    :param operator: the operator, and what it had to do.
    :param fault: what has happened.
    :param injected: how often.
    :param jobs: jobs that were there, and :attr:`wanted_jobs` that should have been.
    :param savepoints: savepoints, likewise.
    :param lost: paths that were lost.
    :param ended: jobs that have ended by mistake.
    :param hang: tasks that hang.
    :param failed: experiments that did not hold.
    """

    part: str
    operator: str
    fault: str
    injected: int
    jobs: int
    wanted_jobs: int
    savepoints: int
    wanted_savepoints: int
    lost: int
    ended: int
    hang: int
    failed: int

    @classmethod
    def of(cls, part: str, results: Sequence[Result]) -> Row:
        """Sum up results of one operator and fault."""
        tallies = [result.tally for result in results]
        return cls(
            part,
            results[0].operator,
            results[0].fault,
            sum(result.injected for result in results),
            sum(tally.jobs for tally in tallies),
            sum(tally.wanted_jobs for tally in tallies),
            sum(tally.savepoints for tally in tallies),
            sum(tally.wanted_savepoints for tally in tallies),
            sum(len(tally.lost) for tally in tallies),
            sum(tally.ended for tally in tallies),
            sum(tally.hangs for tally in tallies),
            sum(not tally.holds for tally in tallies),
        )

    @classmethod
    def read(cls, line: str) -> Row:
        """Read one that was written."""
        part, operator, fault, *counts, verdict = line.strip("| \n").split(" | ")
        failed = "0" if verdict == "holds" else verdict
        return cls(part, operator, fault, *map(int, re.findall(r"\d+", " ".join((*counts, failed)))))

    @property
    def key(self) -> tuple[str, str, str]:
        """The part, the operator and the fault; there is one row for each."""
        return self.part, self.operator, self.fault

    def __str__(self) -> str:
        jobs, savepoints = _of(self.jobs, self.wanted_jobs), _of(self.savepoints, self.wanted_savepoints)
        verdict = f"{self.failed} FAILED" if self.failed else "holds"
        others = map(str, (self.lost, self.ended, self.hang))
        return _row((*self.key, str(self.injected), jobs, savepoints, *others, verdict))


@dataclass(frozen=True)
class PartRun:
    """One run of a part of the crash tests.

    :param part: its name.
    :param flink: the version of Flink.
    :param minutes: how long it took.
    :param commit: the last commit that changed what is tested, with ``+`` where files differ from it.
    """

    part: str
    flink: str
    minutes: int
    commit: str

    @classmethod
    def read(cls, line: str) -> PartRun:
        """Read one that was written."""
        part, _, _, flink, minutes, commit = line.strip("| \n").split(" | ")
        return cls(part, flink, int(minutes), commit)

    def row(self, rows: Iterable[Row]) -> str:
        """Return its line in the table of parts.

        :param rows: the rows of all parts.
        """
        own = _Sum.of([row for row in rows if row.part == self.part])
        return _row((self.part, str(own.injected), str(own.failed), self.flink, str(self.minutes), self.commit))


@dataclass(frozen=True)
class Record:
    """The runs of parts, and their rows.

    :param runs: the last run of each part.
    :param rows: the rows of these runs.
    """

    runs: Sequence[PartRun] = ()
    rows: Sequence[Row] = ()

    @classmethod
    def read(cls, page: str) -> Record:
        """Read the page that :func:`table` has written."""
        parts, _, rows = page.partition(_ROWS)
        return cls([*map(PartRun.read, _body(parts))], [*map(Row.read, _body(rows))])

    def replaced(self, run: PartRun, results: Iterable[Result]) -> Record:
        """Return this record with another run of a part in place of the one before.

        :param run: the run.
        :param results: its results.
        """
        others = [row for row in self.rows if row.part != run.part]
        runs = [one for one in self.runs if one.part != run.part]
        return Record([*runs, run], sorted([*others, *rows_of(run.part, results)], key=lambda row: row.key))


def rows_of(part: str, results: Iterable[Result]) -> list[Row]:
    """Return the rows of the faults that were injected, and of all that has failed.

    :param part: the part that they are of.
    :param results: its results.
    """
    ordered = sorted((result for result in results if result.injected or not result.tally.holds), key=_key)
    return [Row.of(part, list(group)) for _, group in groupby(ordered, _key)]


def _body(page: str) -> list[str]:
    """Return the lines of a table without its head."""
    return [line for line in page.splitlines() if line.startswith("| ")][2:]


def summary(record: Record, table: str, parts: Sequence[str]) -> str:
    """Return the page that a reader opens first.

    :param record: the runs and their rows.
    :param table: the name of the file with the table.
    :param parts: the names of all parts.
    """
    missing = sorted(set(parts) - {run.part for run in record.runs})
    not_run = f"**Not run** on this code: the parts {', '.join(missing)}.\n\n" if missing else ""
    rows = record.rows
    flinks = " and ".join(sorted({run.flink for run in record.runs}, reverse=True))
    every = _Sum.of(rows)
    counted = [(name, _Sum.of([row for row in rows if group_of(row) == name])) for name in GROUPS]
    lines = [_row((name, *map(str, one))) for name, one in counted if one.injected or one.failed]
    kinds = _table(_GROUPS_HEAD, lines)
    return f"""# Crash tests

`make chaos` runs the operators in a real Airflow {version("apache-airflow")}, on a real Flink {flinks} and on the DLI
emulator, and injects faults. Afterwards it counts jobs, savepoints and XComs through Flink's and DLI's own APIs.

**{every.injected:,} faults: {every.second_jobs} second jobs, {every.second_savepoints} second savepoints,
{every.lost} lost paths, {every.ended} jobs ended by mistake, {every.hang} tasks that hang,
{every.failed} failed tests.**

{kinds}

[{table}]({table}) has a row for each operator and each fault, and the commit and
the duration of each part. Parts are run one after the other. A part that is run again replaces its own rows, so the
commits may differ.

{not_run}**Control.** An operator without an identity only posts its jar. When its response is lost, the tests must
find two jobs.

**Known leaks.** A kill reaches a deferred task only while a triggerer runs its trigger. Airflow does not notify a
trigger of a kill between *running* and *deferred*, or while the triggerer is lost or restarted. The rows with "and
nobody hears of it" count one job that continues, as documented. [airflow.md](airflow.md) shows how to find such jobs;
[promises.md](promises.md#what-flink-cannot-do) lists the other limits.

**Run it.** `make chaos` runs all parts and writes both pages. The runs that are shown took {_minutes(record)} minutes
on two busy cores. `make chaos PARTS="people stops"` runs some parts; `python -m tests.crash --help` lists them.
`make test` runs a short form.
"""


def _minutes(record: Record) -> int:
    """Return how long all parts took."""
    return sum(run.minutes for run in record.runs)


def table(record: Record, page: str) -> str:
    """Return the page with a row for each operator and fault.

    :param record: the runs and their rows.
    :param page: the name of the file with the summary.
    """
    parts = _table(_PARTS_HEAD, (run.row(record.rows) for run in record.runs))
    return f"""# Crash tests: all rows

Written by `make chaos`; [{page}]({page}) has the summary. "+" marks runs with changes that were not committed
there yet.

{parts}

{_ROWS}

"2 of 2" are the jobs or savepoints that were counted, and that were expected. One more job is expected where a task is
cleared, or where its DAG run is deleted and run again. A request that several operators send meets each fault with the
first of them, and kills with each of them.

{_table(_HEAD, map(str, record.rows))}
"""


def _table(head: Sequence[str], lines: Iterable[str]) -> str:
    return "\n".join((_row(head), _row(["---"] * len(head)), *lines))


def group_of(row: Row) -> str:
    """Return the kind of fault that a row is about."""
    return next(name for name, pattern in GROUPS.items() if re.search(pattern, row.fault))


@dataclass(frozen=True)
class _Sum:
    injected: int
    second_jobs: int
    second_savepoints: int
    lost: int
    ended: int
    hang: int
    failed: int

    @classmethod
    def of(cls, rows: Sequence[Row]) -> _Sum:
        return cls(
            sum(row.injected for row in rows),
            sum(max(0, row.jobs - row.wanted_jobs) for row in rows),
            sum(max(0, row.savepoints - row.wanted_savepoints) for row in rows),
            sum(row.lost for row in rows),
            sum(row.ended for row in rows),
            sum(row.hang for row in rows),
            sum(row.failed for row in rows),
        )

    def __iter__(self) -> Iterator[int]:
        return iter(astuple(self))


def failures(results: Iterable[Result]) -> str:
    """Return what did not hold, and what the tasks have written."""
    return "\n\n".join(f"{one}\n  {'; '.join(one.tally.faults)}\n{one.told}" for one in results if not one.tally.holds)


def line(result: Result) -> str:
    """Return one result as a line, with the logs of its tasks where it has failed."""
    if result.tally.holds:
        return f"holds: {result}"
    return f"FAILED: {'; '.join(result.tally.faults)}: {result}\n{result.told}"


def _key(result: Result) -> tuple[str, str]:
    return result.operator, result.fault


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _of(seen: int, wanted: int) -> str:
    return f"{seen} of {wanted}" if seen == wanted else f"**{seen}, not {wanted}**"
