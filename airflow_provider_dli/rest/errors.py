"""Errors of one exchange.

::

    RestError
    ├── NotReachable         no connection: refused, unknown host; nothing was sent
    │   └── NotTrusted       TLS failed: a certificate is not trusted, or missing
    ├── NoAnswer             connected, but the answer did not come in time
    ├── ConnectionLost       the connection broke while the answer was due
    ├── UnexpectedAnswer     success, but not JSON or not what was promised
    └── Refused              the status is no success
        ├── Redirected       3xx: the address is not the API's own
        ├── BadRequest       400
        ├── NotAuthenticated 401
        ├── Forbidden        403
        ├── NotFound         404
        ├── Conflict         409
        ├── TooManyRequests  429
        ├── Intercepted      any other 4xx, and 404, of something in front of the API
        └── ServerError      5xx, and 4xx that leave the outcome unknown, as 408

``concerns_credentials`` tells whether the connection may have other credentials by now, or other certificates.
``could_help`` tells whether repeating could help, ``unclear`` whether the request may have been carried out although it
failed, and ``is_final`` whether the API itself has refused it for good: then a retry of the task fails as well. They
follow from the table in :mod:`.classification`. No message holds a secret.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_dli.rest import redirects
from airflow_provider_dli.rest.classification import Outcome, classify
from airflow_provider_dli.rest.redaction import masked
from airflow_provider_dli.rest.request import Answer, Request, Responder


def last_seen(seeing: str) -> str:
    """Return the sentence on what a wait saw last, for the end of a message; nothing where it saw nothing."""
    return f" Last seen: {seeing.rstrip('.')}." if seeing else ""


class RestError(Exception):
    """One exchange failed; whoever was patient with it notes ``waited``, in seconds, and what had been ``seeing``.

    :param what: one sentence on what went wrong.
    :param request: the request that failed.
    :param address: where it was sent to, without credentials.
    :param answer: the server's answer, where there was one.
    """

    could_help = True
    unclear = True
    is_final = False
    concerns_credentials = False
    advice = ""

    def __init__(self, what: str, request: Request[Any], address: str, answer: Answer | None = None) -> None:
        super().__init__(what, request, address, answer)
        self.what = what.rstrip(".")
        self.method = request.method
        self.url = address + request.path
        self.answer = answer
        self.waited = 0.0
        self.seeing = ""

    @property
    def status(self) -> int | None:
        """The HTTP status, where there was an answer."""
        return self.answer.status if self.answer else None

    @property
    def request_id(self) -> str | None:
        """The id under which the server, or a gateway before it, has noted the exchange; its support asks for it."""
        return self.answer.headers.get("x-request-id") if self.answer else None

    @property
    def retry_after(self) -> str | None:
        """The server's own wish: seconds or a date, as sent."""
        return self.answer.headers.get("retry-after") if self.answer else None

    def __str__(self) -> str:
        patience = f" Gave up after {self.waited:.0f} s of trying." if self.waited >= 1 else ""
        noted = f", request id {self.request_id}" if self.request_id else ""
        return f"{self.what} ({self.method} {self.url}{noted}).{patience}{last_seen(self.seeing)}{self.advice}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"


class NotReachable(RestError):
    """No connection could be made; nothing was sent."""

    unclear = False
    advice = " Check the connection's address and port, and that the cluster is up."


class NotTrusted(NotReachable):
    """TLS failed: the server's certificate is not trusted, or the server does not trust ours."""

    could_help = False
    concerns_credentials = True
    advice = " Check the connection's CA certificate and client certificate, and that the port speaks TLS."


class NoAnswer(RestError):
    """The server took the connection and did not answer in time."""


class ConnectionLost(RestError):
    """The connection broke before the whole answer had come."""

    advice = " Where it does so each time, check that the port speaks HTTP and not TLS (https instead of http?)."


class UnexpectedAnswer(RestError):
    """The answer says success and is not what was promised."""

    advice = " Is this the API's own address, and not that of a proxy or of another service?"


class Refused(RestError):
    """The server's status is no success."""

    could_help = False
    unclear = False
    is_final = True


class Redirected(Refused):
    """The server points somewhere else; following it would turn a POST into a GET."""

    could_help = True
    is_final = False
    advice = redirects.ELSEWHERE


class BadRequest(Refused):
    """The server did not accept the request."""


class NotAuthenticated(Refused):
    """Credentials are missing or wrong."""

    is_final = False
    concerns_credentials = True
    advice = " Check the connection's login, password or token."


class Forbidden(Refused):
    """The credentials do not allow this."""

    is_final = False
    concerns_credentials = True
    advice = " Check what the connection's credentials are allowed to do."


class NotFound(Refused):
    """There is no such thing, or no such path."""


class Conflict(Refused):
    """The thing is in a state that does not allow this, or exists already."""


class TooManyRequests(Refused):
    """The server asks to slow down."""

    could_help = True
    is_final = False


class Intercepted(Refused):
    """A proxy or a gateway in front of the API has answered, and the API has not."""

    could_help = True
    is_final = False
    advice = (
        " This is no answer of the API itself: check the proxy or gateway in front of it, and the connection's address "
        "and path_prefix."
    )


class ServerError(Refused):
    """The server failed; whether the request was carried out is unknown."""

    could_help = True
    unclear = True
    is_final = False


_BY_STATUS = {
    401: NotAuthenticated,
    403: Forbidden,
    429: TooManyRequests,
}
_OF_THE_API = {
    400: BadRequest,
    404: NotFound,
    409: Conflict,
}
#: What to do about an upload that was cut off: some servers hang up where others respond with 413.
UPLOAD_CUT_OFF = (
    " Where it does so each time, a proxy or gateway may take no request of this size: raise its limit. Also check "
    "that the port speaks HTTP and not TLS (https instead of http?)."
)
# What to do about the refusal of a gateway, where its status tells more than that it was one.
_ADVICE = {
    405: " The proxy or gateway in front of the API lets no such method through.",
    407: " The proxy on the way asks for credentials: check HTTP_PROXY, HTTPS_PROXY and NO_PROXY.",
    413: " The server, or a proxy or gateway in front of it, takes no request of this size: raise its limit.",
}


def refusal(request: Request[Any], address: str, answer: Answer) -> Refused:
    """Return the error for an answer whose status is no success."""
    status, outcome, responder = request.meant_status(answer), classify(request, answer), request.responder(answer)
    kind = _kind_of(status, outcome, responder)
    said = (kind is Redirected and redirects.place(answer)) or masked(request.explain(answer), answer.secrets)
    error = kind(f"The server answered {answer.status}: {said or 'no further word'}", request, address, answer)
    is_of_api = responder is not Responder.OTHER
    error.unclear = outcome is Outcome.UNKNOWN
    # Wrong credentials are shown to the API itself only once: it may lock a user or a key.
    passes = outcome is Outcome.AUTHENTICATION and not is_of_api
    error.could_help = passes or outcome in {Outcome.TRANSIENT, Outcome.UNKNOWN}
    error.is_final = outcome is Outcome.REFUSED and is_of_api
    if kind is Redirected:
        error.advice = redirects.advice(error.url, answer)
        error.concerns_credentials = error.advice == redirects.LOGIN
    elif kind is Intercepted:
        error.advice = _ADVICE.get(status, Intercepted.advice)
    elif advice := request.advise(answer, request.availability.operation if request.availability else ""):
        error.advice = f" {advice}"
    return error


def _kind_of(status: int, outcome: Outcome, responder: Responder) -> type[Refused]:
    if outcome is Outcome.UNKNOWN or status >= 500:
        return ServerError
    if 300 <= status < 400:
        return Redirected
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return Intercepted if responder is Responder.OTHER else _OF_THE_API.get(status, Refused)
