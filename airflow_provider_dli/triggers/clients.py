"""Clients for triggers: all triggers of one connection share one, so that equal looks cost one request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from airflow_provider_dli.hooks.load import load_hook
from airflow_provider_dli.hooks.reading import read_settings_async
from airflow_provider_dli.jobs.backend import Backend
from airflow_provider_dli.rest.asynchronous import AsyncSender

# An event loop, the class of a hook, and the connection that is used from there.
Key = tuple[asyncio.AbstractEventLoop, str, str]


@dataclass
class Client:
    """What the triggers of one connection share.

    :param key: what it is known by.
    :param made: makes it.
    :param users: how many of them use it now, or wait for it.
    """

    key: Key
    made: asyncio.Task[tuple[AsyncSender, Backend]]
    users: int = 0

    @property
    def sender(self) -> AsyncSender:
        """What sends their requests."""
        return self.made.result()[0]

    @property
    def backend(self) -> Backend:
        """What the connection leads to."""
        return self.made.result()[1]

    @property
    def is_broken(self) -> bool:
        """Whether it could not be made."""
        return self.made.done() and (self.made.cancelled() or self.made.exception() is not None)


_clients: dict[Key, Client] = {}


async def lease(hook: str, conn_id: str) -> Client:
    """Take part in the client of a connection; the first user makes it.

    :param hook: the class of its hook, module and name.
    :param conn_id: the connection.
    """
    key = (asyncio.get_running_loop(), hook, conn_id)
    shared = _clients.get(key) or Client(key, asyncio.create_task(_connect(hook, conn_id)))
    _clients[key] = shared
    # Counted before it is there: whoever is done first must not close it for those who still wait.
    shared.users += 1
    try:
        # A user that is cancelled while it waits must not take the client away from the others.
        await asyncio.shield(shared.made)
    except BaseException:
        await give_back(shared)
        raise
    return shared


async def give_back(shared: Client) -> None:
    """End one's part in a client; the last user closes it.

    :param shared: what :func:`lease` returned.
    """
    shared.users -= 1
    if (shared.is_broken or not shared.users) and _clients.get(shared.key) is shared:
        del _clients[shared.key]
    if not shared.users:
        await _close(shared)


@asynccontextmanager
async def client(hook: str, conn_id: str) -> AsyncIterator[Client]:
    """Use the client of a connection for a while.

    :param hook: the class of its hook, module and name.
    :param conn_id: the connection.
    """
    shared = await lease(hook, conn_id)
    try:
        yield shared
    finally:
        await give_back(shared)


async def _connect(hook: str, conn_id: str) -> tuple[AsyncSender, Backend]:
    kind = load_hook(hook)
    settings = await read_settings_async(kind, conn_id)
    return AsyncSender(kind.target_of(*settings)), kind.backend_of(*settings)


async def _close(shared: Client) -> None:
    shared.made.cancel()
    if shared.made.done() and not shared.is_broken:
        await shared.sender.close()
