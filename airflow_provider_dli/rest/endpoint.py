"""An endpoint: one operation of a REST API, its method and path as data, and the function that makes its requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar
from urllib.parse import quote

from airflow_provider_dli.rest.request import (
    Answer,
    Availability,
    FilePart,
    Request,
    Responder,
    always_the_api,
    first_line,
    json_bytes,
    no_advice,
    sent_status,
)

P = ParamSpec("P")
T = TypeVar("T")
Scalar = str | int | float | bool


def quote_once(value: str) -> str:
    """Return a value of a path, percent-encoded as servers expect it."""
    return quote(value, safe="")


@dataclass(frozen=True)
class Parts:
    """What one call puts into its endpoint.

    :param path: the values of the path's ``:names``, in order.
    :param query: query parameters; those that are None are left out, one that has several values is sent once for each.
    :param json: members of the JSON body; those that are None are left out.
    :param files: files to send as a form instead.
    :param repeatable: whether a change may be sent twice, because it carries an id of ours or sets a state.
    :param read_timeout: seconds to wait for the answer.
    """

    path: Sequence[str] = ()
    query: Mapping[str, Scalar | Sequence[Scalar] | None] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    files: Sequence[FilePart] = ()
    repeatable: bool = False
    read_timeout: float | None = None


class Endpoint(Generic[P, T]):
    """Makes the requests of one operation; called like the function that it wraps.

    :param function: arguments in, :class:`Parts` out.
    :param availability: the operation, and which versions of the server have it.
    :param decode: makes a value of a successful answer.
    :param success: the statuses that mean success.
    :param changes: whether it changes something although it is a GET.
    :param api: the API that it belongs to.

    Its :attr:`availability` names the operation and the versions of the server that have it; :attr:`decode` makes a
    value of a successful answer.
    """

    def __init__(
        self,
        function: Callable[P, Parts],
        availability: Availability,
        decode: Callable[[Answer], T],
        success: frozenset[int],
        changes: bool,
        api: Api,
    ) -> None:
        self.availability = availability
        self.method, self.template = availability.operation.split(" ")
        self.decode = decode
        self.changes = changes
        self._function = function
        self._success = success
        self._api = api
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Request[T]:
        """Return the request for these arguments."""
        return self.request(self._function(*args, **kwargs))

    def request(self, parts: Parts) -> Request[T]:
        """Return the request that has these parts."""
        return Request(
            method=self.method,
            path=fill(self.template, parts.path, self._api.quote),
            decode=self.decode,
            query=tuple((name, _text(each)) for name, value in parts.query.items() for each in _values(value)),
            json=None if parts.json is None else json_bytes(_present(parts.json)),
            files=tuple(parts.files),
            success=self._success,
            changes=self.changes,
            repeatable=parts.repeatable,
            read_timeout=parts.read_timeout,
            explain=self._api.explain,
            meant_status=self._api.meant_status,
            responder=self._api.responder,
            advise=self._api.advise,
            availability=self.availability,
        )

    def serves(self, method: str, path: str) -> bool:
        """Tell whether a request of this method and path is one of this operation."""
        pattern = re.sub(r":\w+|\{\w+\}", "[^/]+", self.template)
        return self.method == method and re.fullmatch(pattern, path) is not None

    def __repr__(self) -> str:
        return f"<Endpoint {self.method} {self.template}>"


@dataclass
class Api:
    """A REST API: its endpoints, and how it explains a refusal.

    :param name: the server's name.
    :param since: the first of its versions; empty where it has none.
    :param explain: says what a refusal says, in the server's own words.
    :param meant_status: tells which status an answer should have had.
    :param success: the statuses that mean success, where an endpoint does not say.
    :param responder: tells the API's own answers from those of a proxy.
    :param quote: percent-encodes a value of a path.
    :param advise: returns what to do about a refusal, by the operation that was refused.
    """

    name: str
    since: str
    explain: Callable[[Answer], str] = first_line
    meant_status: Callable[[Answer], int] = sent_status
    success: frozenset[int] = frozenset({200})
    responder: Callable[[Answer], Responder] = always_the_api
    quote: Callable[[str], str] = quote_once
    advise: Callable[[Answer, str], str] = no_advice
    endpoints: list[Endpoint[..., Any]] = field(default_factory=list)

    def endpoint(
        self,
        operation: str,
        decode: Callable[[Answer], T],
        *,
        success: int | None = None,
        changes: bool = False,
        since: str | None = None,
        until: str | None = None,
        instead: str = "",
    ) -> Callable[[Callable[P, Parts]], Endpoint[P, T]]:
        """Make an endpoint of a function.

        :param operation: method and path template, as in ``GET /jobs/:jobid``.
        :param decode: makes a value of a successful answer.
        :param success: the one status that means success, where that is not as for the whole API.
        :param changes: whether it changes something although it is a GET.
        :param since: the first version of the server that has it, where that is not the first of all.
        :param until: the last version that has it, where that is not the newest.
        :param instead: what to use where it is gone; a sentence.
        """
        availability = Availability(operation, since or self.since, until, instead)

        def register(function: Callable[P, Parts]) -> Endpoint[P, T]:
            statuses = self.success if success is None else frozenset({success})
            made = Endpoint(function, availability, decode, statuses, changes, self)
            self.endpoints.append(made)
            return made

        return register

    def find(self, method: str, path: str) -> Endpoint[..., Any] | None:
        """Return the endpoint that makes such requests; None where there is none.

        :param method: the HTTP method.
        :param path: the path, percent-encoded, without a query.
        """
        found = (endpoint for endpoint in self.endpoints if endpoint.serves(method, path))
        return min(found, key=lambda endpoint: endpoint.template.count(":"), default=None)


def fill(template: str, values: Sequence[str], quoted: Callable[[str], str] = quote_once) -> str:
    """Return a path template with its ``:names`` replaced, percent-encoded; what stands in braces is left for later.

    :param template: the template, as in ``/jobs/:jobid``.
    :param values: the values of its names, in order.
    :param quoted: percent-encodes a value.
    :raises ValueError: when a value is empty, or only dots: the path would mean something else.
    """
    names = [name for name in template.split("/") if name.startswith(":")]
    if len(names) != len(values) or not all(value.strip(".") for value in values):
        raise ValueError(f"{template} needs {', '.join(names) or 'no values'}, got {list(values)!r}.")
    remaining = iter(values)
    parts = (quoted(next(remaining)) if part.startswith(":") else part for part in template.split("/"))
    return "/".join(parts)


def _values(value: Scalar | Sequence[Scalar] | None) -> Sequence[Scalar]:
    if value is None:
        return ()
    return (value,) if isinstance(value, (str, int, float)) else value


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
