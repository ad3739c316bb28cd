"""What DLI is asked, in the project that the connection leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar
from urllib.parse import quote

from airflow_provider_dli.rest.flow import Flow, ask
from airflow_provider_dli.rest.request import Request

T = TypeVar("T")
PROJECT: Final = "{project_id}"


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
