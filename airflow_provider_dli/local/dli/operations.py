"""A group's operations as a table, and the answers that nearly all of them give."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from fastapi import APIRouter
from fastapi.responses import Response

from airflow_provider_dli.local.dli.store import Document


class Operation(NamedTuple):
    """One operation.

    :param method: GET, POST, PUT or DELETE.
    :param path: its path, parameters in braces.
    :param handler: what answers it.
    :param status: the HTTP status of success.
    """

    method: str
    path: str
    handler: Callable[..., Any]
    status: int = 200


def routed(*operations: Operation) -> APIRouter:
    """Return the routes of a group's operations; of two paths that fit, the first one wins."""
    router = APIRouter()
    for method, path, handler, status in operations:
        router.add_api_route(path, handler, methods=[method], status_code=status, response_model=None)
    return router


def success(message: str = "", **members: Any) -> Document:
    """Return an answer of success as most groups give it, with a bare ``true``."""
    return {"is_success": True, "message": message, **members}


def empty() -> Response:
    """Return an answer that has no body."""
    return Response()


def only(document: Document, names: Iterable[str]) -> Document:
    """Return these members of a document; what is unset is null and not absent."""
    return {name: document.get(name) for name in names}
