"""Clients for triggers: all triggers of one connection share one, so that equal looks cost one request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from airflow_provider_dli.jobs.flink import FlinkBackend
from airflow_provider_dli.rest.asynchronous import AsyncSender


@dataclass
class Client:
    """What the triggers of one connection share.

    :param sender: sends their requests.
    :param backend: what the connection leads to.
    :param users: how many triggers use it now.
    """

    sender: AsyncSender
    backend: FlinkBackend
    users: int = 0


_clients: dict[tuple[int, str], asyncio.Task[Client]] = {}


@asynccontextmanager
async def client(flink_conn_id: str) -> AsyncIterator[Client]:
    """Use the client of a connection; the first user makes it, the last one closes it.

    :param flink_conn_id: the connection.
    """
    key = (id(asyncio.get_running_loop()), flink_conn_id)
    if key not in _clients:
        _clients[key] = asyncio.create_task(_make(flink_conn_id))
    made = _clients[key]
    try:
        shared = await asyncio.shield(made)
    except Exception:
        _forget(key, made)
        raise
    shared.users += 1
    try:
        yield shared
    finally:
        shared.users -= 1
        if not shared.users:
            _forget(key, made)
            await shared.sender.close()


async def _make(flink_conn_id: str) -> Client:
    from airflow.providers.common.compat.connection import get_async_connection, get_async_extra_dejson

    from airflow_provider_dli.hooks.flink import FlinkHook

    connection = await get_async_connection(flink_conn_id)
    extra = await get_async_extra_dejson(connection)
    target = FlinkHook.target_of(connection, extra)
    return Client(AsyncSender(target), FlinkHook.backend_of(target, extra))


def _forget(key: tuple[int, str], made: asyncio.Task[Client]) -> None:
    if _clients.get(key) is made:
        del _clients[key]
