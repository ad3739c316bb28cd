"""Classification of responses: one table for every status, whoever responds.

Flink's, or DLI's, own response is a statement about the request. A response of a proxy, a gateway or a log-in page is a
statement about the way there: it may be different a second later, and it never proves that the request is wrong.
"""

from __future__ import annotations

from collections.abc import Container
from enum import Enum
from typing import Any, NamedTuple

from airflow_provider_dli.rest.request import Answer, Request, Responder, is_html


class Outcome(Enum):
    """The outcome of a request, as its response shows it."""

    SUCCESS = "the request was carried out"
    REFUSED = "nothing was done, and the same request will be refused again"
    AUTHENTICATION = "nothing was done: the credentials are missing, wrong or not sufficient"
    TRANSIENT = "nothing was done, and the same request may succeed later"
    UNKNOWN = "the request may have been carried out"


class Row(NamedTuple):
    """A row of the table.

    :param statuses: the statuses that it is for.
    :param api: their meaning in a response of the API itself.
    :param other: their meaning in a response of something in front of the API, to a change.
    """

    statuses: Container[int]
    api: Outcome
    other: Outcome


# The method, the size, the type or the form of the request: no proxy changes its mind about these soon.
ABOUT_THE_REQUEST = frozenset({405, 411, 413, 414, 415, 417, 431, 501, 505})
#: The first row with a status counts.
TABLE = (
    Row({401, 403}, Outcome.AUTHENTICATION, Outcome.AUTHENTICATION),
    # An ingress without a back end, or one that restarts, responds with 404.
    Row({404}, Outcome.REFUSED, Outcome.TRANSIENT),
    # These may be sent after the request was passed on: it took too long, or somebody has hung up.
    Row({408, 425, 444, 460, 499}, Outcome.UNKNOWN, Outcome.UNKNOWN),
    Row({421, 429, 511}, Outcome.TRANSIENT, Outcome.TRANSIENT),
    Row(ABOUT_THE_REQUEST, Outcome.REFUSED, Outcome.REFUSED),
    # Successes that the operation does not promise.
    Row(range(100, 300), Outcome.UNKNOWN, Outcome.UNKNOWN),
    # Neither API redirects. What redirects has not passed the request on.
    Row(range(300, 400), Outcome.TRANSIENT, Outcome.TRANSIENT),
    Row(range(400, 500), Outcome.REFUSED, Outcome.REFUSED),
    # Among them 503: a proxy also sends it when the connection to the API broke after the request had been passed on.
    Row(range(500, 600), Outcome.UNKNOWN, Outcome.UNKNOWN),
)


def classify(request: Request[Any], answer: Answer) -> Outcome:
    """Return the outcome of a request.

    :param request: the request.
    :param answer: its response.
    """
    responder = request.responder(answer)
    if responder is Responder.STARTING:
        return Outcome.TRANSIENT
    status = request.meant_status(answer)
    # No change is answered with a page: it is that of a log-in, sent with 200.
    if status in request.success and (request.safe or not is_html(answer)):
        return Outcome.SUCCESS
    outcome = _meaning(status, responder)
    is_refused_on_the_way = outcome is Outcome.REFUSED and responder is Responder.OTHER
    return Outcome.TRANSIENT if is_refused_on_the_way and _may_be_repeated(request, status) else outcome


def may_pass(request: Request[Any], answer: Answer) -> bool:
    """Return whether a response that is no success may be due to an outage, or to credentials that have expired.

    :param request: the request.
    :param answer: its response.
    """
    status = request.meant_status(answer)
    outcome = _meaning(status, Responder.API)
    return status == 401 or (status >= 300 and outcome in {Outcome.TRANSIENT, Outcome.UNKNOWN})


def _may_be_repeated(request: Request[Any], status: int) -> bool:
    """Tell whether a refusal of a proxy is worth another attempt; only the API refuses for good."""
    return request.safe or (request.repeatable and status not in ABOUT_THE_REQUEST)


def _meaning(status: int, responder: Responder) -> Outcome:
    for row in TABLE:
        if status in row.statuses:
            return row.api if responder is Responder.API else row.other
    return Outcome.UNKNOWN
