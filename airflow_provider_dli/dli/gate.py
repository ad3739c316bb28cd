"""What DLI is asked, in the project that the connection leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Final, Generic, TypeVar
from urllib.parse import quote

from airflow_provider_dli.rest.flow import Flow, ask
from airflow_provider_dli.rest.request import Answer, Request

T = TypeVar("T")
PROJECT: Final = "{project_id}"


@dataclass(frozen=True)
class Dated(Generic[T]):
    """A decoded response and its time.

    :param value: the decoded response.
    :param sent: when DLI sent it, by DLI's own clock in whole seconds since the epoch; None where the response has no
        usable ``Date`` header.
    """

    value: T
    sent: float | None


@dataclass(frozen=True)
class _WithDate(Generic[T]):
    """Decodes a response together with its ``Date`` header. Equal decoders make equal requests, which can be shared."""

    decode: Callable[[Answer], T]

    def __call__(self, answer: Answer) -> Dated[T]:
        return Dated(self.decode(answer), _sent_at(answer))


def dated(request: Request[T]) -> Request[Dated[T]]:
    """Return a request whose decoded response comes with the time at which DLI sent it.

    :param request: the same request without.
    """
    return replace(request, decode=_WithDate(request.decode))  # type: ignore[arg-type, return-value]


def _sent_at(answer: Answer) -> float | None:
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except (TypeError, ValueError):
        return None


class Gate:
    """Puts the project into requests; looks for its id once, when it is first needed.

    :param find_project: finds the project's id.
    """

    def __init__(self, find_project: Callable[[], Flow[str]]) -> None:
        self._find_project = find_project
        self._project: str | None = None

    def project(self) -> Flow[str]:
        """Return the project's id."""
        if self._project is None:
            self._project = yield from self._find_project()
        return self._project

    def dialect(self) -> Flow[None]:
        """Return nothing: DLI has no versions."""
        yield from ()

    def ask(self, request: Request[T]) -> Flow[T]:
        """Send a request and return its decoded answer.

        :param request: the request, its path with a place for the project.
        """
        project = yield from self.project()
        path = request.path.replace(PROJECT, quote(project, safe=""))
        return (yield from ask(replace(request, path=path, headers=(*request.headers, ("X-Project-Id", project)))))
