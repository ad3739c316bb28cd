"""What can happen to a request on its way, and to who sent it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from tests.network.wire import WORKER, Exchange, Step, Trap, Wire, kill

#: Seconds for which nobody is reached.
OUTAGE = 30


@dataclass(frozen=True)
class Fault:
    """A fault that is injected.

    :param name: what the table calls it.
    :param harm: does it, to one request.
    """

    name: str
    harm: Callable[[Exchange], None]

    def __str__(self) -> str:
        return self.name


def _kill_before(exchange: Exchange) -> None:
    kill([exchange.client_pid])
    exchange.hang_up()


def _kill_unread(exchange: Exchange) -> None:
    pid = exchange.client_pid
    exchange.carry_out()
    kill([pid])
    exchange.hang_up()


def _kill_answered(exchange: Exchange) -> None:
    pid, answer = exchange.client_pid, exchange.carry_out()
    exchange.answer(answer)
    exchange.wfile.flush()
    kill([pid])


def _kill_machine(exchange: Exchange) -> None:
    pid = exchange.client_pid
    exchange.carry_out()
    # First the one that could still report it.
    kill([psutil.Process(pid).ppid(), pid])
    exchange.hang_up()


def _kill_triggerer(exchange: Exchange) -> None:
    exchange.carry_out()
    exchange.server.kill_triggerer()
    exchange.hang_up()


def _drop_request(exchange: Exchange) -> None:
    exchange.hang_up()


def _drop_answer(exchange: Exchange) -> None:
    exchange.carry_out()
    exchange.hang_up()


def _cut_answer(exchange: Exchange) -> None:
    exchange.answer(exchange.carry_out(), only=0.5)
    exchange.hang_up()


def _answer_late(exchange: Exchange) -> None:
    answer = exchange.carry_out()
    exchange.wait_for_hang_up()
    exchange.answer(answer)


def _answer_twice(exchange: Exchange) -> None:
    answer = exchange.carry_out()
    exchange.answer(answer)
    exchange.answer(answer)


def _carry_out_twice(exchange: Exchange) -> None:
    exchange.carry_out()
    exchange.pass_on()


def _unavailable(exchange: Exchange) -> None:
    exchange.say(503, '{"errors":["Service temporarily unavailable due to an ongoing leader election."]}')


def _bad_gateway(exchange: Exchange) -> None:
    exchange.carry_out()
    exchange.say(502, "<html><h1>Bad Gateway</h1></html>")


def _too_many(exchange: Exchange) -> None:
    exchange.say(429, "slow down", **{"Retry-After": "1"})


def _page(exchange: Exchange) -> None:
    exchange.carry_out()
    exchange.say(200, "<html><h1>Please log in</h1></html>")


def _no_back_end(exchange: Exchange) -> None:
    exchange.say(404, "<html><h1>default backend - 404</h1></html>")


def _log_in(exchange: Exchange) -> None:
    exchange.say(302, "", Location="https://login.example.com/authorize?client_id=flink&state=s3cret")


def _timed_out(exchange: Exchange) -> None:
    exchange.carry_out()
    exchange.say(408, "<html><h1>Request Time-out</h1></html>")


def _outage(exchange: Exchange) -> None:
    exchange.server.go_away(OUTAGE)
    exchange.hang_up()


KILL_BEFORE = Fault("kill -9 of the task before the request", _kill_before)
KILL_UNREAD = Fault("kill -9 of the task before it reads the answer", _kill_unread)
KILL_ANSWERED = Fault("kill -9 of the task once it has the answer", _kill_answered)
KILL_MACHINE = Fault("kill -9 of the whole worker before it reads the answer", _kill_machine)
KILL_TRIGGERER = Fault("kill -9 of the triggerer before it reads the answer", _kill_triggerer)
DROP_REQUEST = Fault("connection lost before the request is carried out", _drop_request)
DROP_ANSWER = Fault("connection lost before the answer", _drop_answer)
CUT_ANSWER = Fault("connection lost in the middle of the answer", _cut_answer)
LATE = Fault("answer later than anybody waits", _answer_late)
TWICE = Fault("answer sent twice", _answer_twice)
REPEATED = Fault("request carried out twice", _carry_out_twice)
UNAVAILABLE = Fault("503 before the request is carried out", _unavailable)
BAD_GATEWAY = Fault("502 with HTML, and the request carried out", _bad_gateway)
TOO_MANY = Fault("429 with Retry-After", _too_many)
PAGE = Fault("200 with a log-in page, and the request carried out", _page)
NO_BACK_END = Fault("404 of an ingress before the request is carried out", _no_back_end)
LOG_IN = Fault("302 to a log-in page before the request is carried out", _log_in)
TIMED_OUT = Fault("408 with HTML, and the request carried out", _timed_out)
OUTAGE_FAULT = Fault(f"nobody answers for {OUTAGE} s", _outage)


@contextmanager
def harming(upstream: int, method: str, path: str, fault: Fault) -> Iterator[Wire]:
    """Put a wire before a port, and see to it that a fault happens there.

    :param upstream: the port.
    :param method: of the first request that it happens to.
    :param path: its path, ``*`` in place of ids.
    :param fault: what happens.
    """
    wire, trap = Wire(upstream), Trap(Step(WORKER, method, path), fault.harm)
    wire.set(trap)
    try:
        yield wire
        assert trap.sprung, f"it has not happened: {wire.steps}"
    finally:
        wire.close()
