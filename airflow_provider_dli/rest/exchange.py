"""One exchange, written once for both senders: which address, which headers, what the answer means."""

from __future__ import annotations

import ssl
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from airflow_provider_dli.rest.authentication import Wire
from airflow_provider_dli.rest.classification import Outcome, classify
from airflow_provider_dli.rest.errors import (
    UPLOAD_CUT_OFF,
    ConnectionLost,
    NoAnswer,
    NotReachable,
    NotTrusted,
    RestError,
    UnexpectedAnswer,
    refusal,
)
from airflow_provider_dli.rest.outgoing import Outgoing, prepare
from airflow_provider_dli.rest.reason import reason, root
from airflow_provider_dli.rest.redaction import masked
from airflow_provider_dli.rest.request import Answer, Request
from airflow_provider_dli.rest.target import Rotation, Target
from airflow_provider_dli.rest.wording import number_text

T = TypeVar("T")


class Phase(Enum):
    """How far an exchange had come when it failed."""

    CONNECTING = "nothing was sent"
    SENDING = "the request was not taken as a whole"
    WAITING = "the response was due"


class Heard(NamedTuple):
    """An answer, and who gave it.

    :param address: the address that answered.
    :param answer: its answer.
    """

    address: str
    answer: Answer


def exchange(request: Request[Any], target: Target, rotation: Rotation) -> Wire[Heard]:
    """Send a request to the first address that can be reached, and return its answer; :func:`read` reads that.

    :param request: the request.
    :param target: where it goes.
    :param rotation: the target's addresses; remembers which one answered.
    :raises RestError: when no address could be reached.
    """
    unreachable: NotReachable | None = None
    for address in (request.server,) if request.server else rotation:
        try:
            answer = yield from target.authentication.send(prepare(request, address, dict(target.headers)))
        except NotReachable as error:
            unreachable = error
        else:
            if not request.server:
                rotation.prefer(address)
            return Heard(address, answer)
    raise unreachable or AssertionError("a target has at least one address")


def read(request: Request[T], address: str, answer: Answer) -> T:
    """Return what an answer says.

    :raises Refused: when its status is no success.
    :raises UnexpectedAnswer: when it cannot be decoded.
    """
    outcome = classify(request, answer)
    if outcome is not Outcome.SUCCESS and request.meant_status(answer) >= 300:
        raise refusal(request, address, answer)
    try:
        _check_success(request, answer, outcome)
        return request.decode(answer)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise _unexpected(request, address, answer, error) from error


def _check_success(request: Request[Any], answer: Answer, outcome: Outcome) -> None:
    if answer.status not in request.success:
        raise ValueError(f"not {' or '.join(map(str, request.success))}")
    if outcome is not Outcome.SUCCESS:
        raise ValueError("a page for a browser")


def failure(outgoing: Outgoing, timeouts: tuple[float, float], error: Exception, phase: Phase) -> RestError:
    """Return the error for an exception of an HTTP library, in words that do not depend on the library.

    :param outgoing: the request as it was sent.
    :param timeouts: the seconds that there were for a connection, and for each write and read.
    :param error: the library's exception.
    :param phase: how far the exchange had come.
    """
    kind, what = _meaning(error, phase, *timeouts)
    failed = kind(what, outgoing.request, outgoing.address)
    if kind is ConnectionLost and outgoing.request.files:
        failed.advice = UPLOAD_CUT_OFF
    return failed


def _meaning(
    error: Exception, phase: Phase, connect_timeout: float, read_timeout: float
) -> tuple[type[RestError], str]:
    cause = root(error)
    # A handshake that is cut off is no verdict on a certificate: a server that is just starting does that.
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
        return NotTrusted, f"TLS failed: {reason(cause)}"
    if phase is Phase.CONNECTING:
        late = isinstance(cause, TimeoutError)
        return (
            NotReachable,
            f"No connection within {number_text(connect_timeout)} s" if late else f"No connection: {reason(cause)}",
        )
    if isinstance(cause, TimeoutError) and phase is Phase.SENDING:
        return NoAnswer, f"The server took no more of the request within {number_text(read_timeout)} s"
    if isinstance(cause, TimeoutError):
        return NoAnswer, f"No answer within {number_text(read_timeout)} s"
    return ConnectionLost, "The connection broke before the answer was whole, or the answer is no HTTP"


def _unexpected(request: Request[Any], address: str, answer: Answer, error: Exception) -> UnexpectedAnswer:
    said = masked(request.explain(answer), answer.secrets)[:200] or "nothing"
    why = masked(repr(error), answer.secrets)[:200]
    what = f"The server answered {answer.status} with what this request does not promise: {said} [{why}]"
    return UnexpectedAnswer(what, request, address, answer)
