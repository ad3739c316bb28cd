from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest

from airflow_provider_dli.rest.asynchronous import AsyncDriver
from airflow_provider_dli.rest.errors import NoAnswer
from airflow_provider_dli.rest.flow import (
    Flow,
    Pause,
    Remark,
    Step,
    Work,
    ask,
    drive,
    drive_async,
    intercept,
    pause,
    remark,
    work,
)
from airflow_provider_dli.rest.patience import Patience, patiently, within
from airflow_provider_dli.rest.sync import Driver
from tests.rest.clients import LOOK
from tests.rest.simulation import failed

Drive = Callable[[Generator[Any, Any, Any], Callable[[Any], Any]], Any]


def drive_on_a_loop(steps: Generator[Any, Any, Any], perform: Callable[[Any], Any]) -> Any:
    async def perform_soon(step: Any) -> Any:
        await asyncio.sleep(0)
        return perform(step)

    return asyncio.run(drive_async(steps, perform_soon))


def drive_intercepted(steps: Generator[Any, Any, Any], perform: Callable[[Any], Any]) -> Any:
    def hand_on(step: Step) -> Flow[Any]:
        return (yield step)

    return drive(intercept(intercept(steps, hand_on), hand_on), perform)


@pytest.fixture(params=[drive, drive_on_a_loop, drive_intercepted], ids=["drive", "drive_async", "intercept"])
def driving(request: pytest.FixtureRequest) -> Drive:
    drive: Drive = request.param
    return drive


class Watched:
    """A flow of numbers that tells whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def steps(self) -> Generator[int, int, int]:
        try:
            return (yield 1) + (yield 2)
        finally:
            self.closed = True


def test_what_comes_of_a_step_goes_back_into_the_flow(driving: Drive) -> None:
    assert driving(Watched().steps(), lambda step: step * 10) == 30


def test_what_fails_is_raised_where_the_flow_stands(driving: Drive) -> None:
    def steps() -> Generator[int, int, str]:
        try:
            yield 1
        except LookupError as error:
            return f"caught {error}, then {(yield 2)}"
        return "not reached"

    def perform(step: int) -> int:
        if step == 1:
            raise LookupError("it")
        return step

    assert driving(steps(), perform) == "caught it, then 2"


@pytest.mark.parametrize("fault", [ValueError("no"), KeyboardInterrupt("now"), StopIteration("odd")], ids=repr)
def test_a_flow_is_closed_however_it_ends(driving: Drive, fault: BaseException) -> None:
    watched = Watched()

    def perform(step: int) -> int:
        raise fault

    with pytest.raises((type(fault), RuntimeError)):
        driving(watched.steps(), perform)
    assert watched.closed


def test_a_cancelled_flow_is_closed() -> None:
    watched = Watched()

    async def cancelled() -> None:
        task = asyncio.ensure_future(drive_async(watched.steps(), lambda _: asyncio.Event().wait()))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(cancelled())
    assert watched.closed


def test_closing_a_wrapper_closes_the_flow() -> None:
    watched = Watched()
    wrapper: Any = intercept(watched.steps(), lambda step: (yield step))
    next(wrapper)
    wrapper.close()
    assert watched.closed


def test_a_handler_may_do_more_and_answer_otherwise() -> None:
    def twice(step: Any) -> Any:
        return (yield step) + (yield step)

    done: list[int] = []

    def perform(step: int) -> int:
        done.append(step)
        return step

    assert drive(intercept(Watched().steps(), twice), perform) == 6
    assert done == [1, 1, 2, 2]


def test_a_handler_may_fail_in_the_step_s_place() -> None:
    def refuse(step: Step) -> Flow[Any]:
        raise failed(NoAnswer, LOOK)

    with pytest.raises(NoAnswer):
        drive(intercept(ask(LOOK), refuse), lambda step: step)


@pytest.mark.parametrize(
    ("flow", "step"),
    [(ask(LOOK), LOOK), (pause(2, "RUNNING"), Pause(2, "RUNNING")), (remark("Attached."), Remark("Attached."))],
    ids=["ask", "pause", "remark"],
)
def test_the_small_flows_yield_one_step(flow: Flow[Any], step: Step) -> None:
    assert list(flow) == [step]


def test_ask_returns_the_answer() -> None:
    assert drive(ask(LOOK), lambda step: ["a", step]) == ["a", LOOK]


def here(flow: Flow[Any]) -> Any:
    """Run a flow as a worker does."""
    return Driver(Unasked(), lambda text: None).run(flow)


def on_a_loop(flow: Flow[Any]) -> Any:
    """Run a flow as the triggerer does."""
    return asyncio.run(AsyncDriver(Unasked(), lambda text: None).run(flow))


class Unasked:
    """A sender that is asked nothing."""

    def send(self, request: Any) -> Any:
        raise AssertionError("nothing is sent")


@pytest.mark.parametrize("run", [here, on_a_loop])
class TestWork:
    def test_what_came_of_it_goes_back_into_the_flow(self, run: Callable[[Flow[Any]], Any]) -> None:
        assert run(work(lambda: ["a", 1])) == ["a", 1]

    def test_what_fails_is_raised_where_the_flow_stands(self, run: Callable[[Flow[Any]], Any]) -> None:
        def flow() -> Flow[str]:
            try:
                yield from work(lambda: {}["key"])
            except KeyError as error:
                return f"caught {error}"
            return "not reached"

        assert run(flow()) == "caught 'key'"

    def test_it_is_done_once_whatever_stands_between(self, run: Callable[[Flow[Any]], Any]) -> None:
        done: list[int] = []
        flow = within(patiently(work(lambda: done.append(1)), Patience()), 0.0)
        run(flow)
        assert done == [1]


def test_work_is_done_beside_the_loop() -> None:
    """What blocks holds nobody up: the loop goes on, and ends what the work waits for."""
    begun, go_on = threading.Event(), threading.Event()

    def block() -> bool:
        begun.set()
        return go_on.wait(10)

    async def scene() -> bool:
        driver = AsyncDriver(Unasked(), lambda text: None)  # type: ignore[arg-type]
        running = asyncio.ensure_future(driver.run(work(block)))
        assert await asyncio.to_thread(begun.wait, 10)
        go_on.set()
        return await running

    assert asyncio.run(scene()) is True


def test_work_on_a_worker_is_done_in_its_thread() -> None:
    assert here(work(threading.get_ident)) == threading.get_ident()


def test_work_yields_one_step() -> None:
    assert list(work(int)) == [Work(int)]
