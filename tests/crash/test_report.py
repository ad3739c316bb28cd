"""The pages on crash tests: a part that is run again replaces its own rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import AIRFLOW_3
from tests.crash.__main__ import PARTS
from tests.crash.experiment import Result
from tests.crash.report import GROUPS, PartRun, Record, Row, group_of, rows_of, summary, table
from tests.crash.tally import Tally

ROOT = Path(__file__).parents[2]
GOOD = Result("stop", "kill -9 of the task", "POST /stop", 1, Tally(1, 1, 1, 1))
TWICE = Result("run", "answer lost", "POST /run", 1, Tally(2, 1))
LOST = Result("run", "the task is cleared", "POST /run", 1, Tally(1, 1, 1, 1, lost=["file:/s"], ended=1, hangs=True))
PLAIN = Result("run", "none", "at no request", 0, Tally(1, 1))
FLINK = PartRun("flink", "2.3.0", 14, "abc")
RECORD = Record().replaced(FLINK, [GOOD, TWICE, LOST])


def test_a_row_sums_up_what_one_fault_has_left() -> None:
    assert rows_of("flink", [GOOD, TWICE, GOOD, PLAIN]) == [
        Row("flink", "run", "answer lost", 1, 2, 1, 0, 0, 0, 0, 0, 1),
        Row("flink", "stop", "kill -9 of the task", 2, 2, 2, 2, 2, 0, 0, 0, 0),
    ]


def test_a_record_that_is_written_can_be_read() -> None:
    assert Record.read(table(RECORD, "crash_tests.md")) == RECORD


def test_the_summary_counts_all_faults_and_each_kind() -> None:
    page = " ".join(summary(RECORD, "table.md", PARTS).split())
    assert "**3 faults: 1 second jobs, 0 second savepoints, 1 lost paths, 1 jobs ended by mistake, 1 tasks that" in page
    assert "2 failed tests.**" in page
    lines = summary(RECORD, "table.md", PARTS).splitlines()
    kinds = [line.split(" | ")[1:3] for line in lines if line.startswith(("| `kill -9`", "| A connection"))]
    assert kinds == [["1", "0"], ["1", "1"]]
    assert "Credentials" not in page


@pytest.mark.skipif(not AIRFLOW_3, reason="the page names the version of Airflow 3 on which the crash tests run")
def test_the_summary_fits_one_screen() -> None:
    page, record = ROOT / "docs/crash_tests.md", Record.read((ROOT / "docs/crash_tests_table.md").read_text())
    assert len(record.rows) > 200
    assert page.read_text() == summary(record, "crash_tests_table.md", PARTS)
    assert len(page.read_text().splitlines()) <= 45


def test_the_pages_show_no_failure() -> None:
    record = Record.read((ROOT / "docs/crash_tests_table.md").read_text())
    assert {run.part for run in record.runs} <= set(PARTS)
    assert not [row for row in record.rows if row.failed]


def test_the_summary_names_the_parts_that_were_not_run() -> None:
    assert "**Not run** on this code: the parts many, stops." in summary(RECORD, "table.md", ["flink", "many", "stops"])
    assert "Not run" not in summary(RECORD, "table.md", ["flink"])


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("kill -9 of the task before the request", "`kill -9` of a task"),
        ("SIGTERM of the worker and its task, in the last try", "`kill -9` of a task"),
        ("kill -9 of the TaskManager", "The JobManager or the TaskManager"),
        ("kill -9 of the task before it reads the answer, DLI's clock is +60 s off", "A clock"),
        ("429 with Retry-After", "A connection breaks"),
        ("404 of an ingress before the request is carried out", "A connection breaks"),
        ("execution_timeout is over", "A time-out"),
        ("200 tasks are marked failed at once", "Users"),
        ("another DAG stops the job (waiting)", "Users"),
    ],
)
def test_a_fault_has_a_kind(fault: str, kind: str) -> None:
    assert group_of(Row("flink", "stop", fault, *[0] * 9)).startswith(kind)
    assert len(GROUPS) == 7


def test_a_part_that_is_run_again_replaces_its_own_rows() -> None:
    stops = RECORD.replaced(PartRun("stops", "2.3.0", 2, "abc"), [TWICE])
    again = stops.replaced(PartRun("flink", "2.3.0", 13, "def"), [PLAIN, GOOD])
    assert [(row.part, row.operator, row.failed) for row in again.rows] == [("flink", "stop", 0), ("stops", "run", 1)]
    assert [(run.part, run.commit) for run in again.runs] == [("stops", "abc"), ("flink", "def")]


@pytest.mark.parametrize(
    ("states", "wanted", "ended"),
    [
        (["RUNNING", "CANCELED"], ["CANCELED", "RUNNING"], 0),
        (["CANCELED"], ["RUNNING"], 1),
        (["CANCELED"], ["FINISHED"], 1),
        (["RESTARTING"], ["RUNNING"], 0),
        (["job_cancel_success"], ["job_running"], 1),
        ([], ["RUNNING"], 0),
    ],
)
def test_jobs_that_ended_by_mistake_are_counted(states: list[str], wanted: list[str], ended: int) -> None:
    tally = Tally()
    tally.expect_states(states, wanted)
    assert tally.ended == ended
    assert tally.holds == (sorted(states) == sorted(wanted))
