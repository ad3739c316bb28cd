"""A request as it goes over the wire: whole address, headers, bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from airflow_provider_dli.rest.multipart import MultipartBody
from airflow_provider_dli.rest.request import Request


@dataclass(frozen=True)
class Outgoing:
    """What a sender hands to its HTTP library.

    :param request: the request that this is the form of.
    :param address: scheme, host, port and path prefix, without a ``/`` at the end.
    :param headers: all headers.
    :param body: the bytes, a form to stream, or nothing.
    :raises ValueError: when a header cannot be sent; does not say its value.
    """

    request: Request[Any]
    address: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | MultipartBody | None = field(repr=False)

    def __post_init__(self) -> None:
        for name, value in self.headers.items():
            if not (value.isascii() and value.isprintable() and value == value.strip()):
                raise ValueError(
                    f"Header {name} begins or ends with space, or has characters that HTTP does not allow."
                )

    @property
    def url(self) -> str:
        """The whole address, with the query."""
        # A space as %20: signatures know no other form of it.
        query = f"?{urlencode(self.request.query, quote_via=quote)}" if self.request.query else ""
        return f"{self.address}{self.request.path}{query}"


def prepare(request: Request[Any], address: str, headers: Mapping[str, str]) -> Outgoing:
    """Return the form in which a request goes to an address.

    :param request: the request.
    :param address: scheme, host, port and path prefix.
    :param headers: what every request to this target carries.
    """
    body = MultipartBody(request.files) if request.files else request.json
    return Outgoing(
        request, address, {"Accept": "application/json", **_describe(body), **headers, **dict(request.headers)}, body
    )


def _describe(body: bytes | MultipartBody | None) -> dict[str, str]:
    if isinstance(body, MultipartBody):
        return {"Content-Type": body.content_type, "Content-Length": str(len(body))}
    return {} if body is None else {"Content-Type": "application/json"}
