from __future__ import annotations

import pytest

from airflow_provider_dli.local.demo.picture import picture
from airflow_provider_dli.local.demo.scene import Scene
from airflow_provider_dli.local.demo.terminal import TerminalDisplay
from tests.local.demo.paper import paper, terminal, written
from tests.local.demo.scenes import run, scene, task

TOLD = ["Flink is up at http://127.0.0.1:1", "Airflow is up at http://127.0.0.1:2"]


def drawn(of: Scene, *, width: int = 80, height: int | None = None, seconds: float = 42.0) -> list[str]:
    """Return the lines of a picture, without colours."""
    console = paper(width)
    console.print(picture(of, TOLD, seconds, height))
    return [line.rstrip() for line in written(console).splitlines()]


def test_before_anything_has_begun_it_shows_what_will() -> None:
    assert drawn(Scene()) == [
        *TOLD,
        "",
        "· batch_then_stream",
        "· nightly_savepoint_backup",
        "· run_watch_stop",
        "· batch_then_stream_on_dli",
        "",
        "42 s",
    ]


def test_each_dag_each_task_and_each_job_has_a_line() -> None:
    runs = (run("batch_then_stream", task("backfill"), task("stream", "deferred"), state="running"),)
    assert [" ".join(line.split()) for line in drawn(Scene(runs, scene().jobs[:2], at=110.0))] == [
        *TOLD,
        "",
        "⠦ batch_then_stream running",
        "✓ backfill success 2.5 s",
        "⠦ stream deferred 9.0 s",
        "· nightly_savepoint_backup",
        "· run_watch_stop",
        "· batch_then_stream_on_dli",
        "",
        "Flink job id state tasks checkpoints savepoints records",
        "backfill aaaaaaaa FINISHED 2/2 0 0 2,000",
        "orders bbbbbbbb RUNNING 2/2 40 1 9,800",
        "",
        "42 s",
    ]


def test_what_failed_is_marked() -> None:
    failed = run("batch_then_stream", task("backfill", "failed"), task("stream", "upstream_failed"), state="failed")
    lines = drawn(Scene((failed,)))
    assert lines[3].split() == ["✗", "batch_then_stream", "failed"]
    assert [line.split()[0] for line in lines[4:6]] == ["✗", "✗"]


def test_what_is_under_way_turns() -> None:
    runs = (run("batch_then_stream", state="running"),)
    assert len({drawn(Scene(runs), seconds=eighth / 8)[3] for eighth in range(10)}) == 10


def test_where_there_is_no_room_the_tasks_of_what_has_succeeded_are_left_out() -> None:
    lines = drawn(scene())
    assert drawn(scene(), height=len(lines)) == lines
    folded = drawn(scene(), height=len(lines) - 1)
    assert [line for line in folded if line.startswith("  ")] == []
    assert len(folded) == len(lines) - sum(len(seen.tasks) for seen in scene().runs)


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_broken(width: int) -> None:
    assert drawn(scene(), width=width) == drawn(scene(), width=500)


def test_colours_are_those_of_the_terminal_itself() -> None:
    console = terminal()
    runs = (run("batch_then_stream", task("a"), task("b", "failed"), task("c", "deferred"), state="running"),)
    console.print(picture(Scene(runs), [], 1, None))
    green, red, magenta, cyan = ("\x1b[32m✓", "\x1b[31m✗", "\x1b[35mdeferred", "\x1b[36mrunning")
    assert all(coloured in written(console) for coloured in (green, red, magenta, cyan))


def test_a_terminal_shows_the_latest_scene_again_at_the_same_place_and_leaves_all_of_it() -> None:
    console = terminal(height=24)
    with TerminalDisplay(console, lambda: 42.0) as display:
        display.tell(TOLD[0])
        display.show(scene())
    shown = written(console)
    up = "\x1b[1A"
    assert up in shown
    assert "backfill" in shown.rpartition(up)[2]
    assert shown.rpartition(up)[2].count("✓") == 4 + sum(len(seen.tasks) for seen in scene().runs)
    assert "\x1b[?25h" in shown
