"""What can go wrong with one exchange.

::

    RestError
    ├── NotReachable         no connection: refused, unknown host; nothing was sent
    │   └── NotTrusted       TLS failed: a certificate is not believed, or missing
    ├── NoAnswer             connected, but the answer did not come in time
    ├── ConnectionLost       the connection broke while the answer was due
    ├── UnexpectedAnswer     success, but not JSON or not what was promised
    └── Refused              the server said no
        ├── Redirected       3xx: the address is not the API's own
        ├── BadRequest       400
        ├── NotAuthenticated 401
        ├── Forbidden        403
        ├── NotFound         404
        ├── Conflict         409
        ├── TooManyRequests  429
        └── ServerError      5xx

``could_help`` says whether repeating could help, ``unclear`` whether the request may have been carried out although it
failed. No message holds a secret.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_dli.rest.request import Answer, Request


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
    """TLS failed: the server's certificate is not believed, or it does not believe ours."""

    could_help = False
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
    """The server said no."""

    could_help = False
    unclear = False


class Redirected(Refused):
    """The server points somewhere else; following it would turn a POST into a GET."""

    advice = " Put the address that it points to into the connection (https instead of http?)."


class BadRequest(Refused):
    """The server did not accept the request."""


class NotAuthenticated(Refused):
    """Credentials are missing or wrong."""

    advice = " Check the connection's login, password or token."


class Forbidden(Refused):
    """The credentials do not allow this."""

    advice = " Check what the connection's credentials are allowed to do."


class NotFound(Refused):
    """There is no such thing, or no such path."""


class Conflict(Refused):
    """The thing is in a state that does not allow this, or exists already."""


class TooManyRequests(Refused):
    """The server asks to slow down."""

    could_help = True


class ServerError(Refused):
    """The server failed; whether it did what was asked is unclear."""

    could_help = True
    unclear = True


_BY_STATUS = {
    400: BadRequest,
    401: NotAuthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: TooManyRequests,
}


def refusal(request: Request[Any], address: str, answer: Answer) -> Refused:
    """Return the error that an unsuccessful answer stands for."""
    status = request.meant_status(answer)
    kind = _BY_STATUS.get(status) or _by_class(status)
    said = (kind is Redirected and answer.headers.get("location")) or request.explain(answer)
    return kind(f"The server answered {answer.status}: {said or 'no further word'}", request, address, answer)


def _by_class(status: int) -> type[Refused]:
    if status >= 500:
        return ServerError
    return Redirected if 300 <= status < 400 else Refused
