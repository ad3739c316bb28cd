"""Kills in the triggerer: bounded, never lost silently, and not for a trigger that only moves."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from time import monotonic
from typing import Any

import pytest
from airflow.jobs import triggerer_job_runner

from airflow_provider_dli.jobs.end import SECONDS_FOR_A_STOP
from airflow_provider_dli.jobs.flows import call
from airflow_provider_dli.jobs.wait import wait_for_end
from airflow_provider_dli.rest.patience import within
from airflow_provider_dli.tasks.deferral import triggers_hear_of_kills
from airflow_provider_dli.triggers import flow
from airflow_provider_dli.triggers.flow import FlowTrigger
from airflow_provider_dli.triggers.kills import TaskNow
from tests.every_task import JOB
from tests.jobs.script import IN_PROGRESS, broken
from tests.rest.server import Server
from tests.triggers.flink_server import OPERATION, Cluster

HOOK = "airflow_provider_dli.hooks.flink.FlinkHook"
END = call(wait_for_end, job_id=JOB, poll_interval=0.05)


FAILED = TaskNow("failed", JOB)


def trigger_that_ends(how: str) -> FlowTrigger:
    arguments = {"job_id": JOB, "how": how, "directory": None, "operation_id": OPERATION}
    trigger = FlowTrigger(HOOK, "flink_default", END.flow, dict(END.arguments), 0.0, None, arguments)
    trigger._log = logging.getLogger("kills")
    return trigger


def kill(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, how: str, *states: TaskNow | Exception
) -> list[tuple[str, str]]:
    """Kill a deferred task; Airflow shows the last state again and again. Return what was logged."""
    shown = list(states or [FAILED])

    async def read(ti: Any) -> TaskNow:
        state = shown.pop(0) if len(shown) > 1 else shown[0]
        if isinstance(state, Exception):
            raise state
        return state

    async def scene() -> None:
        await trigger.on_kill()
        assert not flow._kills

    monkeypatch.setattr(flow, "read_task", read)
    monkeypatch.setattr(flow, "_PAUSES", (0.0,) * 30)
    trigger = trigger_that_ends(how)
    with caplog.at_level(logging.INFO, "kills"):
        asyncio.run(scene())
    return [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "kills"]


def sent(server: Server, method: str) -> int:
    return sum(each.method == method for each in server.received)


def test_what_became_of_it_is_logged(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server.says(Cluster())
    (told,) = kill(monkeypatch, caplog, "cancel")
    assert told == ("WARNING", f"Job {JOB} is being cancelled, as on_kill='cancel' says.")
    assert sent(server, "PATCH") == 1


def test_a_stop_that_never_ends_does_not_stay_for_ever(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server.says(cluster := Cluster(IN_PROGRESS))

    def clock() -> float:
        return monotonic() + (SECONDS_FOR_A_STOP if cluster.is_stopping else 0.0)

    monkeypatch.setattr(flow, "within", lambda flow, deadline: within(flow, deadline, clock))
    *_, (level, told) = kill(monkeypatch, caplog, "stop_with_savepoint")
    assert level == "WARNING"
    assert f"Last seen: operation {OPERATION} on job {JOB} is in progress." in told
    assert "What the cluster has begun it ends without this task" in told
    assert sent(server, "POST") == 1


def test_after_a_stop_that_failed_it_is_told_whether_the_job_still_runs(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server.says(Cluster(broken("java.io.IOException: Disk full")))
    *_, (level, told) = kill(monkeypatch, caplog, "stop_with_savepoint")
    assert level == "WARNING"
    assert "Disk full" in told
    assert told.endswith("RUNNING, tasks: 1 running: it still runs.")


def test_what_goes_wrong_is_not_lost(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_FLINK_DEFAULT", raising=False)

    def unreadable(hook: Any, conn_id: str) -> None:
        raise RuntimeError("the database is gone")

    monkeypatch.setattr("airflow_provider_dli.hooks.reading.read_settings", unreadable)
    (told,) = kill(monkeypatch, caplog, "cancel")
    assert told == (
        "ERROR",
        f"Whether job {JOB} was ended is unclear, look at it: RuntimeError: the database is gone",
    )


def test_a_kill_is_not_lost_because_the_state_could_not_be_read_at_once(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server.says(Cluster())
    (told,) = kill(monkeypatch, caplog, "cancel", OSError("no answer"), OSError("no answer"), FAILED)
    assert "is being cancelled" in told[1]
    assert sent(server, "PATCH") == 1


def test_a_job_is_not_cancelled_because_the_state_could_not_be_read(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server.says(Cluster())
    (told,) = kill(monkeypatch, caplog, "cancel", OSError("no answer"))
    assert told[0] == "ERROR"
    assert told[1].startswith(f"Job {JOB} is left as it is: whether its task was killed")
    assert "Airflow's state of it cannot be read" in told[1]
    assert "OSError: no answer" in told[1]
    assert told[1].endswith("If it was killed, end the job by hand.")
    assert not server.received


def test_a_task_that_does_not_settle_keeps_its_job(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ((level, told),) = kill(monkeypatch, caplog, "cancel", TaskNow("queued", JOB))
    assert (level, "its state is still queued" in told) == ("ERROR", True)
    assert not server.received


def test_a_transitional_state_is_waited_out(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server.says(Cluster())
    states = [TaskNow("scheduled", JOB), TaskNow("running"), TaskNow("running", "another job")]
    ((_, told),) = kill(monkeypatch, caplog, "cancel", *states)
    assert "is being cancelled" in told


def test_a_trigger_that_moves_kills_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (told,) = kill(monkeypatch, caplog, "cancel", TaskNow("deferred", JOB))
    assert told == ("INFO", f"Job {JOB} is kept: no person has ended its task, which is deferred.")
    assert not server.received


async def run_and_kill(trigger: FlowTrigger, first: str, again: str) -> None:
    """Run a trigger like Airflow 3.3, and cancel it until it has returned.

    :param trigger: the trigger.
    :param first: the message of the first cancellation.
    :param again: the message of the others.
    """

    async def run() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            with suppress(asyncio.CancelledError):
                await asyncio.wait_for(trigger.on_kill(), timeout=30)
            raise
        finally:
            with suppress(Exception):
                await trigger.cleanup()

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    task.cancel(first)
    while not task.done():
        await asyncio.sleep(0.02)
        task.cancel(again)


@pytest.mark.skipif(not triggers_hear_of_kills(), reason="No trigger is notified of a kill before Airflow 3.3.")
@pytest.mark.parametrize("is_shutdown", [False, True], ids=["kill", "shutdown"])
def test_the_outcome_is_logged_before_airflow_closes_the_log_of_the_task(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, is_shutdown: bool
) -> None:
    """Airflow cancels the trigger again each second, and closes the log as soon as that has returned."""
    states = [TaskNow("running", JOB)] * 10 + [FAILED]

    async def read(ti: Any) -> TaskNow:
        return states.pop(0)

    async def scene() -> None:
        by_user = triggerer_job_runner._USER_ACTION_CANCEL_MSG
        await run_and_kill(trigger_that_ends("cancel"), by_user, "EOF - shutting down" if is_shutdown else by_user)
        assert (outcome in caplog.messages) is not is_shutdown
        await asyncio.gather(*flow._kills)

    monkeypatch.setattr(flow, "read_task", read)
    monkeypatch.setattr(flow, "_PAUSES", (0.02,) * 30)
    server.says(Cluster())
    outcome = f"Job {JOB} is being cancelled, as on_kill='cancel' says."
    with caplog.at_level(logging.INFO, "kills"):
        asyncio.run(scene())
    assert outcome in caplog.messages


def test_a_triggerer_that_stops_meanwhile_says_so(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def stops(*given: Any) -> bool:
        raise asyncio.CancelledError

    monkeypatch.setattr(FlowTrigger, "_was_killed", stops)
    with pytest.raises(asyncio.CancelledError):
        kill(monkeypatch, caplog, "cancel")
    assert f"Whether job {JOB} was ended is unclear, look at it: the triggerer has stopped meanwhile." in caplog.text
