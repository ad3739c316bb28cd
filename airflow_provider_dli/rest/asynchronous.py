"""The senders for triggers, on ``httpx``, and the driver that runs flows with them on an event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextvars import ContextVar
from copy import copy
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import httpx

from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.exchange import Phase, exchange, failure, read
from airflow_provider_dli.rest.flow import Flow, Pause, Step, Work, drive_async
from airflow_provider_dli.rest.journal import Journal
from airflow_provider_dli.rest.multipart import MultipartBody
from airflow_provider_dli.rest.outgoing import Outgoing
from airflow_provider_dli.rest.redaction import secrets_of
from airflow_provider_dli.rest.request import Answer, Request
from airflow_provider_dli.rest.target import Rotation, Target
from airflow_provider_dli.rest.turn import Held, Turn

T = TypeVar("T")

# Whether the request under way is one of a sender here.
_is_own: ContextVar[bool] = ContextVar("is_own", default=False)


class _OthersOnly(logging.Filter):
    """Lets only records on requests of others pass.

    ``httpx`` logs each request at INFO, and Airflow 2 writes that into the log of a deferred task: a line each poll.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is on a request of somebody else."""
        return not _is_own.get()


_others_only = _OthersOnly()


class AsyncSender:
    """Sends requests from an event loop, and equal safe ones only once.

    A safe request that is equal to one under way, or answered within the last :attr:`SHARED_FOR` seconds, shares its
    answer. So a thousand waits that wake on the same tick cost one request.

    :param target: where requests go.
    :raises ValueError: when a certificate file of the target cannot be used.
    """

    SHARED_FOR = 0.25
    #: Bytes; reading a longer answer would hold up the event loop for milliseconds.
    READ_APART_ABOVE = 256 * 1024

    def __init__(self, target: Target) -> None:
        self._target = target
        self._rotation = Rotation(target.addresses)
        self._shared: dict[Request[Any], asyncio.Task[Any]] = {}
        self._running: set[asyncio.Task[Any]] = set()
        # A connection serves once: what a broken server, or a proxy, sends beyond its answer httpx would take for the
        # answer to the next request. It would keep one for five seconds only, which most pauses are longer than.
        limits = httpx.Limits(max_connections=20, max_keepalive_connections=0)
        self._client = httpx.AsyncClient(verify=target.tls.context(), limits=limits)
        logging.getLogger("httpx").addFilter(_others_only)

    async def send(self, request: Request[T]) -> T:
        """Send one request, once, and return its decoded answer.

        :raises RestError: when that did not succeed.
        """
        if request.safe:
            return await self._send_shared(request)
        try:
            return await self._send(request)
        finally:
            # What was asked before a change has no answer to what is asked after it.
            self._shared.clear()

    async def close(self) -> None:
        """Close the connections; what is still under way is given up."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        await self._client.aclose()

    async def _send_shared(self, request: Request[T]) -> T:
        task = self._shared.get(request)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._send(request))
            self._shared[request] = task
            self._running.add(task)
            task.add_done_callback(lambda done: self._forget_soon(request, done))
        try:
            # One waiter that is cancelled must not take the answer away from the others.
            answer: T = await asyncio.shield(task)
        except RestError as error:
            # Each waiter notes in it how long it has waited.
            raise copy(error) from error.__cause__
        return answer

    def _forget_soon(self, request: Request[Any], task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # marks it as seen, also where all who waited for it are gone
        task.get_loop().call_later(self.SHARED_FOR, self._forget, request, task)

    def _forget(self, request: Request[Any], task: asyncio.Task[Any]) -> None:
        if self._shared.get(request) is task:
            del self._shared[request]

    async def _send(self, request: Request[T]) -> T:
        heard = await drive_async(exchange(request, self._target, self._rotation), self._perform)
        if len(heard.answer.body) > self.READ_APART_ABOVE:
            return await asyncio.to_thread(read, request, heard.address, replace(heard.answer, in_pieces=True))
        return read(request, *heard)

    async def _perform(self, step: Outgoing | Turn) -> Answer | Held:
        return await (step.take_async() if isinstance(step, Turn) else self._transmit(step))

    async def _transmit(self, outgoing: Outgoing) -> Answer:
        connect, read = timeouts = self._target.timeouts(outgoing.request)
        is_own = _is_own.set(True)
        try:
            response = await self._client.request(
                outgoing.request.method,
                outgoing.url,
                content=_content(outgoing),
                headers=dict(outgoing.headers),
                # Waiting for one of our own connections to be free is not the server's fault.
                timeout=httpx.Timeout(read, connect=connect, pool=None),
            )
        except (httpx.HTTPError, OSError) as error:
            raise failure(outgoing, timeouts, error, _phase(error)) from error
        finally:
            _is_own.reset(is_own)
        received = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, received, response.content, secrets_of(outgoing.headers))


class AsyncSending(Protocol):
    """Sends requests from an event loop."""

    async def send(self, request: Request[T]) -> T:
        """Send one request, and return its decoded answer."""
        ...


class AsyncDriver:
    """Runs flows on an event loop.

    :param sender: sends their requests.
    :param tell: is told what flows remark and what they see, once for each change.
    """

    def __init__(self, sender: AsyncSending, tell: Callable[[str], None]) -> None:
        self._sender = sender
        self._journal = Journal(tell)

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end and return its result."""
        return await drive_async(flow, self._perform)

    async def _perform(self, step: Step) -> Any:
        if isinstance(step, Request):
            return await self._sender.send(step)
        if isinstance(step, Work):
            return await asyncio.to_thread(step.do)
        self._journal.note(step)
        if isinstance(step, Pause):
            await (asyncio.sleep(step.seconds) if step.exact else _next_tick(step.seconds))
        return None


async def _next_tick(seconds: float) -> None:
    """Sleep until the loop's clock is next a multiple of ``seconds``: equal pauses wake together, and share answers."""
    if seconds > 0:
        await asyncio.sleep(seconds - asyncio.get_running_loop().time() % seconds)


def _content(outgoing: Outgoing) -> Any:
    body = outgoing.body
    return aiter(body) if isinstance(body, MultipartBody) else body


def _phase(error: Exception) -> Phase:
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)):
        return Phase.CONNECTING
    return Phase.SENDING if isinstance(error, httpx.WriteTimeout) else Phase.WAITING
