"""What is sent, and what is read, without a server."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from airflow_provider_dli.rest.exchange import read
from airflow_provider_dli.rest.request import Answer, Request

T = TypeVar("T")


def sent(request: Request[Any]) -> Any:
    """Return the body of a request."""
    assert request.json is not None
    return json.loads(request.json)


def answered(request: Request[T], body: object, status: int = 200) -> T:
    """Return what an answer says, as a sender would."""
    return read(request, "https://dli.example.com", Answer(status, {}, json.dumps(body).encode()))
