"""Lets go wrong what was asked for."""

from __future__ import annotations

import asyncio

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from airflow_provider_dli.local.dli.faults.fault import Fault, Faults
from airflow_provider_dli.local.dli.gateway.connection import ConnectionDropped
from airflow_provider_dli.local.dli.gateway.paths import is_administration
from airflow_provider_dli.local.dli.gateway.refusals import throttled
from airflow_provider_dli.local.dli.iam.directory import Directory


class FaultInjection:
    """Lets go wrong what was asked for; stands in front of the gateway.

    :param inner: what answers where nothing goes wrong.
    :param faults: what was asked for.
    :param directory: whose tokens can be made to end.
    """

    def __init__(self, inner: ASGIApp, faults: Faults, directory: Directory) -> None:
        self._inner = inner
        self._faults = faults
        self._directory = directory

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        is_concerned = scope["type"] == "http" and not is_administration(scope["path"])
        fault = self._faults.take(scope["method"], scope["path"]) if is_concerned else None
        if fault is None:
            await self._inner(scope, receive, send)
        else:
            await self._suffer(fault, scope, receive, send)

    async def _suffer(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(fault.delay)
        if fault.expire_token:
            await run_in_threadpool(self._directory.expire_all)
        if fault.drop:
            raise ConnectionDropped("a fault was asked for: drop")
        if answer := _answer(fault, scope["state"]["request_id"]):
            await answer(scope, receive, send)
            return
        await self._inner(scope, receive, _discard if fault.lose_answer else send)
        if fault.lose_answer:
            raise ConnectionDropped("a fault was asked for: lose_answer")


async def _discard(_: Message) -> None:
    pass


def _answer(fault: Fault, request_id: str) -> Response | None:
    """Return what is answered in place of the operation's own answer; None where the operation answers."""
    if fault.throttle is not None:
        refusal = throttled(fault.throttle)
        return JSONResponse({**refusal.body, "request_id": request_id}, refusal.status, refusal.headers)
    if fault.answer is not None:
        return JSONResponse(fault.answer)
    if fault.status is None:
        return None
    if fault.body is None:
        return Response(status_code=fault.status)
    kind = HTMLResponse if isinstance(fault.body, str) else JSONResponse
    return kind(fault.body, fault.status)
