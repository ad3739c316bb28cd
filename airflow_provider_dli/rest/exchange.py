"""One exchange, written once for both senders: which address, which headers, what the answer means."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

from airflow_provider_dli.rest.errors import NotReachable, UnexpectedAnswer, refusal
from airflow_provider_dli.rest.outgoing import Outgoing, prepare
from airflow_provider_dli.rest.request import Answer, Request
from airflow_provider_dli.rest.target import Rotation, Target

T = TypeVar("T")


def exchange(request: Request[T], target: Target, rotation: Rotation) -> Generator[Outgoing, Answer, T]:
    """Send a request to the first address that can be reached, and return its decoded answer.

    :param request: the request.
    :param target: where it goes.
    :param rotation: the target's addresses; remembers which one answered.
    :raises RestError: when no address could be reached, or the answer is not a success.
    """
    unreachable: NotReachable | None = None
    for address in rotation:
        outgoing = target.authentication.apply(prepare(request, address, dict(target.headers)))
        try:
            answer = yield outgoing
        except NotReachable as error:
            unreachable = error
        else:
            rotation.prefer(address)
            return read(request, address, answer)
    raise unreachable or AssertionError("a target has at least one address")


def read(request: Request[T], address: str, answer: Answer) -> T:
    """Return what an answer says.

    :raises Refused: when its status is no success.
    :raises UnexpectedAnswer: when it cannot be decoded.
    """
    if answer.status not in request.success:
        raise refusal(request, address, answer)
    try:
        return request.decode(answer)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unexpected(request, address, answer, error) from error


def _unexpected(request: Request[Any], address: str, answer: Answer, error: Exception) -> UnexpectedAnswer:
    said = request.explain(answer)[:200] or "nothing"
    what = f"The server answered {answer.status} with what this request does not promise: {said} [{error!r:.200}]"
    return UnexpectedAnswer(what, request, address, answer)
