"""How the services refuse: a code, a sentence, and a body in the shape of the one that speaks."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


class Refusal(Exception):
    """An answer that is no success.

    :param status: the HTTP status.
    :param body: the whole body; a dict or a list is sent as JSON, a text as an HTML page.
    :param headers: further headers.
    """

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(body)
        self.status = status
        self.body = body
        self.headers = headers or {}


def dli(code: str, sentence: str, status: int = 400) -> Refusal:
    """Return a refusal of DLI itself.

    :param code: as in ``DLI.0001``.
    :param sentence: what is wrong.
    :param status: the HTTP status; DLI says 400 to nearly everything, also to what is not there.
    """
    return Refusal(status, {"error_code": code, "error_msg": sentence})


def dli_batch(code: str, sentence: str) -> Refusal:
    """Return a refusal of one of DLI's batch calls, whose body is a list."""
    return Refusal(400, [{"error_code": code, "error_msg": sentence}])


def iam(status: int, sentence: str) -> Refusal:
    """Return a refusal of IAM's version 3, which has the HTTP status in its body once more."""
    return Refusal(status, {"error": {"code": status, "message": sentence, "title": HTTPStatus(status).phrase}})


def sts(code: str, sentence: str, status: int) -> Refusal:
    """Return a refusal of IAM's version 5, as in ``IAM.0001``."""
    return Refusal(status, {"error_code": code, "error_msg": sentence})
