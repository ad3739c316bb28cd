"""Gives every request an id, tells what time it is, and keeps a log of what was asked."""

from __future__ import annotations

import re
import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from email.utils import formatdate
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from airflow_provider_dli.local.dli.gateway.connection import ConnectionDropped, close
from airflow_provider_dli.local.dli.gateway.paths import is_administration

#: How this machine calls itself in a Host header.
_OWN_NAMES: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
#: So many requests are remembered.
_REMEMBERED: Final = 10_000


@dataclass
class Entry:
    """A request that was received, without anything that is secret.

    :param method: its HTTP method.
    :param path: its path, decoded.
    :param query: what followed the question mark.
    :param request_id: the id that it was given.
    :param who: the user who sent it; None where nobody was let in.
    :param status: the HTTP status of the answer; None where none was sent.
    """

    method: str
    path: str
    query: str
    request_id: str
    who: str | None = None
    status: int | None = None


class RequestLog:
    """The last requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_REMEMBERED)
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        """Add a request."""
        with self._lock:
            self._entries.append(entry)

    def matching(self, method: str | None, path: re.Pattern[str]) -> list[dict[str, Any]]:
        """Return requests.

        :param method: only those of this method.
        :param path: only those in whose path this is found.
        """
        with self._lock:
            entries = list(self._entries)
        return [asdict(each) for each in entries if method in (None, each.method) and path.search(each.path)]

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._entries.clear()


class Reception:
    """Gives every request an id, which its answer says, and writes the log; the first to see a request.

    :param inner: what answers.
    :param log: where requests are written.
    :param clock: seconds since the epoch; the answer's ``Date``.
    """

    def __init__(self, inner: ASGIApp, log: RequestLog, clock: Callable[[], float]) -> None:
        self._inner = inner
        self._log = log
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        entry = _entry(scope)
        if not is_administration(entry.path):
            self._log.add(entry)
        elif not _is_for_this_machine(scope):
            # A page of another origin may have had its name led here, and would be let in as the page's own.
            sentence = "The emulator's own paths are served under 127.0.0.1, localhost and [::1] only."
            refusal = JSONResponse({"error_code": "DLI.0014", "error_msg": sentence}, 403)
            await refusal(scope, receive, self._noting(send, entry, scope["state"]))
            return
        try:
            await self._inner(scope, receive, self._noting(send, entry, scope["state"]))
        except ConnectionDropped:
            await close(receive, send)

    def _noting(self, send: Send, entry: Entry, state: dict[str, Any]) -> Send:
        """Return what sends an answer with the request's id and the time, and notes how it went."""

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = entry.request_id
                headers["Date"] = formatdate(self._clock(), usegmt=True)
                entry.status = message["status"]
                entry.who = state["caller"].user if "caller" in state else None
            await send(message)

        return noting


def _is_for_this_machine(scope: Scope) -> bool:
    """Return whether the Host header names this machine; a request of HTTP/1.0 has none."""
    host = dict(scope["headers"]).get(b"host", b"localhost").decode("latin-1")
    return host.rpartition(":")[0] in _OWN_NAMES if re.search(r":\d+$", host) else host in _OWN_NAMES


def _entry(scope: Scope) -> Entry:
    state = scope.setdefault("state", {})
    state["request_id"] = uuid.uuid4().hex
    query = scope["query_string"].decode(errors="replace")
    return Entry(scope["method"], scope["path"], query, state["request_id"])
