"""Both senders, to be used in one way, so that one test body serves both."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from airflow_provider_dli.rest.asynchronous import AsyncSender
from airflow_provider_dli.rest.request import Answer, Request
from airflow_provider_dli.rest.sync import Sender
from airflow_provider_dli.rest.target import Target


def jobs_of(answer: Answer) -> Any:
    return answer.json()["jobs"]


LOOK = Request("GET", "/jobs/overview", jobs_of)
RUN = Request("POST", "/jars/1/run", jobs_of, json=b'{"jobId":"1"}')


class Client(Protocol):
    """A sender, of either kind."""

    def __init__(self, target: Target) -> None: ...

    def send(self, request: Request[Any]) -> Any: ...

    def close(self) -> None: ...


class Worker:
    """The sender of workers."""

    def __init__(self, target: Target) -> None:
        self._sender = Sender(target)
        self.send = self._sender.send
        self.close = self._sender.close


class Triggerer:
    """The sender of triggers, on a loop of its own; it shares no answers here."""

    def __init__(self, target: Target) -> None:
        self._sender = AsyncSender(target)
        self._sender.SHARED_FOR = 0
        self._loop = asyncio.new_event_loop()

    def send(self, request: Request[Any]) -> Any:
        return self._loop.run_until_complete(self._sender.send(request))

    def close(self) -> None:
        self._loop.run_until_complete(self._sender.close())
        self._loop.close()
