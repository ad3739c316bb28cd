"""The table: a part that is conducted again replaces its rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.experiment import Result
from tests.crash.report import GROUPS, Row, group_of, merged, rows_in, rows_of, summary, table
from tests.crash.tally import Tally

ROOT = Path(__file__).parents[2]
GOOD = Result("stop", "kill -9 of the task", "POST /stop", 1, Tally(1, 1, 1, 1))
TWICE = Result("run", "answer lost", "POST /run", 1, Tally(2, 1))
LOST = Result("run", "the task is cleared", "POST /run", 1, Tally(1, 1, 1, 1, lost=["file:/s"], hangs=True))
PLAIN = Result("run", "none", "at no request", 0, Tally(1, 1))


def test_a_row_sums_up_what_one_fault_has_left() -> None:
    assert rows_of([GOOD, TWICE, GOOD, PLAIN]) == [
        Row("run", "answer lost", 1, 2, 1, 0, 0, 0, 0, 1),
        Row("stop", "kill -9 of the task", 2, 2, 2, 2, 2, 0, 0, 0),
    ]


def test_what_is_written_can_be_read() -> None:
    rows = rows_of([GOOD, TWICE, LOST])
    assert rows_in(table(rows, "crash_tests.md")) == rows


def test_the_summary_counts_all_faults_and_each_kind() -> None:
    rows = rows_of([GOOD, TWICE, LOST])
    told = summary(rows, "2.3.0", "table.md")
    assert "**3 faults: 1 second jobs, 0 second savepoints,\n1 paths lost, 1 tasks that hang; 2 experiments" in told
    kinds = [line.split(" | ")[1:3] for line in told.splitlines() if line.startswith(("| `kill -9`", "| A connection"))]
    assert kinds == [["1", "0"], ["1", "1"]]
    assert "Credentials" not in told


def test_the_summary_fits_one_screen() -> None:
    page, rows = ROOT / "docs/crash_tests.md", rows_in((ROOT / "docs/crash_tests_table.md").read_text())
    assert len(rows) > 600
    lines = page.read_text().splitlines()
    assert len(lines) <= 45
    assert f"**{sum(row.injected for row in rows)} faults:" in page.read_text()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("kill -9 of the task before the request", "`kill -9` of a task"),
        ("kill -9 of the TaskManager", "The JobManager or the TaskManager"),
        ("kill -9 of the task before it reads the answer, DLI's clock is +60 s off", "A clock"),
        ("429 with Retry-After", "A connection breaks"),
        ("execution_timeout is over", "A time-out"),
        ("200 tasks are marked failed at once", "Users"),
        ("another DAG stops the job (waiting)", "Users"),
    ],
)
def test_a_fault_has_a_kind(fault: str, kind: str) -> None:
    assert group_of(Row("stop", fault, *[0] * 8)).startswith(kind)
    assert len(GROUPS) == 7


def test_a_part_replaces_its_rows() -> None:
    mended = Result("run", "answer lost", "POST /run", 1, Tally(1, 1))
    rows = merged(rows_of([GOOD, TWICE]), rows_of([mended]))
    assert [row.failed for row in rows] == [0, 0]
    assert [row.operator for row in rows] == ["run", "stop"]
