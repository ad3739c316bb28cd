"""The emulator as one web application: the groups of operations, behind the gateway that lets callers in."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp

from airflow_provider_dli.local.dli.administration import administration
from airflow_provider_dli.local.dli.clock import ShiftedClock
from airflow_provider_dli.local.dli.faults import FaultInjection, Faults
from airflow_provider_dli.local.dli.gateway.gateway import Gateway
from airflow_provider_dli.local.dli.gateway.reception import Reception, RequestLog
from airflow_provider_dli.local.dli.iam.directory import Directory
from airflow_provider_dli.local.dli.page import page
from airflow_provider_dli.local.dli.refusals import Refusal, dli
from airflow_provider_dli.local.dli.services import Services

#: Makes the routes of one group of operations.
Group = Callable[[Services], APIRouter]

#: The groups of operations: modules beside this one that have a ``routes``; each is loaded when an application is made.
#: Where two paths fit a request, the group that stands first answers.
GROUPS: Final[tuple[str, ...]] = (
    "iam",
    "flink_jobs",
    "permissions",
    "queues",
    "elastic_resource_pools",
    "resources",
    "buckets_and_agency",
    "global_variables",
    "quotas",
    "edge",
    "spark_batches",
    "spark_templates",
    "sql_jobs",
    "sql_templates",
    "tags",
)


def application(services: Services, groups: Sequence[str] = GROUPS) -> ASGIApp:
    """Return the emulator's web application.

    :param services: what its groups are given.
    :param groups: which groups it has.
    """
    clock = ShiftedClock(services.clock)
    services = dataclasses.replace(services, clock=clock)
    Directory(services).seed()
    faults, log = Faults(), RequestLog()
    made = _application()
    made.include_router(page(services, faults, log))
    made.include_router(administration(services, clock, faults, log))
    for group in groups:
        made.include_router(_group(group)(services))
    gateway = Gateway(made, services, made.routes)
    return Reception(FaultInjection(gateway, faults, Directory(services)), log, clock)


def _application() -> FastAPI:
    made = FastAPI(title="DLI on this machine", openapi_url=None)
    made.add_exception_handler(Refusal, _refuse)
    made.add_exception_handler(RequestValidationError, _refuse_unreadable)
    made.add_exception_handler(Exception, _break)
    return made


def _group(name: str) -> Group:
    routes: Group = import_module(f"{__package__}.{name}").routes
    return routes


def _refuse(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    kind = HTMLResponse if isinstance(refusal.body, str) else JSONResponse
    return kind(refusal.body, refusal.status, refusal.headers)


def _refuse_unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _refuse(request, dli("DLI.0001", f"The request cannot be read: {error.errors()[0]['msg']}."))


def _break(request: Request, error: Exception) -> Response:
    # What went wrong stands in the log, with its trace.
    sentence = f"The emulator itself failed with {type(error).__name__}: its log says where."
    return _refuse(request, dli("DLI.10001", sentence, 500))
