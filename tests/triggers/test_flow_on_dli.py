"""The trigger with DLI's hooks, on the emulator in front of a real Flink."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from airflow_provider_dli.jobs.flows import call
from airflow_provider_dli.jobs.wait import wait_for_end
from airflow_provider_dli.triggers import clients, flow
from airflow_provider_dli.triggers.clients import give_back, lease
from airflow_provider_dli.triggers.flow import FlowTrigger
from airflow_provider_dli.triggers.kills import TaskNow
from tests.dli_project import Project
from tests.local.waiting import wait_until

pytestmark = [pytest.mark.live, pytest.mark.one_flink]
HOOKS = [f"airflow_provider_dli.hooks.dli.{name}" for name in ("DliHook", "DliSparkHook", "DliSqlHook")]
OF_FLINK_JOBS = HOOKS[0]


async def fire(trigger: FlowTrigger) -> dict[str, Any]:
    """Run a trigger as the triggerer does; return what its one event says."""
    events = [event async for event in trigger.run()]
    await trigger.cleanup()
    (event,) = events
    payload: dict[str, Any] = event.payload
    return payload


def trigger_of(job_id: str, kill: dict[str, Any] | None = None) -> FlowTrigger:
    what = call(wait_for_end, job_id=job_id, poll_interval=0.2)
    return FlowTrigger(OF_FLINK_JOBS, "dli_default", what.flow, dict(what.arguments), kill=kill)


@pytest.mark.parametrize(
    ("how", "status", "has_savepoint"),
    [
        ("cancel", "job_cancel_success", False),
        ("detach", "job_running", False),
        ("stop_with_savepoint", "job_cancel_success", True),
    ],
)
def test_a_kill_does_what_on_kill_says(
    project: Project, monkeypatch: pytest.MonkeyPatch, how: str, status: str, has_savepoint: bool
) -> None:
    """As Airflow 3.3 does it: it cancels the trigger, calls this, and cancels this too, again and again."""
    job_id = project.running("orders")
    kill = {"job_id": job_id, "how": how, "directory": None, "operation_id": "a" * 32}
    asyncio.run(_killed(monkeypatch, kill))
    assert project.comes_to(job_id, status)
    assert project.detail(job_id)["has_savepoint"] == has_savepoint


async def _killed(monkeypatch: pytest.MonkeyPatch, kill: dict[str, Any]) -> None:
    async def ended(ti: Any) -> TaskNow:
        return TaskNow("failed", kill["job_id"])

    monkeypatch.setattr(flow, "read_task", ended)
    trigger = trigger_of(kill["job_id"], kill)
    running = asyncio.create_task(fire(trigger))
    await asyncio.to_thread(wait_until, lambda: trigger._client)
    running.cancel()
    killing = asyncio.create_task(trigger.on_kill())
    await asyncio.sleep(0)
    killing.cancel()
    await asyncio.gather(running, killing, return_exceptions=True)
    await trigger.cleanup()
    await asyncio.gather(*flow._kills)
    assert not clients._current


def test_hooks_of_one_connection_share_no_client(project: Project) -> None:
    """What they lead to differs: Flink jobs, Spark batches, SQL jobs."""

    async def scene() -> None:
        leased = [await lease(hook, "dli_default") for hook in (*HOOKS, *HOOKS)]
        assert [each.shared for each in leased[:3]] == [each.shared for each in leased[3:]]
        assert len({each.shared for each in leased}) == 3
        assert [type(each.backend).__name__ for each in leased[:3]] == ["DliBackend", "SparkBackend", "SqlBackend"]
        for each in leased:
            await give_back(each)
        assert not clients._current

    asyncio.run(scene())


def test_twenty_waits_for_one_job_cost_as_much_as_one(project: Project) -> None:
    job_id = project.running("batch", main_class="demo.BoundedCount", entrypoint_args="--records 20 --seconds 2")

    async def scene() -> list[dict[str, Any]]:
        return list(await asyncio.gather(*(fire(trigger_of(job_id)) for _ in range(20))))

    project.look_away()
    events = asyncio.run(scene())
    assert {event["members"]["status"] for event in events} == {"job_finish"}
    looks = project.sent(f"streaming/jobs/{job_id}$", "GET")
    assert 0 < looks < 40
