from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_dli.hooks.flink import FlinkHook
from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.jobs.outcome import as_job_error, read
from airflow_provider_dli.jobs.wait import wait_for_end, wait_for_job, wait_for_status
from airflow_provider_dli.local.demo_jobs import STREAMING_COUNT
from airflow_provider_dli.rest.deadline import after, to_epoch
from airflow_provider_dli.rest.patience import WaitTimedOut
from airflow_provider_dli.triggers import clients
from airflow_provider_dli.triggers.flow import FlowTrigger
from airflow_provider_dli.triggers.kills import TaskNow
from tests.airflow_engine import connect
from tests.cluster import Cluster
from tests.every_task import JOB
from tests.local.waiting import wait_until
from tests.rest.server import Reply, Server, answer, serving
from tests.triggers.flink_server import empty, overview

HOOK = "airflow_provider_dli.hooks.flink.FlinkHook"
PATH = "airflow_provider_dli.triggers.flow.FlowTrigger"
FINISHED = call(wait_for_job, job_id=JOB, until="finished", poll_interval=0.05, known=True)
OF_STATUS = call(wait_for_status, job_id=JOB, statuses=["RUNNING"], poll_interval=0.05)
END = call(wait_for_end, job_id=JOB, poll_interval=0.05)


def trigger_of(what: Call, **given: Any) -> FlowTrigger:
    return FlowTrigger(HOOK, "flink_default", what.flow, dict(what.arguments), **given)


async def fire(trigger: FlowTrigger) -> dict[str, Any]:
    """Run a trigger as the triggerer does; return what its one event says."""
    events = [event async for event in trigger.run()]
    await trigger.cleanup()
    (event,) = events
    payload: dict[str, Any] = event.payload
    return payload


def test_a_trigger_can_be_made_again_from_what_it_serialises_to() -> None:
    kill = {"job_id": JOB, "how": "cancel", "directory": None, "operation_id": "0" * 32}
    trigger = trigger_of(FINISHED, grace_period=5.0, deadline=1000.5, kill=kill)
    path, given = trigger.serialize()
    assert path == PATH
    stored = json.loads(json.dumps(given))
    assert stored == given
    assert FlowTrigger(**stored).serialize() == (path, given)


def test_a_trigger_that_an_older_version_serialised_can_be_made() -> None:
    given = {"hook": HOOK, "conn_id": "prod", "flow": "wait_for_end", "arguments": dict(END.arguments)}
    assert FlowTrigger(**given).serialize()[1] == {**given, "grace_period": 60.0, "deadline": None, "kill": None}


def test_airflow_serialises_it() -> None:
    """Triggers are sent from process to process, and lie in the database for as long as they run."""
    from airflow.models.trigger import Trigger

    stored = Trigger.from_object(trigger_of(FINISHED, deadline=1000.5))
    assert stored.classpath == PATH
    assert FlowTrigger(**stored.kwargs).serialize() == trigger_of(FINISHED, deadline=1000.5).serialize()


def test_there_is_no_such_flow() -> None:
    with pytest.raises(ValueError, match="There is no flow 'wait_for_ever'; there are: follow_checkpoint, "):
        FlowTrigger(HOOK, "flink_default", "wait_for_ever", {})


ENDS: dict[str, tuple[Call, list[Reply], dict[str, Any]]] = {
    "it finishes": (FINISHED, [overview("RUNNING"), overview("FINISHED")], {}),
    "it has the status": (OF_STATUS, [overview("CREATED"), overview("RUNNING")], {}),
    "it is cancelled": (FINISHED, [overview("CANCELED")], {}),
    "it ends otherwise": (OF_STATUS, [overview("FINISHED")], {}),
    "it is forgotten": (END, [overview("RUNNING"), empty()], {}),
    "it is not there": (OF_STATUS, [empty()], {}),
    "it takes too long": (END, [overview("RUNNING")], {"deadline": 0.3}),
    "a hiccup": (END, [answer(503), overview("FINISHED")], {"grace_period": 30.0}),
    "more than a hiccup": (END, [answer(503, b"no leader")], {}),
    "nobody we know": (END, [answer(401)], {}),
    "something else": (END, [answer(200, b"<html>", "text/html")], {}),
}


@pytest.mark.parametrize(("what", "replies", "given"), ENDS.values(), ids=ENDS)
def test_a_flow_ends_alike_on_a_worker_and_in_the_triggerer(
    monkeypatch: pytest.MonkeyPatch, what: Call, replies: list[Reply], given: dict[str, Any]
) -> None:
    with serving() as server:
        connect(monkeypatch, server.address)
        grace = given.get("grace_period", 0.0)

        def deadline() -> float | None:
            return after(given["deadline"]) if "deadline" in given else None

        def on_a_worker() -> Any:
            hook = FlinkHook(grace_period=grace)
            return hook.run(what.on(hook.backend), deadline())

        def in_the_triggerer() -> Any:
            event = asyncio.run(fire(trigger_of(what, grace_period=grace, deadline=to_epoch(deadline()))))
            assert event["job_id"] == JOB
            return read(json.loads(json.dumps(event)))

        server.says(*replies)
        first = outcome(on_a_worker)
        server.says(*replies)
        assert outcome(in_the_triggerer) == first


def outcome(run: Callable[[], Any]) -> object:
    """Return a result, or what an error says and is; how long it took may differ."""
    try:
        return run()
    except WaitTimedOut as late:
        return "late", late.seeing
    except Exception as error:
        told = as_job_error(error)
        return type(told), str(told), told.hopeless, told.job_id


def test_two_hundred_triggers_cost_one_request_a_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """All look at the same list of jobs: what one asks, all know."""
    polls = 4
    ids = [f"{number:032x}" for number in range(200)]

    def listing(status: str) -> Reply:
        jobs = [
            {"jid": each, "name": each, "state": status, "start-time": 1, "end-time": -1, "tasks": {"total": 1}}
            for each in ids
        ]
        return answer(body=json.dumps({"jobs": jobs}).encode())

    async def scene() -> list[dict[str, Any]]:
        flows = [call(wait_for_end, job_id=job_id, poll_interval=0.5) for job_id in ids]
        return list(await asyncio.gather(*(fire(trigger_of(flow)) for flow in flows)))

    with serving() as server:
        connect(monkeypatch, server.address)
        server.says(*[listing("RUNNING")] * polls, listing("FINISHED"))
        events = asyncio.run(scene())
        assert [event["members"]["id"] for event in events] == ids
        # On a slow machine they do not all wake at once. Each on its own, they would send a thousand.
        assert len(server.received) <= 4 * (polls + 1)


def test_nothing_blocks_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server answers only once something else has gone on for a while on the same loop."""

    async def ticks(server: Server) -> int:
        for count in range(50):
            await asyncio.sleep(0)
            if server.received and count > 20:
                break
            await asyncio.sleep(0.01)
        server.ending.set()
        return count

    def late(handler: Any) -> None:
        handler.server.ending.wait()
        overview("FINISHED")(handler)

    async def scene(server: Server) -> tuple[int, dict[str, Any]]:
        count, event = await asyncio.gather(ticks(server), fire(trigger_of(END)))
        return count, event

    with serving() as server:
        connect(monkeypatch, server.address)
        server.says(late)
        count, event = asyncio.run(scene(server))
    assert count > 20
    assert event["members"]["status"] == "FINISHED"


def test_a_trigger_that_is_done_needs_its_client_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        trigger = trigger_of(END)
        async for _ in trigger.run():
            assert not clients._current
        await trigger.cleanup()
        await trigger.cleanup()

    with serving() as server:
        connect(monkeypatch, server.address)
        server.says(overview("FINISHED"))
        asyncio.run(scene())


def test_a_trigger_that_is_cancelled_keeps_its_client_until_it_is_cleaned_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(server: Server) -> None:
        trigger = trigger_of(END)
        running = asyncio.create_task(fire(trigger))
        await asyncio.to_thread(wait_until, lambda: server.received)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert running.cancelled()
        assert len(clients._current) == 1
        await trigger.cleanup()
        assert not clients._current

    with serving() as server:
        connect(monkeypatch, server.address)
        server.says(overview("RUNNING"))
        asyncio.run(scene(server))


def test_a_trigger_of_a_task_that_leaves_its_job_alone_kills_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        connect(monkeypatch, server.address)
        asyncio.run(trigger_of(END).on_kill())
        assert not server.received


@pytest.mark.live
@pytest.mark.parametrize(
    ("how", "status"), [("cancel", "CANCELED"), ("detach", "RUNNING"), ("stop_with_savepoint", "FINISHED")]
)
def test_a_kill_does_what_on_kill_says(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, how: str, status: str
) -> None:
    """As Airflow 3.3 does it: it cancels the trigger, calls this, and cancels this too, again and again."""
    job_id = cluster.running(STREAMING_COUNT)
    kill = {"job_id": job_id, "how": how, "directory": None, "operation_id": "a" * 32}
    asyncio.run(_killed(monkeypatch, kill, TaskNow("failed", job_id)))
    assert cluster.comes_to(job_id, status)


@pytest.mark.one_flink
@pytest.mark.live
def test_a_trigger_that_moves_to_another_triggerer_kills_nothing(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    kill = {"job_id": job_id, "how": "cancel", "directory": None, "operation_id": "a" * 32}
    asyncio.run(_killed(monkeypatch, kill, TaskNow("deferred", job_id)))
    assert cluster.status(job_id) == "RUNNING"


async def _killed(monkeypatch: pytest.MonkeyPatch, kill: dict[str, Any], now: TaskNow) -> None:
    from airflow_provider_dli.triggers import flow

    async def read(ti: Any) -> TaskNow:
        return now

    monkeypatch.setattr(flow, "read_task", read)
    trigger = trigger_of(call(wait_for_end, job_id=kill["job_id"], poll_interval=0.2), kill=kill)
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
