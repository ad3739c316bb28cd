"""A small HTTP server that answers as it is told, and keeps what it received."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[["Handler"], None]


@dataclass(frozen=True)
class Received:
    """One request as it came; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


def answer(status: int = 200, body: bytes = b'{"jobs":[]}', kind: str = "application/json", **headers: str) -> Reply:
    """Answer properly. An underscore in a header's name stands for a dash."""

    def reply(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def close(handler: Handler) -> None:
    """Close the connection without a word."""
    handler.close_connection = True


def reset(handler: Handler) -> None:
    """Drop the connection the hard way."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def hang(handler: Handler) -> None:
    """Say no more until the server ends."""
    handler.server.ending.wait()
    handler.close_connection = True


def held(until: threading.Event, begun: threading.Event | None = None, then: Reply | None = None) -> Reply:
    """Answer, or do something else, when something has happened; say when the request has come."""

    def reply(handler: Handler) -> None:
        if begun:
            begun.set()
        until.wait(10)
        (then or answer())(handler)

    return reply


def raw(text: bytes, then: Reply = close) -> Reply:
    """Write these bytes, then close the connection or do something else."""

    def reply(handler: Handler) -> None:
        handler.wfile.write(text)
        handler.wfile.flush()
        then(handler)

    return reply


def half(then: Reply) -> Reply:
    """Send half of what is promised, then do something else."""
    return raw(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"job', then)


def tunnel(handler: Handler) -> None:
    """Do what a proxy is asked for: connect to an address, and let everything through."""
    host, _, port = handler.path.rpartition(":")
    with socket.create_connection((host, int(port))) as beyond:
        handler.send_response(200)
        handler.end_headers()
        back = threading.Thread(target=_pour, args=(beyond, handler.connection), daemon=True)
        back.start()
        _pour(handler.connection, beyond)
        back.join()
    handler.close_connection = True


def _pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(1 << 16):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)


class Handler(BaseHTTPRequestHandler):
    """Keeps what came, and does what the server was told to do."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.server.take(self.rfile, int(headers.get("content-length", 0)))
        self.server.received.append(Received(self.command, self.path, headers, body))
        self.server.next_reply()(self)

    do_GET = do_POST = do_PATCH = do_DELETE = do_CONNECT = serve

    def log_message(self, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Listens on loopback, with TLS where it has a context, and where a server was before if it is told its port."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, context: ssl.SSLContext | None = None, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.received: list[Received] = []
        #: Requests that have got their reply, or will get none.
        self.served = 0
        self.ending = threading.Event()
        self.keeps_bodies = True
        self._context = context
        self._replies: list[Reply] = [answer()]
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.server_port}"

    def says(self, *replies: Reply) -> None:
        """Answer the next requests in these ways, and all after them in the last one."""
        self._replies = list(replies)

    def next_reply(self) -> Reply:
        with self._lock:
            self.served += 1
            return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    def next_is(self, reply: Reply) -> bool:
        """Tell whether the next request gets a reply."""
        return self._replies[0] is reply

    def take(self, file: Any, length: int) -> bytes:
        """Read a body; where bodies are not kept, return how long it was."""
        if self.keeps_bodies:
            return bytes(file.read(length))
        left = length
        while left and (chunk := file.read(min(left, 1 << 20))):
            left -= len(chunk)
        return b"%d" % (length - left)

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self._context:
            request = self._context.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
            try:
                request.do_handshake()
            except ssl.SSLError:
                _hang_up(request)
                return
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave it to the client's side: that is what is tested."""


def _hang_up(connection: ssl.SSLSocket) -> None:
    """Let the client read why, before the connection is gone: a reset would overtake TLS's alert."""
    connection.settimeout(5)
    socket.socket.shutdown(connection, socket.SHUT_WR)
    while socket.socket.recv(connection, 1 << 16):
        pass


@contextmanager
def serving(context: ssl.SSLContext | None = None, port: int = 0) -> Iterator[Server]:
    """Run a server."""
    server = Server(context, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.ending.set()
        server.shutdown()
        thread.join()
        server.server_close()
