"""Clients for triggers: all triggers of one connection share one, so that equal looks cost one request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from airflow_provider_dli.jobs.flink import FlinkBackend
from airflow_provider_dli.rest.asynchronous import AsyncSender

# An event loop, and the connection that is used from it.
Key = tuple[int, str]


@dataclass
class Client:
    """What the triggers of one connection share.

    :param key: what it is known by.
    :param sender: sends their requests.
    :param backend: what the connection leads to.
    :param users: how many of them use it now.
    """

    key: Key
    sender: AsyncSender
    backend: FlinkBackend
    users: int = 0


_clients: dict[Key, asyncio.Task[Client]] = {}


async def lease(flink_conn_id: str) -> Client:
    """Take part in the client of a connection; the first user makes it.

    :param flink_conn_id: the connection.
    """
    key = (id(asyncio.get_running_loop()), flink_conn_id)
    if key not in _clients:
        _clients[key] = asyncio.create_task(_make(key))
    made = _clients[key]
    try:
        # A user that is cancelled while it waits must not take the client away from the others.
        shared = await asyncio.shield(made)
    except Exception:
        _clients.pop(key, None)
        raise
    shared.users += 1
    return shared


async def give_back(shared: Client) -> None:
    """End one's part in a client; the last user closes it.

    :param shared: what :func:`lease` returned.
    """
    shared.users -= 1
    if not shared.users:
        _clients.pop(shared.key, None)
        await shared.sender.close()


@asynccontextmanager
async def client(flink_conn_id: str) -> AsyncIterator[Client]:
    """Use the client of a connection for a while.

    :param flink_conn_id: the connection.
    """
    shared = await lease(flink_conn_id)
    try:
        yield shared
    finally:
        await give_back(shared)


async def _make(key: Key) -> Client:
    from airflow.providers.common.compat.connection import get_async_connection, get_async_extra_dejson

    from airflow_provider_dli.hooks.flink import FlinkHook

    connection = await get_async_connection(key[1])
    extra = await get_async_extra_dejson(connection)
    target = FlinkHook.target_of(connection, extra)
    return Client(key, AsyncSender(target), FlinkHook.backend_of(target, extra))
