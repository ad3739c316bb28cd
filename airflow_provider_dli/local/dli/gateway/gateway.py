"""The gateway: lets in who is known, to what is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from airflow_provider_dli.local.dli.gateway import body, paths
from airflow_provider_dli.local.dli.gateway.authentication import Authentication
from airflow_provider_dli.local.dli.gateway.caller import Caller
from airflow_provider_dli.local.dli.gateway.refusals import in_chinese, no_such_api, not_allowed, too_large
from airflow_provider_dli.local.dli.gateway.signature import Received
from airflow_provider_dli.local.dli.refusals import Refusal
from airflow_provider_dli.local.dli.services import Services

#: Bytes that a signed request's body may have.
LARGEST_SIGNED_BODY: Final = 12 * 1024 * 1024


class Gateway:
    """Lets in who is known, to what is there; stands in front of the operations.

    :param inner: what answers those who are let in.
    :param services: who there is.
    :param routes: what there is.
    """

    def __init__(self, inner: ASGIApp, services: Services, routes: Sequence[BaseRoute]) -> None:
        self._inner = inner
        self._settings = services.settings
        self._routes = routes
        self._authentication = Authentication(services)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and not paths.is_administration(scope["path"]):
            try:
                receive = await self._admitted(scope, receive)
            except Refusal as refusal:
                await self._answer(refusal, scope)(scope, receive, send)
                return
        await self._inner(scope, receive, send)

    async def _admitted(self, scope: Scope, receive: Receive) -> Receive:
        """Return what gives the request's body to the operation."""
        if not self._is_there(scope):
            raise no_such_api()
        if not paths.needs_credentials(scope["method"], scope["path"]):
            return receive
        received, receive = await _read(scope, receive)
        if paths.may_show_token_in_body(scope["path"]) and not _shows_credentials(received):
            return receive
        caller = await run_in_threadpool(self._authentication.caller, received)
        scope["state"]["caller"] = caller
        self._check_project(scope["path"], caller, received.header("X-Project-Id"))
        return receive

    def _is_there(self, scope: Scope) -> bool:
        return any(route.matches(dict(scope))[0] is Match.FULL for route in self._routes)

    def _check_project(self, path: str, caller: Caller, header: str | None) -> None:
        asked = paths.project_in(path)
        if asked is None:
            return
        if asked != self._settings.project_id:
            raise not_allowed(f"the account has no project {asked} in region {self._settings.region}")
        for whose, project in (("token", caller.project_id), ("X-Project-Id header", header)):
            if project not in (None, asked):
                raise not_allowed(f"the {whose} is for project {project}, the path names {asked}")

    def _answer(self, refusal: Refusal, scope: Scope) -> JSONResponse:
        if self._speaks_chinese(scope):
            refusal = in_chinese(refusal)
        body = {**refusal.body, "request_id": scope["state"]["request_id"]}
        return JSONResponse(body, refusal.status, refusal.headers)

    def _speaks_chinese(self, scope: Scope) -> bool:
        asked = dict(scope["headers"]).get(b"x-language")
        return asked == b"zh-cn" or (asked is None and self._settings.switches.speaks_chinese_unless_asked)


async def _read(scope: Scope, receive: Receive) -> tuple[Received, Receive]:
    head = Received(scope["method"], scope["raw_path"], scope["query_string"], scope["headers"], b"")
    if head.header("Authorization") is None:
        return head, receive
    content, is_all = await body.read(receive, LARGEST_SIGNED_BODY)
    if not is_all:
        raise too_large(LARGEST_SIGNED_BODY)
    return head._replace(body=content), body.replayed(content, receive)


def _shows_credentials(received: Received) -> bool:
    return any(received.header(name) is not None for name in ("X-Auth-Token", "Authorization"))
