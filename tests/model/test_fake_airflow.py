"""The simulated Airflow does to processes what a real one does."""

from __future__ import annotations

from unittest.mock import AsyncMock

import pytest

from airflow_provider_dli.triggers.flow import FlowTrigger
from tests.model.machine import Scene


def test_a_killed_triggerer_runs_nothing_of_its_triggers_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Left to the garbage collector, a coroutine would run its `finally` in the middle of another process."""
    scene = Scene()
    task = scene.run_jar("long", deferrable=True)
    scene.world.until(lambda: task.state == "deferred" and task.process is not None, 100)
    scene.advance(3)
    cleanup = AsyncMock()
    monkeypatch.setattr(FlowTrigger, "cleanup", cleanup)
    actor = task.process
    assert actor
    actor.kill()
    assert actor.body.get_coro().cr_frame is None  # type: ignore[attr-defined]
    assert not cleanup.called
    scene.close()
