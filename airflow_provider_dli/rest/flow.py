"""Flows: everything that takes more than one exchange, written without I/O.

A flow is a generator. It yields :class:`~airflow_provider_dli.rest.request.Request` values and gets their decoded
answers back, yields :class:`Pause` to let time pass, and returns its result. A failed exchange is raised where the flow
stands. Flows call each other with ``yield from``; drivers (:mod:`.sync`, :mod:`.asynchronous`) do what they yield.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from airflow_provider_dli.rest.request import Request

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True)
class Pause:
    """Let time pass.

    :param seconds: how long.
    :param seeing: what is being waited for and what was seen last, for the log and for a time-out's message.
    :param exact: whether it must not be shorter; other pauses may end early, to end together with equal ones.
    :param whole: whether a deadline must not cut it: what follows is only right after all of it.
    """

    seconds: float
    seeing: str
    exact: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Remark:
    """Something a person should read in the log.

    :param text: one sentence.
    """

    text: str


@dataclass(frozen=True)
class Work:
    """Something that takes its time and is no request, as a look into an object store.

    :param do: does it; it may block.
    """

    do: Callable[[], Any]


Step: TypeAlias = "Request[Any] | Pause | Remark | Work"
Flow: TypeAlias = Generator[Step, Any, T]


def ask(request: Request[T]) -> Flow[T]:
    """Send one request and return its decoded answer."""
    answer: T = yield request
    return answer


def pause(seconds: float, seeing: str) -> Flow[None]:
    """Let ``seconds`` pass."""
    yield Pause(seconds, seeing)


def work(do: Callable[[], T]) -> Flow[T]:
    """Do something that may block, beside the event loop where there is one."""
    result: T = yield Work(do)
    return result


def remark(text: str) -> Flow[None]:
    """Tell the person who reads the log."""
    yield Remark(text)


def drive(steps: Generator[S, Any, T], perform: Callable[[S], Any]) -> T:
    """Do what a generator yields, give it back what came of it, and return its result."""
    try:
        step = next(steps)
        while True:
            try:
                outcome = perform(step)
            except Exception as error:
                step = steps.throw(error)
            else:
                step = steps.send(outcome)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        steps.close()


async def drive_async(steps: Generator[S, Any, T], perform: Callable[[S], Awaitable[Any]]) -> T:
    """Do the same as :func:`drive`, on an event loop."""
    try:
        step = next(steps)
        while True:
            try:
                outcome = await perform(step)
            except Exception as error:
                step = steps.throw(error)
            else:
                step = steps.send(outcome)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        steps.close()


def to_next_pause(flow: Flow[T]) -> Flow[T | Pause]:
    """Run a flow up to its next pause, and return that; the flow resumes after it the next time. Or return its result.

    Exact pauses are made: they are between attempts of one request.

    :param flow: the flow.
    """
    try:
        step = flow.send(None)
        while _is_of_this_poll(step):
            try:
                outcome = yield step
            except Exception as error:
                step = flow.throw(error)
            else:
                step = flow.send(outcome)
    except StopIteration as end:
        result: T = end.value
        return result
    assert isinstance(step, Pause)
    return step


def _is_of_this_poll(step: Step) -> bool:
    """Return whether a step belongs to one poll: everything but the pause until the next one."""
    return not isinstance(step, Pause) or step.exact


def intercept(flow: Flow[T], handle: Callable[[Step], Flow[Any]]) -> Flow[T]:
    """Wrap a flow: ``handle`` stands between each of its steps and the driver, and may fail in the step's place."""
    try:
        step = next(flow)
        while True:
            try:
                outcome = yield from handle(step)
            except Exception as error:
                step = flow.throw(error)
            else:
                step = flow.send(outcome)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        flow.close()
