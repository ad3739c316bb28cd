"""Reading of Airflow's connections, on a worker and on a triggerer's event loop."""

from __future__ import annotations

from typing import Any, NamedTuple

from airflow.providers.common.compat.sdk import BaseHook


class Settings(NamedTuple):
    """The content of a connection.

    :param connection: Airflow's connection.
    :param extra: its extra, as a dict.
    """

    connection: Any
    extra: dict[str, Any]


def read_settings(hook: type[BaseHook], conn_id: str) -> Settings:
    """Read a connection once. This may block, and must not be called on an event loop.

    :param hook: the class of its hook.
    :param conn_id: the connection.
    """
    connection = hook.get_connection(conn_id)
    return Settings(connection, dict(connection.extra_dejson))


async def read_settings_async(hook: type[BaseHook], conn_id: str) -> Settings:
    """Read a connection once, from an event loop.

    :param hook: the class of its hook.
    :param conn_id: the connection.
    """
    from asgiref.sync import sync_to_async

    # Airflow's asynchronous functions for this differ from version to version, and so do those of common-compat. The
    # blocking ones work in every version in a thread of asgiref: it leads requests to the supervisor back to the loop.
    return await sync_to_async(read_settings)(hook, conn_id)
