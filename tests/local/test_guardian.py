from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_provider_dli.local.errors import StartError
from airflow_provider_dli.local.process import GuardedProcess
from tests.local.waiting import is_gone, wait_until

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
]
# Begun by nohup, a process would be deaf to SIGHUP, and so would its children.
PARENT = """
import os, signal, sys, time
from pathlib import Path
from airflow_provider_dli.local.process import GuardedProcess
child = GuardedProcess(sys.argv[2:], output=Path(sys.argv[1]), environment=os.environ)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
print(child.pid, flush=True)
time.sleep(600)
"""


def guarded(command: list[str], output: Path, patience: float = 5) -> GuardedProcess:
    return GuardedProcess(command, output=output, environment=dict(os.environ), patience=patience)


def test_what_a_command_writes_is_kept(tmp_path: Path) -> None:
    script = "import sys; print('to the one'); print('to the other', file=sys.stderr)"
    guarded([sys.executable, "-u", "-c", script], tmp_path / "output").wait()
    assert (tmp_path / "output").read_text().splitlines() == ["to the one", "to the other"]


def test_an_end_ends_the_command(tmp_path: Path) -> None:
    process = guarded(SLEEPER, tmp_path / "output")
    assert process.is_alive
    process.end()
    process.wait()
    assert not process.is_alive
    assert is_gone(process.pid)


def test_one_that_is_deaf_to_sigterm_is_killed(tmp_path: Path) -> None:
    process = guarded(STUBBORN, tmp_path / "output", patience=0.1)
    wait_until((tmp_path / "output").read_text)
    process.end()
    process.wait()
    assert is_gone(process.pid)


def test_a_killed_one_is_noticed_and_may_be_killed_and_ended_again(tmp_path: Path) -> None:
    process = guarded(SLEEPER, tmp_path / "output")
    process.kill()
    process.kill()
    process.end()
    process.end()
    assert not process.is_alive


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_nothing_survives_the_death_of_its_parent(death: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "output"), *SLEEPER]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.send_signal(death)
    wait_until(lambda: is_gone(pid))


def test_a_program_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="/no/java cannot be started: FileNotFoundError"):
        guarded(["/no/java"], tmp_path / "output")
