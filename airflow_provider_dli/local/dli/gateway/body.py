"""A request's body, read ahead of the handler and given to it afterwards."""

from __future__ import annotations

from starlette.types import Message, Receive


async def read(receive: Receive, limit: int) -> tuple[bytes, bool]:
    """Read a body to its end, and return what is kept of it, and whether that is all.

    :param receive: where it comes from.
    :param limit: how many bytes are kept at most.
    """
    kept, size, is_more = [], 0, True
    while is_more:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        # Read on: who is still sending would not hear the answer.
        if size <= limit:
            kept.append(chunk)
        is_more = message.get("more_body", False)
    return b"".join(kept), size <= limit


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read once more, and then what comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
