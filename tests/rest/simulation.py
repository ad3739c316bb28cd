"""A server and a clock that a test holds in its hand, for flows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from airflow_provider_dli.rest.errors import RestError, refusal
from airflow_provider_dli.rest.flow import Flow, Pause, Remark, Step, drive
from airflow_provider_dli.rest.request import Answer, Request

T = TypeVar("T")
ADDRESS = "http://jobs:8081"


def failed(kind: type[RestError], request: Request[Any]) -> RestError:
    """Return the error of a request that got no answer."""
    return kind("Something broke", request, ADDRESS)


def refused(status: int, request: Request[Any], **headers: str) -> RestError:
    """Return the error of a request that was answered with this status."""
    return refusal(request, ADDRESS, Answer(status, headers, b"no"))


class Simulation:
    """Answers requests in turn, the last one again and again, and lets time pass in no time.

    :param answers: values, or exceptions to raise.
    """

    def __init__(self, answers: Iterable[object]) -> None:
        self.now = 1_700_000_000.0
        self.sent: list[Request[Any]] = []
        self.pauses: list[Pause] = []
        self._answers = list(answers)

    def clock(self) -> float:
        return self.now

    def run(self, flow: Flow[T]) -> T:
        return drive(flow, self._perform)

    def _perform(self, step: Step) -> object:
        if isinstance(step, Request):
            return self._answer(step)
        if isinstance(step, Pause):
            self.pauses.append(step)
            self.now += step.seconds
        assert isinstance(step, Pause | Remark)
        return None

    def _answer(self, request: Request[Any]) -> object:
        self.sent.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer
