"""The emulator's own paths, which no cloud has: faults, the clock, the log of requests, and who there is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body

from airflow_provider_dli.local.dli.clock import ShiftedClock
from airflow_provider_dli.local.dli.faults import Faults
from airflow_provider_dli.local.dli.faults.fault import read_fault
from airflow_provider_dli.local.dli.gateway.reception import RequestLog
from airflow_provider_dli.local.dli.iam.directory import Directory
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document, Kind

#: Seconds that the clock may be ahead or behind.
_LONGEST_SHIFT: Final = 10 * 366 * 24 * 3600


def administration(services: Services, clock: ShiftedClock, faults: Faults, log: RequestLog) -> APIRouter:
    """Return the emulator's own operations; they need no credentials.

    :param services: what the emulator knows.
    :param clock: its clock.
    :param faults: the faults that are asked for.
    :param log: the requests that came.
    """
    router = APIRouter()
    router.add_api_route("/health", lambda: _health(services), methods=["GET"], response_model=None)
    for part in (_FaultPaths(faults), _ClockPaths(clock), _RequestPaths(log), _DirectoryPaths(Directory(services))):
        router.include_router(part.routes(), prefix="/_emulator")
    return router


def _health(services: Services) -> Document:
    settings = services.settings
    return {"status": "ok", "region": settings.region, "project_id": settings.project_id, "flink": settings.flink}


class _FaultPaths:
    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def routes(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/faults", self.add, methods=["POST"], response_model=None, status_code=201)
        router.add_api_route("/faults", self.list, methods=["GET"], response_model=None)
        router.add_api_route("/faults", self.clear, methods=["DELETE"], response_model=None, status_code=204)
        return router

    def add(self, body: Annotated[Any, Body()] = None) -> Document:
        self._faults.add(read_fault(body))
        return self.list()

    def list(self) -> Document:
        return {"faults": self._faults.waiting()}

    def clear(self) -> None:
        self._faults.clear()


class _ClockPaths:
    def __init__(self, clock: ShiftedClock) -> None:
        self._clock = clock

    def routes(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/clock", self.show, methods=["GET"], response_model=None)
        router.add_api_route("/clock", self.shift, methods=["PUT", "POST"], response_model=None)
        return router

    def show(self) -> Document:
        return {"shift": self._clock.shift, "now": self._clock()}

    def shift(self, body: Annotated[Any, Body()] = None) -> Document:
        seconds = body.get("shift") if isinstance(body, dict) else None
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not abs(seconds) <= _LONGEST_SHIFT:
            told = f"shift must be a number of seconds, {_LONGEST_SHIFT} (ten years) at most, not {seconds!r}."
            raise dli("DLI.0001", told)
        self._clock.shift = float(seconds)
        return self.show()


class _RequestPaths:
    def __init__(self, log: RequestLog) -> None:
        self._log = log

    def routes(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/requests", self.list, methods=["GET"], response_model=None)
        router.add_api_route("/requests", self.clear, methods=["DELETE"], response_model=None, status_code=204)
        return router

    def list(self, method: str | None = None, path: str = "") -> Document:
        try:
            pattern = re.compile(path)
        except re.error as error:
            raise dli("DLI.0001", f"path must be a regular expression, not {path!r}: {error}.") from None
        return {"requests": self._log.matching(method, pattern)}

    def clear(self) -> None:
        self._log.clear()


class _DirectoryPaths:
    """Adds and removes whom the emulator knows; never shows them, for that would show secrets."""

    def __init__(self, directory: Directory) -> None:
        # Each kind: the members that have to be told, what adds one, and where they are.
        self._kinds: dict[str, tuple[tuple[str, ...], Callable[[Document], None], Kind]] = {
            "projects": (("name",), directory.add_project, directory.projects),
            "users": (("name", "password"), directory.add_user, directory.users),
            "keys": (("access", "secret"), directory.add_key, directory.keys),
            "agencies": (("name",), directory.add_agency, directory.agencies),
            "oidc_tokens": (("token",), directory.add_oidc_token, directory.oidc_tokens),
            "container_tokens": (("token",), directory.add_container_token, directory.container_tokens),
        }

    def routes(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/iam/{kind}", self.add, methods=["POST"], response_model=None, status_code=201)
        path = "/iam/{kind}/{key:path}"
        router.add_api_route(path, self.delete, methods=["DELETE"], response_model=None, status_code=204)
        return router

    def add(self, kind: str, body: Annotated[Any, Body()] = None) -> None:
        needed, add, _ = self._of(kind)
        told = body if isinstance(body, dict) else {}
        missing = [name for name in needed if not isinstance(told.get(name), str)]
        if missing:
            raise dli("DLI.0001", f"Texts are missing: {', '.join(missing)}.")
        add(told)

    def delete(self, kind: str, key: str) -> None:
        if not self._of(kind)[2].delete(key):
            raise dli("DLI.0023", f"Nothing in {kind} has the key {key}.", 404)

    def _of(self, kind: str) -> tuple[tuple[str, ...], Callable[[Document], None], Kind]:
        if kind not in self._kinds:
            raise dli("DLI.0023", f"There is no {kind}; there are {', '.join(self._kinds)}.", 404)
        return self._kinds[kind]
