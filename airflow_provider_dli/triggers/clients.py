"""Clients for triggers: all waits of one connection share a sender, so that equal requests are one exchange.

The connection is read for each new wait. Where it has changed since, that wait gets a sender of its own generation, and
the older waits go over to it once their credentials are refused.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from airflow_provider_dli.hooks.load import load_hook
from airflow_provider_dli.hooks.reading import Settings, read_patiently_async
from airflow_provider_dli.jobs.backend import Backend
from airflow_provider_dli.rest.asynchronous import AsyncSender
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.patience import Patience
from airflow_provider_dli.rest.request import Request

T = TypeVar("T")

# An event loop, the class of a hook, and the connection that is used from there.
Key = tuple[asyncio.AbstractEventLoop, str, str]

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class Shared:
    """A sender and a back end that several waits use.

    :param key: the connection.
    :param fingerprint: that of the connection's content.
    :param sender: sends their requests.
    :param backend: the back end that the connection leads to.
    :param users: the number of waits that use it now.
    """

    key: Key
    fingerprint: str
    sender: AsyncSender
    backend: Backend
    users: int = 0


@dataclass
class _Reading:
    """A read of a connection that is under way, and the number of those who wait for it."""

    task: asyncio.Task[Settings]
    waiters: int = 0


# What the next wait of a connection uses, unless the connection has changed; and the reads that are under way.
_current: dict[Key, Shared] = {}
_readings: dict[Key, _Reading] = {}


class Client:
    """One wait's part in what the waits of a connection share.

    :param shared: what it shares.
    """

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.backend = shared.backend

    async def send(self, request: Request[T]) -> T:
        """Send one request, and return its decoded answer; once more where the connection has changed meanwhile.

        :param request: the request.
        :raises RestError: when that did not succeed.
        """
        try:
            return await self.shared.sender.send(request)
        except RestError as error:
            if not (error.concerns_credentials and await self._renew()):
                raise
        return await self.shared.sender.send(request)

    async def _renew(self) -> bool:
        """Go over to what the connection leads to now; tell whether that is something else than before."""
        current = _current.get(self.shared.key)
        if current is None or current is self.shared:
            try:
                current = _shared_of(self.shared.key, await _read(self.shared.key, Patience(0)), self.shared)
            except Exception as error:
                _log.warning("The connection could not be read again: %s: %s", type(error).__name__, error)
                return False
        if current is self.shared:
            return False
        _log.info("The connection %r has changed; its new content is used from now on.", current.key[2])
        old, self.shared = self.shared, current
        current.users += 1
        await _leave(old)
        return True


async def lease(hook: str, conn_id: str, grace: float = 60.0) -> Client:
    """Take part in what the waits of a connection share, as the connection is now.

    :param hook: the class of its hook, module and name.
    :param conn_id: the connection.
    :param grace: seconds for which reading the connection is repeated where it fails.
    """
    key = (asyncio.get_running_loop(), hook, conn_id)
    return _join(_shared_of(key, await _read(key, Patience(grace))))


async def give_back(client: Client) -> None:
    """End one's part; the last user closes the sender.

    :param client: what :func:`lease` returned.
    """
    await _leave(client.shared)


@asynccontextmanager
async def client(hook: str, conn_id: str, grace: float = 60.0) -> AsyncIterator[Client]:
    """Use a client for a while, as a kill does: where other waits have one, the connection is not read.

    :param hook: the class of its hook, module and name.
    :param conn_id: the connection.
    :param grace: seconds for which reading the connection is repeated where it fails.
    """
    shared = _current.get((asyncio.get_running_loop(), hook, conn_id))
    joined = _join(shared) if shared else await lease(hook, conn_id, grace)
    try:
        yield joined
    finally:
        await give_back(joined)


def _join(shared: Shared) -> Client:
    shared.users += 1
    return Client(shared)


async def _leave(shared: Shared) -> None:
    shared.users -= 1
    if shared.users:
        return
    if _current.get(shared.key) is shared:
        del _current[shared.key]
    await shared.sender.close()


def _shared_of(key: Key, settings: Settings, mine: Shared | None = None) -> Shared:
    """Return what is used with these settings: what there is, or else something new, which the next waits get."""
    fingerprint = settings.fingerprint
    for known in (_current.get(key), mine):
        if known and known.fingerprint == fingerprint:
            return known
    kind = load_hook(key[1])
    made = Shared(key, fingerprint, AsyncSender(kind.target_of(*settings)), kind.backend_of(*settings))
    _current[key] = made
    return made


async def _read(key: Key, patience: Patience) -> Settings:
    """Read a connection, once for all who want that at the same time."""
    reading = _readings.get(key)
    if reading is None:
        _, hook, conn_id = key
        task = asyncio.create_task(read_patiently_async(load_hook(hook), conn_id, patience, _log.warning))
        reading = _readings[key] = _Reading(task)
        task.add_done_callback(lambda done: _forget(key, done))
    reading.waiters += 1
    try:
        # One waiter that is cancelled must not take the answer away from the others.
        return await asyncio.shield(reading.task)
    finally:
        reading.waiters -= 1
        if not reading.waiters:
            reading.task.cancel()


def _forget(key: Key, task: asyncio.Task[Settings]) -> None:
    if not task.cancelled():
        task.exception()  # marks it as retrieved, also where all who waited for it are gone
    if key in _readings and _readings[key].task is task:
        del _readings[key]
