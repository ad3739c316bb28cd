"""Closes a connection in place of an answer, which the ASGI protocol has no word for."""

from __future__ import annotations

from starlette.types import Receive, Send


class ConnectionDropped(ConnectionResetError):
    """The connection shall be closed, and nothing be answered."""


async def close(receive: Receive, send: Send) -> None:
    """Close the connection that a request came by.

    :param receive: the request's, as uvicorn gave it.
    :param send: the answer's, as uvicorn gave it: a method of the one that knows the socket.
    :raises ConnectionDropped: where there is no connection, as in a test's client within this process.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionDropped("the emulator closed the connection")
    transport.abort()
    # Until uvicorn has noticed: it would answer with a 500 else.
    while (await receive())["type"] != "http.disconnect":
        pass
