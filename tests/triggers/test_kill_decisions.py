"""Kills in the triggerer: only a task that a person ended ends its job, also after the triggerer has hung."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.jobs.wait import wait_for_job
from airflow_provider_dli.tasks.deferral import ENDED_BY_ITSELF
from airflow_provider_dli.triggers import flow, kills
from airflow_provider_dli.triggers.flow import FlowTrigger
from airflow_provider_dli.triggers.kills import GONE, Decision, TaskNow, decide, pulse, read_task
from tests.conftest import AIRFLOW_3
from tests.every_task import JOB
from tests.jobs.script import made
from tests.local.waiting import wait_until
from tests.rest.server import Handler, Server, answer
from tests.triggers.flink_server import OPERATION, Cluster, overview
from tests.triggers.test_kills import HOOK, sent

END, KEEP, WAIT = Decision
OTHER = "b" * 32
TI = SimpleNamespace(dag_id="d", task_id="t", run_id="r", map_index=3)
TRANSITIONAL = ("scheduled", "queued", "running", "restarting", "up_for_retry", "up_for_reschedule")
ENDED = ("failed", "success", "skipped", "upstream_failed", "removed")
#: State, job, whether the task ended by itself; the decision, and the one after the event loop was blocked.
TABLE: list[tuple[str | None, str | None, bool, Decision, Decision]] = [
    ("deferred", JOB, False, KEEP, KEEP),
    ("failed", JOB, False, END, END),
    ("failed", JOB, True, KEEP, KEEP),
    ("success", JOB, False, END, KEEP),
    ("success", JOB, True, KEEP, KEEP),
    ("skipped", JOB, False, END, KEEP),
    ("upstream_failed", JOB, False, END, KEEP),
    ("removed", JOB, False, END, KEEP),
    (None, JOB, False, END, WAIT),
    (None, None, False, WAIT, WAIT),
    (GONE, None, False, END, KEEP),
    ("a state of a newer Airflow", JOB, False, KEEP, KEEP),
    *((state, JOB, False, WAIT, WAIT) for state in TRANSITIONAL),
    *((state, None, False, WAIT, WAIT) for state in TRANSITIONAL),
    *((state, None, False, KEEP, KEEP) for state in ENDED),
    *((state, OTHER, False, END, END) for state in (*TRANSITIONAL, *ENDED, "deferred", None)),
]


@pytest.mark.parametrize(("state", "job_id", "ended_by_itself", "decision", "after_a_block"), TABLE)
def test_who_ends_a_job(
    state: str | None, job_id: str | None, ended_by_itself: bool, decision: Decision, after_a_block: Decision
) -> None:
    now = TaskNow(state, job_id, ended_by_itself)
    assert decide(now, JOB, was_blocked=False) is decision
    assert decide(now, JOB, was_blocked=True) is after_a_block


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The monotonic clock of the triggerer, which stands still until it is moved."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(kills, "monotonic", lambda: clock.now)
    return clock


class TestPulse:
    @pytest.mark.parametrize(
        ("before", "after", "expected"), [(14, 0, False), (16, 0, True), (16, 30, True), (16, 61, False)]
    )
    def test_a_blocked_event_loop_is_noticed_and_remembered_for_a_minute(
        self, clock: SimpleNamespace, before: float, after: float, expected: bool
    ) -> None:
        async def scene() -> bool:
            beating = pulse()
            clock.now += before
            beating._check()
            for _ in range(after):
                clock.now += 1
                beating._check()
            return pulse().was_blocked

        assert asyncio.run(scene()) is expected

    def test_it_beats_by_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        beats: list[float] = []

        def beat() -> float:
            beats.append(0)
            return 0.0

        async def scene() -> None:
            pulse()
            await asyncio.to_thread(wait_until, lambda: len(beats) > 5)

        monkeypatch.setattr(kills, "_BEAT", 0.001)
        monkeypatch.setattr(kills, "monotonic", beat)
        asyncio.run(scene())

    def test_each_event_loop_has_its_own(self) -> None:
        async def scene() -> kills.Pulse:
            assert pulse() is pulse()
            return pulse()

        assert asyncio.run(scene()) is not asyncio.run(scene())


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SimpleNamespace:
    """The state of one task, and its XComs as a backend has stored them that keeps values elsewhere."""
    pytest.importorskip("airflow.sdk")
    from airflow.sdk import BaseXCom
    from airflow.sdk.execution_time import xcom
    from airflow.sdk.execution_time.comms import XComResult
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    class Elsewhere(BaseXCom):  # type: ignore[misc]
        """Keeps values in files, and their paths in Airflow's database."""

        @classmethod
        def get_one(cls, *, key: str, **who: Any) -> Any:
            assert who == {"dag_id": "d", "task_id": "t", "run_id": "r", "map_index": 3}
            stored = task.xcoms.get(key)
            return None if stored is None else cls.deserialize_value(XComResult(key=key, value=stored))

        @staticmethod
        def deserialize_value(result: Any) -> Any:
            return Path(result.value).read_text()

    def publish(**values: str) -> None:
        for key, value in values.items():
            (tmp_path / key).write_text(value)
            task.xcoms[key] = str(tmp_path / key)

    def states(**wanted: Any) -> dict[str, Any]:
        assert wanted == {"dag_id": "d", "task_ids": ["t"], "run_ids": ["r"], "map_index": 3}
        return {} if task.state == GONE else {"r": {"t_3": task.state}}

    task = SimpleNamespace(state="deferred", xcoms={}, publish=publish)
    monkeypatch.setattr(RuntimeTaskInstance, "get_task_states", states)
    monkeypatch.setattr(xcom, "XCom", Elsewhere)
    monkeypatch.setattr(flow, "_PAUSES", (0.0,) * 3)
    return task


class TestWhatAirflowKnows:
    @pytest.mark.parametrize("state", ["deferred", "failed", "success", None, GONE])
    def test_the_state(self, airflow: SimpleNamespace, state: str | None) -> None:
        airflow.state = state
        assert asyncio.run(read_task(TI)) == TaskNow(state)

    def test_the_job_as_the_configured_backend_has_it(self, airflow: SimpleNamespace) -> None:
        airflow.publish(job_id=JOB)
        assert asyncio.run(read_task(TI)) == TaskNow("deferred", JOB)

    @pytest.mark.parametrize("key", ["return_value", ENDED_BY_ITSELF])
    def test_whether_it_ended_by_itself(self, airflow: SimpleNamespace, key: str) -> None:
        airflow.publish(job_id=JOB, **{key: "true"})
        airflow.state = "success"
        assert asyncio.run(read_task(TI)) == TaskNow("success", JOB, ended_by_itself=True)


class Starting(Cluster):
    """A Flink whose job has yet to start, and which finishes it when it is stopped."""

    is_up = False
    is_stopped = False
    has_answered = False

    def __call__(self, handler: Handler) -> None:
        self.is_stopped = self.is_stopped or handler.path.endswith("/stop")
        if handler.path == "/jobs/overview" and not (self.is_up and not self.is_stopped):
            (overview("FINISHED") if self.is_stopped else overview("RUNNING", running=0, scheduled=1))(handler)
            self.has_answered = True
        elif handler.path == "/overview":
            answer(body=b'{"taskmanagers": 1, "slots-total": 1, "slots-available": 1}')(handler)
        else:
            super().__call__(handler)


def waits_until(until: str) -> Call:
    return call(wait_for_job, job_id=JOB, until=until, poll_interval=60.0, known=True, recovery=60.0)


#: What another triggerer and a worker have done meanwhile, or a person: state, XComs, and whether the job is to end.
MEANWHILE: dict[str, tuple[str | None, dict[str, str], bool]] = {
    "deferred": ("deferred", {"job_id": JOB}, False),
    "resumed": ("running", {"job_id": JOB}, False),
    "resumed and queued": ("queued", {"job_id": JOB}, False),
    "succeeded": ("success", {"job_id": JOB, "return_value": JOB}, False),
    "succeeded without a result": ("success", {"job_id": JOB, ENDED_BY_ITSELF: "true"}, False),
    "failed by itself": ("failed", {"job_id": JOB, ENDED_BY_ITSELF: "true"}, False),
    "waits for its retry": ("up_for_retry", {"job_id": JOB, ENDED_BY_ITSELF: "true"}, False),
    "retried, with the same job": ("running", {"job_id": JOB}, False),
    "marked failed": ("failed", {"job_id": JOB}, True),
    "cleared, and has another job": ("deferred", {"job_id": OTHER}, True),
}


@pytest.mark.skipif(not AIRFLOW_3, reason="Airflow 2 calls no trigger on a kill")
@pytest.mark.parametrize(
    ("until", "how", "meanwhile"),
    list(product(["running", "checkpointed"], ["cancel", "stop_with_savepoint"], MEANWHILE)),
)
def test_a_triggerer_that_hung(
    server: Server, airflow: SimpleNamespace, clock: SimpleNamespace, until: str, how: str, meanwhile: str
) -> None:
    """It comes back after 35 s, and Airflow kills its trigger, which another triggerer has run since."""
    ended = _ended_after(server, airflow, how, until, meanwhile, hang=lambda: _pass(clock, 35))
    assert ended is MEANWHILE[meanwhile][2]


@pytest.mark.skipif(not AIRFLOW_3, reason="Airflow 2 calls no trigger on a kill")
@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_a_trigger_that_moved_although_its_event_loop_ran(
    server: Server, airflow: SimpleNamespace, meanwhile: str
) -> None:
    """The triggerer could not reach Airflow, for example."""
    assert _ended_after(server, airflow, "cancel", "running", meanwhile, hang=lambda: None) is MEANWHILE[meanwhile][2]


def _pass(clock: SimpleNamespace, seconds: float) -> None:
    clock.now += seconds


def _ended_after(
    server: Server, airflow: SimpleNamespace, how: str, until: str, meanwhile: str, hang: Callable[[], None]
) -> bool:
    """Kill a trigger after something has happened to its task; return whether its job was ended."""
    airflow.state, xcoms, _ = MEANWHILE[meanwhile]
    cluster = Starting(made("file:/savepoints/1"))
    server.says(cluster)

    async def scene() -> None:
        wait = waits_until(until)
        kill = {"job_id": JOB, "how": how, "directory": None, "operation_id": OPERATION}
        trigger = FlowTrigger(HOOK, "flink_default", wait.flow, dict(wait.arguments), 0.0, None, kill)
        trigger.task_instance = TI
        trigger._log = logging.getLogger("kills")
        running = asyncio.create_task(anext(trigger.run()))
        await asyncio.to_thread(wait_until, lambda: cluster.has_answered)
        cluster.is_up = True
        airflow.publish(**xcoms)
        hang()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await trigger.on_kill()
        await trigger.cleanup()

    asyncio.run(scene())
    return sent(server, "PATCH") + sent(server, "POST") > 0


@pytest.mark.skipif(not AIRFLOW_3, reason="Airflow 2 calls no trigger on a kill")
def test_a_trigger_that_has_fired_kills_nothing(server: Server, airflow: SimpleNamespace) -> None:
    server.says(Cluster())
    airflow.state = "failed"
    airflow.publish(job_id=JOB)

    async def scene() -> None:
        wait = waits_until("running")
        kill = {"job_id": JOB, "how": "cancel", "directory": None, "operation_id": OPERATION}
        trigger = FlowTrigger(HOOK, "flink_default", wait.flow, dict(wait.arguments), 0.0, None, kill)
        trigger.task_instance = TI
        async for _ in trigger.run():
            await trigger.on_kill()

    asyncio.run(scene())
    assert sent(server, "PATCH") == 0
