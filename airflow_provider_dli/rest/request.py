"""A request as a value: what to send, what counts as success, how to read the answer.

Nothing here does I/O. Two equal requests are interchangeable, so a sender may answer both with one exchange.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, BinaryIO, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What came over the wire.

    :param status: the HTTP status.
    :param headers: header names in lower case.
    :param body: the bytes as received, content encoding undone.
    :param secrets: values of the request's headers, which no message may show although the server echoes them.
    :param in_pieces: whether it is decoded beside an event loop, which shall run between the rows of a long list.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    in_pieces: bool = field(default=False, repr=False, compare=False)

    def json(self) -> Any:
        """Return the body read as JSON; a byte order mark is left out, and broken characters are replaced.

        :raises ValueError: when it is not JSON, or nested too deeply.
        """
        # Loaded when the first response is read, so that an import costs little.
        from airflow_provider_dli.rest.json_text import read_json

        text = self.body.decode(json.detect_encoding(self.body), errors="replace")
        return read_json(text, in_pieces=self.in_pieces)

    @property
    def text(self) -> str:
        """The body as text, whatever bytes it holds."""
        return self.body.decode("utf-8", errors="replace")


class Responder(Enum):
    """The sender of a response."""

    API = "the API itself"
    STARTING = "the API itself, which takes no requests yet"
    OTHER = "a proxy, a gateway or a log-in page in front of the API"


@dataclass(frozen=True)
class FilePart:
    """A file that is sent as one part of a form, streamed and never held in memory.

    :param name: the form field's name.
    :param filename: the name that the server sees; None for a field that is no file.
    :param size: length in bytes.
    :param open: opens the file anew, for each attempt.
    """

    name: str
    filename: str | None
    size: int
    open: Callable[[], BinaryIO] = field(compare=False)

    def __str__(self) -> str:
        return self.filename or self.name


@dataclass(frozen=True)
class Availability:
    """Which versions of a server have an operation.

    :param operation: method and path template, as in ``GET /jobs/:jobid``.
    :param since: the first version that has it.
    :param until: the last version that has it; None where the newest does.
    :param instead: what to use where it is gone; a sentence.
    """

    operation: str
    since: str
    until: str | None = None
    instead: str = ""


def is_html(answer: Answer) -> bool:
    """Tell whether an answer is a page for a browser."""
    return "html" in answer.headers.get("content-type", "").lower()


def first_line(answer: Answer) -> str:
    """Return the first line of an answer of unknown shape."""
    if is_html(answer):
        return "an HTML page, which is not from the API itself (a proxy or a login page?)"
    return answer.text.strip().split("\n", 1)[0][:500]


def sent_status(answer: Answer) -> int:
    """Return the status as it was sent, of a server whose statuses can be taken at their word."""
    return answer.status


def always_the_api(answer: Answer) -> Responder:
    """Return the responder of a server that nothing stands in front of."""
    return Responder.API


def no_advice(answer: Answer, operation: str) -> str:
    """Return nothing: of most APIs no codes of refusals are known."""
    return ""


@dataclass(frozen=True)
class Request(Generic[T]):
    """One exchange with a REST API, before it happens.

    :param method: the HTTP method.
    :param path: below the address, percent-encoded, beginning with ``/``.
    :param decode: makes a value of a successful answer; raises ``ValueError`` or ``KeyError`` where it cannot.
    :param query: names and values, in the order in which they are sent.
    :param json: the JSON body as the exact bytes that go out.
    :param files: files to send as a form instead.
    :param success: the statuses that mean success.
    :param changes: whether it changes something although it is a GET.
    :param repeatable: whether sending it twice does no more than sending it once, although it changes something.
    :param optional: whether the flow can do without the response, so that only an outage is waited for, and not another
        response than the one that there is.
    :param read_timeout: seconds to wait for the answer, where the target's own setting does not fit.
    :param explain: says what a refusal says, in the server's own words.
    :param meant_status: tells which status an answer should have had, of a server that says 400 to nearly everything.
    :param responder: tells the API's own answers from those of a proxy.
    :param advise: returns what to do about a refusal, by the operation that was refused; empty where that is unknown.
    :param availability: which versions of the server understand it; None for all.
    :param server: the address that it goes to, where that is none of the target's own.
    :param headers: headers beside the target's, as pairs.
    """

    method: str
    path: str
    decode: Callable[[Answer], T]
    query: tuple[tuple[str, str], ...] = ()
    json: bytes | None = field(default=None, repr=False)
    files: tuple[FilePart, ...] = ()
    success: frozenset[int] = frozenset({200})
    changes: bool = False
    repeatable: bool = False
    optional: bool = False
    read_timeout: float | None = None
    explain: Callable[[Answer], str] = first_line
    meant_status: Callable[[Answer], int] = sent_status
    responder: Callable[[Answer], Responder] = always_the_api
    advise: Callable[[Answer, str], str] = no_advice
    availability: Availability | None = None
    server: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def safe(self) -> bool:
        """Whether the request changes nothing, so that its answer may be shared."""
        return self.method == "GET" and not self.changes

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def json_bytes(value: Any) -> bytes:
    """Return the one way in which a value is written as JSON, so that equal bodies are equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
