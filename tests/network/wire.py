"""The wire between tasks and a server, as a test wants it: it passes requests on, and does harm to one of them."""

from __future__ import annotations

import http.client
import os
import re
import select
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psutil

HOST = "127.0.0.1"
#: What a request's own members look like in a path; a step of an operator is the same with any.
_IDS = re.compile(r"(?<=/)(?:[0-9a-f-]{36}_[^/]+|[0-9a-f]{32}|[0-9a-f]{24,}|[0-9a-f]{8}-[0-9a-f-]{27}|\d+)(?=/|$)")
# Not what concerns one connection only.
_OWN_HEADERS = {"connection", "keep-alive", "transfer-encoding", "content-length"}

WORKER, TRIGGERER = "worker", "triggerer"
# The clients that speak for them.
_AGENTS = {WORKER: "python-requests", TRIGGERER: "python-httpx"}

Harm = Callable[["Exchange"], None]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True)
class Step:
    """What a client asks for, without the ids in it.

    :param side: who asks: the worker or the triggerer.
    :param method: the HTTP method.
    :param path: the path, ``*`` in place of ids, without a query.
    """

    side: str
    method: str
    path: str

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        return self.method != "GET"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Trap:
    """Harm that waits for its request.

    :param step: the request that it waits for.
    :param harm: what it does.
    :param after: how many such requests pass before.
    :param sprung: whether it was done.
    """

    step: Step
    harm: Harm
    after: int = 0
    sprung: bool = False

    def takes(self, step: Step) -> bool:
        """Tell whether this request is the one; count it where it is only one of those before."""
        if self.sprung or step != self.step:
            return False
        self.after, self.sprung = self.after - 1, self.after == 0
        return self.sprung


class Exchange(BaseHTTPRequestHandler):
    """One request, and what becomes of it."""

    protocol_version = "HTTP/1.1"
    server: Wire

    def serve(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        harm = self.server.look_at(self.step)
        if self.server.is_away:
            self.hang_up()
        elif harm:
            harm(self)
        else:
            self.pass_on()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    @property
    def step(self) -> Step:
        agent = self.headers.get("User-Agent", "")
        side = TRIGGERER if agent.startswith(_AGENTS[TRIGGERER]) else WORKER
        return Step(side, self.command, _IDS.sub("*", self.path.partition("?")[0]))

    @property
    def client_pid(self) -> int:
        """The process that asks."""
        # A client's port alone may be another process's as well, which speaks to somebody else.
        ends = self.client_address, self.connection.getsockname()
        return next(one.pid for one in psutil.net_connections("tcp4") if (one.laddr, one.raddr) == ends and one.pid)

    def pass_on(self) -> None:
        """Have the server answer; where nobody is there, the connection breaks."""
        try:
            self.answer(self.carry_out())
        except (OSError, http.client.HTTPException):
            self.hang_up()

    def carry_out(self) -> Answer:
        """Have the server do what is asked."""
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OWN_HEADERS}
        with closing(http.client.HTTPConnection(HOST, self.server.upstream, timeout=300)) as connection:
            connection.request(self.command, self.path, self.body or None, headers)
            response = connection.getresponse()
            told = tuple(pair for pair in response.getheaders() if pair[0].lower() not in _OWN_HEADERS)
            return Answer(response.status, told, response.read())

    def answer(self, answer: Answer, only: float = 1.0) -> None:
        """Pass an answer on, or only a part of its body."""
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: int(len(answer.body) * only)])

    def say(self, status: int, body: str, kind: str = "text/html", **headers: str) -> None:
        """Answer something else."""
        self.answer(Answer(status, (("Content-Type", kind), *headers.items()), body.encode()))

    def hang_up(self) -> None:
        """Break the connection."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def wait_for_hang_up(self) -> None:
        """Wait until the client no longer waits for an answer."""
        select.select([self.connection], [], [], 300)

    def log_message(self, *args: Any) -> None:
        pass


class Wire(ThreadingHTTPServer):
    """Listens where tasks believe that a server is.

    :param upstream: the port where it is.
    :param kill_triggerer: kills the triggerer, and starts another one.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, upstream: int, kill_triggerer: Callable[[], None] = lambda: None) -> None:
        super().__init__((HOST, 0), Exchange)
        self.upstream = upstream
        self.kill_triggerer = kill_triggerer
        self.port = self.server_port
        self.steps: list[Step] = []
        self._trap: Trap | None = None
        self._lock = threading.Lock()
        #: Whether nobody listens.
        self.is_away = False
        self._listen()

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    def set(self, trap: Trap | None) -> None:
        """Let a trap wait, and forget the steps so far."""
        with self._lock:
            self._trap = trap
            self.steps = []

    def look_at(self, step: Step) -> Harm | None:
        """Note a request, and return the harm that is done to it, if any."""
        with self._lock:
            self.steps.append(step)
            return self._trap.harm if self._trap and self._trap.takes(step) else None

    def go_away(self, seconds: float) -> None:
        """Refuse all connections for a while."""
        self.is_away = True
        threading.Thread(target=self._come_back_after, args=(seconds,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is gone is what is tested."""

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def _listen(self) -> None:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def _come_back_after(self, seconds: float) -> None:
        self.close()
        time.sleep(seconds)
        self.socket = socket.socket(self.address_family, self.socket_type)
        self.server_bind()
        self.server_activate()
        self.is_away = False
        self._listen()


@contextmanager
def trapped(wires: Collection[Wire], trap: Trap | None) -> Iterator[None]:
    """Let a trap wait on wires for as long as the block lasts.

    :param wires: the wires.
    :param trap: the trap; None where nothing is to happen.
    """
    try:
        for wire in wires:
            wire.set(trap)
        yield
    finally:
        for wire in wires:
            wire.set(None)


def kill(pids: Iterable[int]) -> None:
    """Kill processes, in this order."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, 9)
