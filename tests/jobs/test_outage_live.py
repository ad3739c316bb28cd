"""Clusters that lose a process while a task waits."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.jobs.live import Live
from tests.local.waiting import wait_until

pytestmark = pytest.mark.live


def meanwhile(live: Live, job_id: str, until: str, happen: Callable[[], None]) -> str:
    """Wait for a job while something happens to the cluster, and return what the wait returned or raised."""
    live.told.clear()
    with ThreadPoolExecutor() as workers:
        waiting = workers.submit(live.wait, job_id, until, 60)
        wait_until(lambda: live.told)
        happen()
        return str(waiting.exception() or waiting.result())


def test_a_restarted_jobmanager_is_ridden_out(live: Live) -> None:
    job_id = live.stream("--restarts", "100")
    told = meanwhile(live, job_id, "finished", live.flink.restart_jobmanager)
    assert f"no longer knows job {job_id}. Last seen: job 'streaming count' ({job_id}) is R" in told
    assert any("trying again: No connection: Connection refused" in each for each in live.told)


def test_a_killed_taskmanager_is_ridden_out(live: Live) -> None:
    job_id = live.stream("--restarts", "100")
    live.flink.kill_taskmanager()
    try:
        wait_until(lambda: not live.all_jobs()[job_id].all_tasks_run)
    finally:
        told = meanwhile(live, job_id, "running", live.flink.start_taskmanager)
    assert "is RUNNING, tasks: 2 running" in told
    assert len(live.new_jobs()) == 1
