"""The table: a part that is conducted again replaces its rows."""

from __future__ import annotations

from tests.crash.experiment import Result
from tests.crash.report import Row, merged, page, rows_in, rows_of
from tests.crash.tally import Tally

GOOD = Result("stop", "kill -9", "POST /stop", 1, Tally(1, 1, 1, 1))
TWICE = Result("run", "answer lost", "POST /run", 1, Tally(2, 1))
LOST = Result("run", "killed", "POST /run", 1, Tally(1, 1, 1, 1, lost=["file:/s"], hangs=True))
PLAIN = Result("run", "none", "at no request", 0, Tally(1, 1))


def test_a_row_sums_up_what_one_fault_has_left() -> None:
    assert rows_of([GOOD, TWICE, GOOD, PLAIN]) == [
        Row("run", "answer lost", 1, 2, 1, 0, 0, 0, 0, 1),
        Row("stop", "kill -9", 2, 2, 2, 2, 2, 0, 0, 0),
    ]


def test_what_is_written_can_be_read() -> None:
    rows = rows_of([GOOD, TWICE, LOST])
    assert rows_in(page(rows, "2.3.0")) == rows


def test_the_page_says_what_counts() -> None:
    told = " ".join(page(rows_of([GOOD, TWICE, LOST]), "2.3.0").split())
    assert "**3 faults: 1 second jobs, 0 second savepoints, 1 paths lost, 1 tasks that hang; 2 experiments" in told


def test_a_part_replaces_its_rows() -> None:
    mended = Result("run", "answer lost", "POST /run", 1, Tally(1, 1))
    rows = merged(rows_of([GOOD, TWICE]), rows_of([mended]))
    assert [row.failed for row in rows] == [0, 0]
    assert [row.operator for row in rows] == ["run", "stop"]
