from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar

import httpx
import pytest

from airflow_provider_dli.rest.asynchronous import AsyncDriver, AsyncSender
from airflow_provider_dli.rest.errors import NotReachable, ServerError
from airflow_provider_dli.rest.flow import Flow, Pause, ask, pause, remark
from airflow_provider_dli.rest.patience import Patience, patiently
from airflow_provider_dli.rest.request import Answer
from airflow_provider_dli.rest.target import Target
from tests.local.waiting import wait_until
from tests.rest.clients import LOOK, RUN
from tests.rest.server import Server, answer, held

T = TypeVar("T")


@asynccontextmanager
async def sending(address: str, **settings: Any) -> AsyncIterator[AsyncSender]:
    sender = AsyncSender(Target((address,), **settings))
    try:
        yield sender
    finally:
        await sender.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the event loop complains about: tasks that were left behind, errors that nobody saw."""
    said: list[str] = []
    yield said
    assert not said


@pytest.fixture
def run(complaints: list[str]) -> Callable[[Callable[[], Awaitable[T]]], T]:
    """Runs a test's coroutine on a loop that is to have no complaints."""

    def run(test: Callable[[], Awaitable[T]]) -> T:
        async def watched() -> T:
            asyncio.get_running_loop().set_exception_handler(lambda _, what: complaints.append(what["message"]))
            try:
                return await test()
            finally:
                gc.collect()
                await asyncio.sleep(0)

        return asyncio.run(watched())

    return run


Run = Callable[[Callable[[], Awaitable[Any]]], Any]


async def happened(event: threading.Event) -> None:
    assert await asyncio.get_running_loop().run_in_executor(None, event.wait, 10)


class Seen:
    """An answer that can be watched going away."""


class TestSharing:
    def test_a_thousand_waits_cost_one_request_a_tick(self, run: Run, server: Server) -> None:
        looks = 4

        def wait() -> Flow[int]:
            for _ in range(looks):
                yield from ask(LOOK)
                yield from pause(0.4, "RUNNING")
            return len((yield from ask(LOOK)))

        async def test() -> list[int]:
            async with sending(server.address) as sender:
                return await asyncio.gather(*(AsyncDriver(sender, print).run(wait()) for _ in range(1000)))

        assert run(test) == [0] * 1000
        # The first look may share its answer with the first tick, where that comes soon after.
        assert looks - 1 <= len(server.received) <= 2 * looks

    def test_equal_looks_at_the_same_time_are_one(self, run: Run, server: Server) -> None:
        async def test() -> Any:
            async with sending(server.address) as sender:
                return await asyncio.gather(*(sender.send(replace(LOOK)) for _ in range(50)))

        assert run(test) == [[]] * 50
        assert len(server.received) == 1

    def test_a_look_that_reads_otherwise_is_another(self, run: Run, server: Server) -> None:
        async def test() -> Any:
            async with sending(server.address) as sender:
                return await asyncio.gather(sender.send(LOOK), sender.send(replace(LOOK, decode=Answer.json)))

        assert run(test) == [[], {"jobs": []}]
        assert len(server.received) == 2

    def test_changes_are_never_shared(self, run: Run, server: Server) -> None:
        async def test() -> None:
            async with sending(server.address) as sender:
                await asyncio.gather(*(sender.send(RUN) for _ in range(5)))

        run(test)
        assert len(server.received) == 5

    def test_after_a_while_a_look_is_a_new_one(self, run: Run, server: Server) -> None:
        async def test() -> None:
            async with sending(server.address) as sender:
                sender.SHARED_FOR = 0.02
                await sender.send(LOOK)
                await sender.send(LOOK)
                await asyncio.sleep(0.05)
                await sender.send(LOOK)

        run(test)
        assert len(server.received) == 2

    def test_what_was_seen_is_forgotten(self, run: Run, server: Server) -> None:
        async def test() -> object:
            async with sending(server.address) as sender:
                sender.SHARED_FOR = 0
                seen = weakref.ref(await sender.send(replace(LOOK, decode=lambda _: Seen())))
                await asyncio.sleep(0.01)
                gc.collect()
                return seen()

        assert run(test) is None

    def test_what_was_seen_before_a_change_is_no_answer_after_it(self, run: Run, server: Server) -> None:
        async def test() -> None:
            async with sending(server.address) as sender:
                for request in (LOOK, RUN, LOOK):
                    await sender.send(request)

        run(test)
        assert [received.method for received in server.received] == ["GET", "POST", "GET"]

    def test_what_was_seen_during_a_change_is_no_answer_after_it(self, run: Run, server: Server) -> None:
        looked, begun = threading.Event(), threading.Event()
        server.says(held(until=looked, begun=begun), answer())

        async def test() -> None:
            async with sending(server.address) as sender:
                change = asyncio.ensure_future(sender.send(RUN))
                await happened(begun)
                await sender.send(LOOK)
                looked.set()
                await change
                await sender.send(LOOK)

        run(test)
        assert [received.method for received in server.received] == ["POST", "GET", "GET"]

    def test_a_waiter_that_is_cancelled_does_no_harm(self, run: Run, server: Server) -> None:
        release, begun = threading.Event(), threading.Event()
        server.says(held(until=release, begun=begun))

        async def test() -> Any:
            async with sending(server.address) as sender:
                first, *others = (asyncio.ensure_future(sender.send(LOOK)) for _ in range(5))
                await happened(begun)
                first.cancel()
                await asyncio.wait([first])
                release.set()
                return first.cancelled(), await asyncio.gather(*others)

        assert run(test) == (True, [[]] * 4)
        assert len(server.received) == 1

    def test_an_error_reaches_all_and_each_has_its_own(self, run: Run, server: Server) -> None:
        server.says(answer(503, b"electing"))

        async def test() -> list[Any]:
            async with sending(server.address) as sender:
                return await asyncio.gather(*(sender.send(LOOK) for _ in range(5)), return_exceptions=True)

        errors = run(test)
        assert [(type(error), error.what) for error in errors] == [
            (ServerError, "The server answered 503: electing")
        ] * 5
        assert len({id(error) for error in errors}) == 5
        assert len(server.received) == 1

    def test_a_second_try_is_a_new_request(self, run: Run, server: Server) -> None:
        server.says(answer(503), answer(503), answer())

        async def test() -> Any:
            async with sending(server.address) as sender:
                driver = AsyncDriver(sender, print)
                return await driver.run(patiently(ask(LOOK), Patience(first=2 * sender.SHARED_FOR, longest=0.5)))

        assert run(test) == []
        assert len(server.received) == 3


async def beats(count: int) -> None:
    """Let the loop go round for some times, with timers."""
    for _ in range(count):
        await asyncio.sleep(0.01)


class TestTheLoop:
    def test_is_not_blocked_by_a_server_that_hangs(self, run: Run, server: Server) -> None:
        release, begun = threading.Event(), threading.Event()
        server.says(held(until=release, begun=begun))

        async def test() -> Any:
            async with sending(server.address) as sender:
                waiting = asyncio.ensure_future(sender.send(LOOK))
                await happened(begun)
                await beats(3)
                assert not waiting.done()
                release.set()
                return await waiting

        assert run(test) == []

    def test_is_not_blocked_by_the_making_of_a_connection(self, run: Run, full: str) -> None:
        async def test() -> None:
            async with sending(full, connect_timeout=5.0) as sender:
                waiting = asyncio.ensure_future(sender.send(LOOK))
                await beats(3)
                assert not waiting.done()
                waiting.cancel()
                await asyncio.wait([waiting])

        run(test)

    def test_has_nothing_to_complain_of_when_a_sender_is_closed_in_the_middle(self, run: Run, server: Server) -> None:
        begun = threading.Event()
        server.says(held(until=server.ending, begun=begun))

        async def test() -> list[bool]:
            async with sending(server.address) as sender:
                waiting = [asyncio.ensure_future(sender.send(request)) for request in (LOOK, LOOK)]
                await happened(begun)
                waiting[0].cancel()
                await sender.close()
                assert asyncio.all_tasks() <= {asyncio.current_task(), *waiting}
                await asyncio.wait(waiting)
            return [one.cancelled() for one in waiting]

        assert run(test) == [True, True]

    def test_has_nothing_to_complain_of_when_all_waiters_of_an_error_are_gone(self, run: Run, server: Server) -> None:
        release, begun = threading.Event(), threading.Event()
        server.says(held(until=release, begun=begun, then=answer(500)))

        async def test() -> None:
            async with sending(server.address) as sender:
                sender.SHARED_FOR = 0
                waiting = asyncio.ensure_future(sender.send(LOOK))
                await happened(begun)
                waiting.cancel()
                await asyncio.wait([waiting])
                left_behind = asyncio.all_tasks() - {asyncio.current_task()}
                release.set()
                await asyncio.wait(left_behind)
                await asyncio.sleep(0.01)

        run(test)

    def test_waits_for_a_free_connection_as_long_as_it_takes(
        self, run: Run, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Once all connections are taken, the loop's clock jumps beyond all time-outs of the request that waits."""
        release = threading.Event()
        server.says(*[held(until=release)] * 20, answer())

        async def test() -> list[Any]:
            loop, ahead = asyncio.get_running_loop(), 0.0
            clock = loop.time
            monkeypatch.setattr(loop, "time", lambda: clock() + ahead)
            async with sending(server.address, connect_timeout=300.0) as sender:
                longer = (replace(LOOK, path=f"/jobs/{number}", read_timeout=9000.0) for number in range(20))
                held_up = [asyncio.ensure_future(sender.send(request)) for request in longer]
                await asyncio.to_thread(wait_until, lambda: server.served == 20)
                last = asyncio.ensure_future(sender.send(replace(LOOK, read_timeout=300.0)))
                await beats(3)
                ahead = 1000.0
                await beats(3)
                assert not last.done()
                release.set()
                return await asyncio.gather(*held_up, last)

        assert run(test) == [[]] * 21
        assert len(server.received) == 21


class TestPauses:
    """On a clock that stands: when a pause that begins then would end."""

    @pytest.fixture
    def ends(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[Pause, float], float]:
        def ends(step: Pause, now: float) -> float:
            naps: list[float] = []

            async def nap(seconds: float) -> None:
                naps.append(seconds)

            async def begin() -> None:
                monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
                async with sending("http://jobs:8081") as sender:
                    await AsyncDriver(sender, print).run(step for step in [step])

            monkeypatch.setattr(asyncio, "sleep", nap)
            asyncio.run(begin())
            return now + sum(naps)

        return ends

    @pytest.mark.parametrize("now", [1000.0, 1003.5, 1009.75])
    def test_that_are_equal_end_together(self, ends: Callable[[Pause, float], float], now: float) -> None:
        assert ends(Pause(10, "RUNNING"), now) == 1010

    @pytest.mark.parametrize("now", [1000.0, 1003.5, 1009.75])
    def test_that_are_exact_are_not_cut_short(self, ends: Callable[[Pause, float], float], now: float) -> None:
        assert ends(Pause(10, "as the server asks", exact=True), now) == now + 10

    def test_of_nothing_end_at_once(self, ends: Callable[[Pause, float], float]) -> None:
        assert ends(Pause(0, "nothing"), 1003.5) == 1003.5


def test_a_driver_tells_each_change_once(run: Run, server: Server) -> None:
    told: list[str] = []

    def watch() -> Flow[str]:
        yield from remark("Watching.")
        for _ in range(3):
            yield from pause(0.01, "RUNNING")
        return "done"

    async def test() -> str:
        async with sending(server.address) as sender:
            return await AsyncDriver(sender, told.append).run(watch())

    assert run(test) == "done"
    assert told == ["Watching.", "RUNNING"]


def test_an_error_is_raised_where_the_flow_stands(run: Run, dead: str) -> None:
    def careful() -> Flow[str]:
        try:
            yield from ask(LOOK)
        except NotReachable:
            return "caught"
        return "not reached"

    async def test() -> str:
        async with sending(dead) as sender:
            return await AsyncDriver(sender, print).run(careful())

    assert run(test) == "caught"


@pytest.mark.parametrize(("size", "apart"), [(10, False), (300_000, True)], ids=["small", "large"])
def test_a_large_answer_is_read_beside_the_event_loop(
    run: Callable[[Callable[[], Awaitable[T]]], T], server: Server, size: int, apart: bool
) -> None:
    server.says(answer(body=b" " * size))

    async def test() -> None:
        async with sending(server.address) as sender:
            request = replace(LOOK, decode=lambda answer: (threading.get_ident(), answer.in_pieces))
            thread, in_pieces = await sender.send(request)
            assert (thread != threading.get_ident()) is in_pieces is apart

    run(test)


def test_the_library_logs_nothing_of_our_requests_and_goes_on_logging_those_of_others(
    server: Server, run: Callable[[Callable[[], Awaitable[None]]], None], caplog: pytest.LogCaptureFixture
) -> None:
    """httpx logs each request at INFO, which would be a line each poll in the log of a deferred task."""

    async def test() -> None:
        async with sending(server.address) as sender:
            await sender.send(LOOK)
            assert not caplog.messages
            async with httpx.AsyncClient() as other:
                await other.get(f"{server.address}/theirs")

    with caplog.at_level("INFO", "httpx"):
        run(test)
    assert len(server.received) == 2
    assert [message for message in caplog.messages if "/theirs" in message] == caplog.messages != []
