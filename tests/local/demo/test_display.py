from __future__ import annotations

from io import StringIO

from airflow_provider_dli.local.demo.display import PlainDisplay
from airflow_provider_dli.local.demo.scene import Scene
from tests.local.demo.scenes import ORDERS, job, run, task


def test_a_pipe_gets_one_line_for_each_change_with_the_seconds_since_the_start() -> None:
    output, seconds = StringIO(), iter([0.04, 12.3, 12.3, 99.96])
    display = PlainDisplay(output, lambda: next(seconds))
    first = Scene(runs=(run("nightly", task("backup", "running"), state="running"),))
    with display:
        display.tell("Flink is up")
        display.show(first)
        display.show(first)
        display.show(Scene(first.runs, jobs=(job(ORDERS, "orders"),)))
    assert output.getvalue().splitlines() == [
        "   0.0 s  Flink is up",
        "  12.3 s  task nightly.backup: running",
        "  12.3 s  DAG nightly: running",
        " 100.0 s  job orders bbbbbbbb: RUNNING, 2 of 2 tasks at work",
    ]
