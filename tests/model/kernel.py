"""Virtual time, and processes that run in it: a discrete-event simulation in one thread."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import time as real_time
from collections.abc import Callable
from itertools import count
from typing import Any

from greenlet import getcurrent, greenlet

START = 1_800_000_000.0


class Killed(BaseException):
    """A process ends here without any further step, as after ``kill -9``."""


class World:
    """The time that all processes share, and what happens in it.

    Events at the same moment happen in the order in which they were entered, so a run is deterministic.
    """

    def __init__(self) -> None:
        self.now = START
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._main = getcurrent()
        self.actors: list[Actor] = []
        self.events = 0

    def after(self, seconds: float, happen: Callable[[], None]) -> None:
        """Enter something that happens ``seconds`` from now."""
        heapq.heappush(self._agenda, (self.now + max(seconds, 0.0), next(self._numbers), happen))

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self._agenda and self._agenda[0][0] <= end:
            self._step()
        self.now = end

    def until(self, holds: Callable[[], bool], most: float = 86_400.0) -> bool:
        """Let time pass until something holds; return whether it does after ``most`` seconds."""
        end = self.now + most
        while not holds():
            if not self._agenda or self._agenda[0][0] > end:
                self.now = end
                return holds()
            self._step()
        return True

    def spawn(self, name: str, run: Callable[[], None], **members: Any) -> Actor:
        """Start a process."""
        actor = Actor(self, name, run, **members)
        self.actors.append(actor)
        self.after(0, actor.begin)
        return actor

    def close(self) -> None:
        """End all processes."""
        for actor in self.actors:
            actor.kill()

    def _step(self) -> None:
        when, _, happen = heapq.heappop(self._agenda)
        self.now = max(self.now, when)
        self.events += 1
        assert self.events < 400_000, "The simulation does not come to an end."
        happen()

    def switch_back(self) -> Any:
        """Give control back to the simulation; return what wakes the process."""
        # An event loop that runs in this process must not be taken for one of the next process.
        loop = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        try:
            return self._main.switch()
        finally:
            asyncio._set_running_loop(loop)


class Actor:
    """A process: a worker that runs one try, or a triggerer that runs one trigger.

    :param wall: seconds that the clock of its machine is ahead.
    :param owner: whose work it does.
    """

    def __init__(self, world: World, name: str, run: Callable[[], None], wall: float = 0.0, owner: Any = None) -> None:
        self.world = world
        self.name = name
        self.wall = wall
        self.owner = owner
        self.dead = False
        self.began = world.now
        #: Whether Airflow has given it up, as it sent no heartbeat for long.
        self.given_up = False
        self.suspended_until = 0.0
        self.suspended_at = -1.0
        self.sent = 0
        self._run = run
        self._greenlet = greenlet(self._body)
        self._greenlet.actor = self
        self._rung: set[object] = set()

    def __repr__(self) -> str:
        return self.name

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.dead or self._greenlet.dead

    def begin(self) -> None:
        if not self.dead:
            self._greenlet.switch()

    def kill(self) -> None:
        """End it at once; nothing that it still wants to do happens."""
        if self.over:
            self.dead = True
            return
        self.dead = True
        if self._greenlet:
            self._greenlet.throw(Killed())

    def suspend(self, seconds: float) -> None:
        """Stop it as SIGSTOP does, or a machine that is paused, and wake it later."""
        self.suspended_at = self.world.now
        self.suspended_until = max(self.suspended_until, self.world.now + seconds)

    def interrupt(self, handle: Callable[[], None]) -> None:
        """Let it handle a signal, in the middle of whatever it waits for."""
        self._wake(("signal", handle))

    def wait(self, seconds: float | None = None, token: object = None) -> None:
        """Wait, in this process, for some seconds, or until :meth:`ring` is called with the token."""
        token = token or object()
        if seconds is not None:
            self.world.after(seconds, lambda: self._wake(token))
        self.check()
        while token not in self._rung:
            woken_by = self.world.switch_back()
            self.check()
            if isinstance(woken_by, tuple):
                woken_by[1]()
            else:
                self._rung.add(woken_by)
        self._rung.discard(token)

    def ring(self, token: object) -> None:
        """Wake the process where it waits for the token."""
        self.world.after(0, lambda: self._wake(token))

    def check(self) -> None:
        """End here if it was killed."""
        if self.dead:
            raise Killed

    def _wake(self, what: Any) -> None:
        if self.over:
            return
        if self.suspended_until > self.world.now:
            self.world.after(self.suspended_until - self.world.now, lambda: self._wake(what))
            return
        self._greenlet.switch(what)

    def _body(self) -> None:
        with contextlib.suppress(Killed):
            self._run()


def current() -> Actor | None:
    """Return the process that runs now; None where it is the test itself."""
    return getattr(getcurrent(), "actor", None)


class Clock:
    """Stands in for the module :mod:`time`, in virtual time."""

    world: World | None = None
    gmtime, strftime, struct_time = (
        staticmethod(real_time.gmtime),
        staticmethod(real_time.strftime),
        real_time.struct_time,
    )

    @classmethod
    def time(cls) -> float:
        assert cls.world
        actor = current()
        return cls.world.now + (actor.wall if actor else 0.0)

    @classmethod
    def monotonic(cls) -> float:
        assert cls.world
        return cls.world.now - START + 1000.0

    @classmethod
    def sleep(cls, seconds: float) -> None:
        actor = current()
        assert actor, "Nothing but a process may sleep."
        actor.wait(seconds)


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop whose time is the world's, run by one process."""

    def __init__(self, actor: Actor) -> None:
        super().__init__()
        self._actor = actor
        self._selector = self  # what `BaseEventLoop` asks to wait
        self._clock_resolution = 1e-6
        self._bell: object = object()
        self.set_exception_handler(lambda loop, context: None)

    def time(self) -> float:
        return Clock.monotonic()

    def select(self, timeout: float | None) -> list[Any]:
        self._actor.check()
        if timeout is None or timeout > 0:
            self._actor.wait(timeout, self._bell)
            self._bell = object()
        return []

    def call_from_outside(self, do: Callable[[], None]) -> None:
        """Do something on the loop, as another process or the person at a keyboard wants it."""
        self.call_soon(do)
        self._actor.ring(self._bell)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:  # type: ignore[override]
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass
