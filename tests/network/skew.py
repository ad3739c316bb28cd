"""A Flink whose clock differs: a proxy that shifts all times in its responses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.network.wire import Answer, Exchange, Wire

# Milliseconds since the epoch: numbers after the year 2001.
_TIMES = 10**12


@contextmanager
def shifted(port: int, seconds: float) -> Iterator[Wire]:
    """Lead to a server whose clock is so many seconds ahead.

    :param port: the server's port.
    :param seconds: seconds by which its clock is ahead; below 0 where it is behind.
    """

    class Shifted(Exchange):
        def carry_out(self) -> Answer:
            response = super().carry_out()
            if ("content-type", "application/json") not in _kinds(response):
                return response
            body = _shift(json.loads(response.body or b"null"), int(seconds * 1000))
            return Answer(response.status, response.headers, json.dumps(body).encode())

    wire = Wire(port)
    wire.RequestHandlerClass = Shifted
    try:
        yield wire
    finally:
        wire.close()


def _kinds(response: Answer) -> set[tuple[str, str]]:
    return {(name.lower(), value.partition(";")[0]) for name, value in response.headers}


def _shift(value: Any, milliseconds: int) -> Any:
    if isinstance(value, dict):
        return {key: _shift(one, milliseconds) for key, one in value.items()}
    if isinstance(value, list):
        return [_shift(one, milliseconds) for one in value]
    is_time = isinstance(value, int) and _TIMES < value < 10 * _TIMES
    return value + milliseconds if is_time else value
