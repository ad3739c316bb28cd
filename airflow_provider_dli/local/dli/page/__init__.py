"""The page that shows what the emulator does, at ``/``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from airflow_provider_dli.local.dli.faults import Faults
from airflow_provider_dli.local.dli.gateway.reception import RequestLog
from airflow_provider_dli.local.dli.page.contents import Contents
from airflow_provider_dli.local.dli.services import Services

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    # Names of jobs are other people's texts.
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(services: Services, faults: Faults, log: RequestLog) -> APIRouter:
    """Return the page; it needs no credentials.

    :param services: what the emulator knows.
    :param faults: the faults that are asked for.
    :param log: the requests that came.
    """
    contents = Contents(services, faults, log)

    def show() -> HTMLResponse:
        return HTMLResponse(_TEMPLATES.get_template("page.html").render(contents.all()))

    router = APIRouter()
    router.add_api_route("/", show, methods=["GET"], response_model=None)
    return router
