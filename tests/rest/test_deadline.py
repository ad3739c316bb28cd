"""Deadlines do not depend on what somebody sets the wall clock to."""

from __future__ import annotations

import asyncio
import time as real
from typing import Any

import pytest

from airflow_provider_dli.rest import deadline
from airflow_provider_dli.rest.asynchronous import AsyncDriver, AsyncSender
from airflow_provider_dli.rest.deadline import after, from_epoch, left_until, to_epoch
from airflow_provider_dli.rest.flow import Flow, ask, pause
from airflow_provider_dli.rest.patience import Patience, WaitTimedOut, patiently, within
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target
from tests.rest.clients import LOOK
from tests.rest.server import Handler, Server, answer


class Clocks:
    """A machine's two clocks; the wall clock may be set."""

    def __init__(self, since_boot: float, wall: float) -> None:
        self.since_boot = since_boot
        self.wall = wall

    def monotonic(self) -> float:
        return self.since_boot

    def time(self) -> float:
        return self.wall


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks(1000.0, 1_800_000_000.0)
    monkeypatch.setattr(deadline, "time", clocks)
    return clocks


@pytest.mark.parametrize("jump", [7200.0, -7200.0])
def test_a_wall_clock_that_is_set_changes_no_deadline(clocks: Clocks, jump: float) -> None:
    end = after(60)
    clocks.wall += jump
    clocks.since_boot += 20
    assert left_until(end) == 40


def test_a_deadline_crosses_to_another_machine(clocks: Clocks, monkeypatch: pytest.MonkeyPatch) -> None:
    end = after(60)
    clocks.since_boot += 10
    clocks.wall += 10
    moment = to_epoch(end)
    assert moment == 1_800_000_060.0
    other = Clocks(5.0, clocks.wall + 20)
    monkeypatch.setattr(deadline, "time", other)
    assert left_until(from_epoch(moment) or 0) == 30


def test_no_deadline_stays_none() -> None:
    assert to_epoch(None) is None
    assert from_epoch(None) is None


def waiting(most: int) -> Flow[Any]:
    """Look at a job until it has ended, or has been looked at so often."""
    for _ in range(most):
        if states := (yield from ask(LOOK)):
            return states
        yield from pause(0.01, "job 'orders' is RUNNING")
    return "not ended"


def wait_on_a_worker(address: str, flow: Flow[Any], seconds: float) -> Any:
    driver = Driver(Sender(Target((address,))), lambda told: None)
    return driver.run(within(patiently(flow, Patience(seconds)), after(seconds)))


def wait_in_the_triggerer(address: str, flow: Flow[Any], seconds: float) -> Any:
    async def scene() -> Any:
        sender = AsyncSender(Target((address,)))
        sender.SHARED_FOR = 0.0
        try:
            # What a trigger gets is a moment of the wall clock.
            deadline = from_epoch(to_epoch(after(seconds)))
            return await AsyncDriver(sender, lambda told: None).run(
                within(patiently(flow, Patience(seconds)), deadline)
            )
        finally:
            await sender.close()

    return asyncio.run(scene())


@pytest.mark.parametrize("wait", [wait_on_a_worker, wait_in_the_triggerer], ids=["worker", "triggerer"])
class TestAWallClockThatIsSetInTheMiddleOfAWait:
    @pytest.fixture(params=[7200.0, -7200.0], ids=["ahead", "back"])
    def looks(self, request: pytest.FixtureRequest, server: Server, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """Looks so far; at the second one the clock is set."""
        made: list[int] = []
        shift = [0.0]
        wall = real.time

        def look(handler: Handler) -> None:
            made.append(1)
            shift[0] = request.param if len(made) > 1 else 0.0
            answer(body=b'{"jobs":[]}' if len(made) != 3 else b"no JSON")(handler)

        monkeypatch.setattr(real, "time", lambda: wall() + shift[0])
        server.says(look)
        return made

    def test_does_not_end_it(self, wait: Any, server: Server, looks: list[int]) -> None:
        assert wait(server.address, waiting(6), 60.0) == "not ended"
        assert len(looks) == 7

    def test_does_not_prolong_it(self, wait: Any, server: Server, looks: list[int]) -> None:
        with pytest.raises(WaitTimedOut, match="Timed out after"):
            wait(server.address, waiting(1_000_000), 1.0)
