from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from airflow_provider_dli.local.command_line import main
from airflow_provider_dli.local.demo import command
from airflow_provider_dli.local.demo.outcome import Outcome
from airflow_provider_dli.local.demo.plan import BOUNDED
from tests.local.demo.scenes import outcome, with_task
from tests.local.waiting import is_gone

EXAMPLES = Path(__file__).parents[3] / "example_dags"
COMMAND = [sys.executable, "-m", "airflow_provider_dli.local", "demo", "--dags", str(EXAMPLES)]


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Callable[[Outcome], None]:
    """Let outcomes be made up: nothing is started."""
    monkeypatch.setattr(command, "_end_like_with_ctrl_c", lambda: None)
    monkeypatch.setattr(command, "stage", lambda *_: nullcontext())
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")

    def come(of_it: Outcome) -> None:
        monkeypatch.setattr(command, "Show", lambda *_: SimpleNamespace(run=lambda: of_it))

    return come


@pytest.mark.parametrize(("state", "code"), [("success", 0), ("failed", 1)])
def test_the_exit_code_tells_whether_all_of_it_held(
    state: str, code: int, made_up: Callable[[Outcome], None], capsys: pytest.CaptureFixture[str]
) -> None:
    made_up(with_task(outcome(), BOUNDED, state=state))
    assert main(["demo", "--dags", "anywhere"]) == code
    assert f"{'✗' if code else '✓'} Every task succeeded." in capsys.readouterr().out


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(tmp_path)}


@pytest.mark.long
@pytest.mark.live
@pytest.mark.timeout(600)
def test_the_demo_shows_what_happens_and_all_that_it_claims_holds(surroundings: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(COMMAND, capture_output=True, text=True, env=surroundings, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    lines = done.stdout.splitlines()

    moments = [float(line[:6]) for line in lines if re.match(r"[ \d]{4}\.\d s  ", line)]
    assert moments == sorted(moments)
    told = [line[10:] for line in lines[: len(moments)]]
    assert re.match(r"Starting Flink \d\S+ and Airflow 3\S+ \.\.\.$", told[0])
    for dag_id in ("batch_then_stream", "nightly_savepoint_backup", "run_watch_stop", "batch_then_stream_on_dli"):
        assert f"DAG {dag_id}: success" in told
    assert "task run_watch_stop.enough_records: deferred" in told
    assert [line.split()[1] for line in told if re.match(r"job \w+ \w+: RUNNING, 2 of 2 tasks at work", line)] == [
        "backfill",
        "orders",
        "clicks",
        "clicks",
    ]
    assert len([line for line in told if ": savepoint file:" in line]) == 5
    assert len([line for line in told if ": goes on from " in line]) == 1

    assert re.match(r"Flink job +id ", lines[len(moments) + 1])
    assert [line for line in lines if line[:1] in "✓✗" and line] == [
        "✓ Every task succeeded.",
        "✓ The bounded job finished.",
        "✓ A metric was held against its threshold.",
        "✓ Every savepoint is on the disk, with its metadata.",
        "✓ The restarted job went on where the stopped one had ended.",
        "✓ DLI ran its stream once, and stopped it with a savepoint.",
        "✓ Exactly 6 jobs were started, one for each task that starts one.",
    ]
    assert re.fullmatch(r"Took \d+ s; all of it held\.", lines[-2])
    assert not [folder for folder in tmp_path.iterdir() if folder.name.startswith(("airflow-", "dli-", "flink-"))]


@pytest.mark.live
@pytest.mark.parametrize("how", [pytest.param(signal.SIGINT, marks=pytest.mark.long), signal.SIGTERM])
def test_it_ends_cleanly_when_told_to(how: signal.Signals, surroundings: dict[str, str], tmp_path: Path) -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True, env=surroundings) as demo:
        assert demo.stdout
        next(line for line in demo.stdout if "Flink" in line and "is up" in line)
        children = [child.pid for child in psutil.Process(demo.pid).children(recursive=True)]
        demo.send_signal(how)
        assert demo.wait(60) == 130
    assert children
    assert all(map(is_gone, children))
    assert not list(tmp_path.iterdir())
