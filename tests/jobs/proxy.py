"""A proxy between a task and its cluster, which does to an answer what networks do."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Fault = Callable[["Handler"], None]


def drop(handler: Handler) -> None:
    """Let the request through, and break the connection before the answer."""
    handler.exchange()
    handler.close_connection = True


def twice(handler: Handler) -> None:
    """Let the request through twice; the second answer is the one that counts."""
    handler.exchange()
    handler.answer(*handler.exchange())


def late(handler: Handler) -> None:
    """Let the request through, and answer when nobody waits any more."""
    answer = handler.exchange()
    handler.server.released.wait()
    handler.answer(*answer)


def bad_gateway(handler: Handler) -> None:
    """Let the request through, and answer that nobody was there."""
    handler.exchange()
    handler.answer(502, b"<html>Bad Gateway</html>", "text/html")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def serve(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.endswith(self.server.victim) and self.server.fault:
            fault, self.server.fault = self.server.fault, None
            self.server.faults += 1
            fault(self)
        else:
            self.answer(*self.exchange())

    do_GET = do_POST = do_PATCH = do_DELETE = serve

    def exchange(self) -> tuple[int, bytes, str]:
        """Ask the cluster."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.upstream)) as connection:
            connection.request(self.command, self.path, self.body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read(), response.headers["Content-Type"]

    def answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


class Proxy(ThreadingHTTPServer):
    """Passes requests on, and does something else to the first one whose path ends with ``victim``."""

    daemon_threads = True

    def __init__(self, upstream: int, victim: str, fault: Fault) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = upstream
        self.victim = victim
        self.fault: Fault | None = fault
        self.faults = 0
        self.released = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that no longer waits is what is tested."""


@contextmanager
def proxy(upstream: int, victim: str, fault: Fault) -> Iterator[Proxy]:
    """Run a proxy before a port."""
    server = Proxy(upstream, victim, fault)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
