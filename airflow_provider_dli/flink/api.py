"""Flink's REST API as one thing: how its errors read, and the list of its endpoints."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from airflow_provider_dli.flink.throwable import chain, deepest
from airflow_provider_dli.rest.endpoint import Api
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.request import Answer, Responder, first_line

# What Flink takes for something else when it decodes a part of a path for the second time.
_CHANGED_BY_DECODING: Final = re.compile("[%+?]")


def complaint(answer: Answer) -> str:
    """Return the stack trace or the sentence that an error answer holds; empty where it is none of Flink's.

    Flink sends ``{"errors": [...]}``: a clean sentence up to 1.10, a whole stack trace from 1.11, and behind
    ``Internal server error.`` with a 500.
    """
    try:
        texts = [text for text in answer.json()["errors"] if isinstance(text, str)]
    except (ValueError, KeyError, TypeError):
        return ""
    return texts[-1] if texts else ""


def responder(answer: Answer) -> Responder:
    """Return who sent an error answer: Flink's own are JSON with ``errors``.

    While Flink elects a leader, it answers each request with 503 before any handler has it.
    """
    said = complaint(answer)
    if answer.status == 503 and "leader election" in said:
        return Responder.STARTING
    return Responder.API if said else Responder.OTHER


def explain(answer: Answer) -> str:
    """Return the deepest cause that an error answer names."""
    said = complaint(answer)
    return str(deepest(said)) if said else first_line(answer)


def names(error: RestError) -> frozenset[str]:
    """Return the names of all exception classes that an error answer of Flink's mentions."""
    said = complaint(error.answer) if error.answer else ""
    return frozenset(throwable.name for throwable in chain(said))


def quote_for_flink(value: str) -> str:
    """Return a value of a path, percent-encoded for a server that decodes it twice.

    Flink decodes a path, and then each of its parts once more, as a query: there ``+`` is a space, and ``%`` begins
    an escape. Other values look the same after the second time, and are encoded once: some gateways refuse ``%25``.
    """
    encoded = quote(value, safe="")
    return quote(encoded, safe="") if _CHANGED_BY_DECODING.search(value) else encoded


FLINK = Api("Flink", "1.7", explain, responder=responder, quote=quote_for_flink)
