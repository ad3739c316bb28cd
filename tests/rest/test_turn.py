"""One at a time, in threads and on an event loop."""

from __future__ import annotations

import asyncio
import threading

from airflow_provider_dli.rest.turn import Turn


def test_one_thread_at_a_time() -> None:
    turn, entered, order = Turn(), threading.Event(), list[str]()
    held = turn.take()

    def wait() -> None:
        entered.set()
        second = turn.take()
        order.append("second")
        second.release()

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        assert entered.wait(10)
        order.append("first")
    finally:
        held.release()
        thread.join(10)
    assert order == ["first", "second"]


def test_a_turn_that_is_held_is_not_given_to_another_thread() -> None:
    turn, got = Turn(), list[bool]()
    held = turn.take()
    thread = threading.Thread(target=lambda: got.append(turn._threads.acquire(blocking=False)))
    thread.start()
    thread.join(10)
    assert got == [False]
    held.release()


def test_a_kill_in_the_middle_of_a_turn_is_let_in() -> None:
    turn = Turn()
    outer = turn.take()
    turn.take().release()
    outer.release()
    got: list[bool] = []
    thread = threading.Thread(target=lambda: got.append(turn._threads.acquire(blocking=False)))
    thread.start()
    thread.join(10)
    assert got == [True]


def test_one_task_at_a_time_and_in_their_order() -> None:
    turn, inside, most, order = Turn(), 0, 0, list[int]()

    async def work(number: int) -> None:
        nonlocal inside, most
        held = await turn.take_async()
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        order.append(number)
        inside -= 1
        held.release()

    async def all_of_them() -> None:
        await asyncio.gather(*map(work, range(5)))

    asyncio.run(all_of_them())
    assert (most, order) == (1, [0, 1, 2, 3, 4])


def test_a_task_that_is_cancelled_while_it_waits_leaves_no_turn_taken() -> None:
    turn = Turn()

    async def scene() -> None:
        held = await turn.take_async()
        waiting = asyncio.ensure_future(turn.take_async())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        held.release()
        (await asyncio.wait_for(turn.take_async(), 10)).release()

    asyncio.run(scene())
