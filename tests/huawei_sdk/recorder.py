"""A server that answers everything with an empty object, and keeps what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Sent:
    """A request as it came over the wire.

    :param method: the HTTP method.
    :param target: path and query, as they came.
    :param headers: with names in lower case.
    :param content: the body.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def encoded_path(self) -> str:
        return urlsplit(self.target).path

    @property
    def path(self) -> str:
        return unquote(self.encoded_path)

    @property
    def query(self) -> list[tuple[str, str]]:
        return sorted(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def body(self) -> Any:
        """The body as JSON; None where there is none."""
        return json.loads(self.content) if self.content else None

    @property
    def signed(self) -> list[str]:
        """The names of the headers that are signed."""
        return self.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")


class Recorder:
    """Keeps requests.

    :param address: where it listens.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.sent: list[Sent] = []

    def take(self) -> list[Sent]:
        """Return what came since the last time."""
        taken, self.sent = self.sent, []
        return taken


@contextmanager
def recording() -> Iterator[Recorder]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            recorder.sent.append(Sent(self.command, self.path, headers, content))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    recorder = Recorder(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
