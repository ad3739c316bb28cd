"""A cloud that answers as a test says, and a clock that a test holds in its hand, for authentications."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, TypeVar

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.rest.authentication import Authentication, Wire
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.flow import drive, drive_async
from airflow_provider_dli.rest.outgoing import Outgoing, prepare
from airflow_provider_dli.rest.request import Answer
from airflow_provider_dli.rest.turn import Turn

T = TypeVar("T")
START = 1_800_000_000.0
ADDRESS = "https://dli.example.com"


@DLI.endpoint("GET /v1.0/look", Answer.json)
def look() -> Parts:
    return Parts()


DLI.endpoints.remove(look)
LOOK = look()
LOOKING = prepare(LOOK, ADDRESS, {})
FINE = Answer(200, {}, b"{}")


def answer(body: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(status, headers, json.dumps(body).encode())


def refused(code: str = "APIGW.0301", status: int = 401, **headers: str) -> Answer:
    return answer({"error_code": code, "error_msg": "Incorrect IAM authentication information"}, status, **headers)


@dataclass
class Cloud:
    """Answers what is sent; the answer to each request is the next one, the last one again and again.

    :param replies: answers, exceptions, or what makes one of a request.
    """

    replies: list[Any]
    now: float = START
    sent: list[Outgoing] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def send(self, authentication: Authentication, outgoing: Outgoing = LOOKING) -> Answer:
        return self.run(authentication.send(outgoing))

    def run(self, wire: Wire[T]) -> T:
        return drive(wire, self._perform)

    async def send_async(self, authentication: Authentication, outgoing: Outgoing = LOOKING) -> Answer:
        return await drive_async(authentication.send(outgoing), self._perform_async)

    def reply(self, outgoing: Outgoing) -> Answer:
        self.sent.append(outgoing)
        told = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        told = told(outgoing) if isinstance(told, Callable) else told  # type: ignore[arg-type]
        if isinstance(told, Exception):
            raise told
        return told

    def header(self, name: str) -> list[str | None]:
        """What the requests had in this header, one after the other."""
        return [outgoing.headers.get(name) for outgoing in self.sent]

    def _perform(self, step: Outgoing | Turn) -> Any:
        return step.take() if isinstance(step, Turn) else self.reply(step)

    async def _perform_async(self, step: Outgoing | Turn) -> Any:
        if isinstance(step, Turn):
            return await step.take_async()
        # Everybody else comes to where they wait, before this one has its answer.
        for _ in range(10):
            await asyncio.sleep(0)
        return self.reply(step)


def date(seconds: float) -> str:
    return formatdate(seconds, usegmt=True)
