from __future__ import annotations

from dataclasses import replace

from airflow_provider_dli.local.demo.claims import check
from airflow_provider_dli.local.demo.outcome import Outcome, SavepointFiles, TaskFailure
from airflow_provider_dli.local.demo.plan import BOUNDED, SAVERS
from airflow_provider_dli.local.demo.report import report
from tests.local.demo.paper import paper, written
from tests.local.demo.scenes import outcome, with_savepoint, with_task


def reported(of: Outcome) -> list[str]:
    console = paper()
    report(of, check(of), 68.4, console)
    return [line.rstrip() for line in written(console).splitlines()]


def test_it_tells_all_that_came_of_it() -> None:
    assert reported(outcome()) == [
        "",
        "Flink job  id        state     duration  checkpoints  records  restored",
        "backfill   aaaaaaaa  FINISHED     6.0 s            0    2,000         -",
        "orders     bbbbbbbb  RUNNING     10.0 s           40    9,800         -",
        "clicks     cccccccc  FINISHED     6.0 s           13    1,734         -",
        "clicks     dddddddd  RUNNING     10.0 s            3    2,000     1,734",
        "sql-7      eeeeeeee  FINISHED     6.0 s            0        0         -",
        "cities     ffffffff  FINISHED     6.0 s            0      700         -",
        "",
        "Savepoints",
        "nightly_savepoint_backup.backup, 3,760 bytes",
        "  file:/s/1",
        "run_watch_stop.backup, 3,760 bytes",
        "  file:/s/2",
        "run_watch_stop.stop, 3,760 bytes",
        "  file:/s/3",
        "batch_then_stream_on_dli.backup, 3,760 bytes",
        "  file:/s/4",
        "batch_then_stream_on_dli.stop, 3,760 bytes",
        "  file:/s/5",
        "",
        "On DLI",
        "cities, job 1001, job_cancel_success",
        "  http://dli",
        "",
        "Pages",
        "  http://airflow/batch_then_stream",
        "  http://airflow/nightly_savepoint_backup",
        "  http://airflow/run_watch_stop",
        "  http://airflow/batch_then_stream_on_dli",
        f"  http://flink/{'a' * 32}",
        f"  http://flink/{'b' * 32}",
        f"  http://flink/{'c' * 32}",
        f"  http://flink/{'d' * 32}",
        f"  http://flink/{'e' * 32}",
        f"  http://flink/{'f' * 32}",
        "",
        "What was claimed",
        "✓ Every task succeeded.",
        "✓ The bounded job finished.",
        "✓ A metric was held against its threshold.",
        "✓ Every savepoint is on the disk, with its metadata.",
        "✓ The restarted job went on where the stopped one had ended.",
        "✓ DLI ran its stream once, and stopped it with a savepoint.",
        "✓ Exactly 6 jobs were started, one for each task that starts one.",
        "",
        "Took 68 s; all of it held.",
    ]


def test_what_did_not_hold_is_told_with_the_reason() -> None:
    lines = reported(with_savepoint(outcome(), SAVERS[0], SavepointFiles("file:/s/9", None, has_metadata=False)))
    claim = lines.index("✗ Every savepoint is on the disk, with its metadata.")
    assert lines[claim + 1] == "  there is nothing at file:/s/9, which nightly_savepoint_backup.backup returned"
    assert "nightly_savepoint_backup.backup, nothing there" in lines
    assert lines[-1] == "Took 68 s; 1 of 7 claims did not hold."


def test_a_failed_task_is_told_with_its_error_and_the_end_of_its_log() -> None:
    failure = TaskFailure(BOUNDED, "JobFailed: no slot [a]", ("Submitted", "Waiting"))
    lines = reported(replace(with_task(outcome(), BOUNDED, state="failed"), failures=(failure,)))
    begin = lines.index("batch_then_stream.backfill failed: JobFailed: no slot [a]")
    assert lines[begin + 1 : begin + 3] == ["  Submitted", "  Waiting"]


def test_a_path_is_never_broken_into_two() -> None:
    long = "file:/" + "x" * 200
    assert f"  {long}" in reported(with_savepoint(outcome(), SAVERS[0], SavepointFiles(long, 1, has_metadata=True)))


def test_without_savepoints_there_is_no_heading_for_them() -> None:
    assert "Savepoints" not in reported(replace(outcome(), savepoints={}))
