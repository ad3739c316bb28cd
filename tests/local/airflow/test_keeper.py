from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from airflow_provider_dli.local.airflow import keeper
from airflow_provider_dli.local.airflow.process_tree import kill_members, members
from airflow_provider_dli.local.process import GuardedProcess
from tests.local.waiting import is_gone, wait_until

#: Starts a child, one whose parent is gone, one in a session of its own, and one that is deaf to SIGTERM.
FAMILY = """
import json, os, signal, subprocess, sys, time
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
ORPHAN = "import os, subprocess, sys; print(subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL).pid)"
children = [subprocess.Popen(SLEEP).pid, subprocess.Popen(SLEEP, start_new_session=True).pid]
children.append(int(subprocess.check_output([sys.executable, "-c", ORPHAN, *SLEEP])))
signal.signal(signal.SIGTERM, signal.SIG_IGN)
children.append(subprocess.Popen(SLEEP).pid)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
print(json.dumps([os.getpid(), *children]), flush=True)
time.sleep(600)
"""


class Kept:
    """A family of processes in the hands of a keeper."""

    def __init__(self, output: Path) -> None:
        command = [sys.executable, "-m", keeper.__name__, "0.5", sys.executable, "-c", FAMILY]
        self.keeper = GuardedProcess(command, output=output, environment=dict(os.environ), patience=20)
        self.pids: list[int] = json.loads(wait_until(output.read_text))

    @property
    def is_gone(self) -> bool:
        return all(map(is_gone, self.pids))


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "output")


def test_all_of_them_belong_to_it(kept: Kept) -> None:
    assert {process.pid for process in members(kept.keeper.pid)} == set(kept.pids)
    kill_members(kept.keeper.pid)


def test_all_of_them_end_when_it_is_told_to(kept: Kept) -> None:
    kept.keeper.end()
    kept.keeper.wait()
    assert kept.is_gone


def test_when_the_first_one_dies_nothing_of_its_session_stays(kept: Kept) -> None:
    _, _, in_another_session, *_ = kept.pids
    os.kill(kept.pids[0], signal.SIGKILL)
    kept.keeper.wait()
    os.kill(in_another_session, signal.SIGKILL)
    wait_until(lambda: kept.is_gone)


def test_all_of_them_can_be_killed_at_once(kept: Kept) -> None:
    kill_members(kept.keeper.pid)
    kept.keeper.wait()
    assert kept.is_gone
