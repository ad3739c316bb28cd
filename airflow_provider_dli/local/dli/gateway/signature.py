"""What a signature by access key must be: SDK-HMAC-SHA256, worked out from the bytes that were received."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

ALGORITHM: Final = "SDK-HMAC-SHA256"
UNSIGNED_PAYLOAD: Final = "UNSIGNED-PAYLOAD"

_AUTHORIZATION: Final = re.compile(
    rf"{ALGORITHM} +Access=(?P<access>[^,\s]+), *SignedHeaders=(?P<names>[^,\s]+), *Signature=(?P<signature>[0-9a-f]+)"
)


class Received(NamedTuple):
    """A request as it came over the wire.

    :param method: the HTTP method.
    :param path: the path, percent-encoded as it was sent.
    :param query: what follows the question mark, as it was sent.
    :param headers: all headers.
    :param body: the whole body.
    """

    method: str
    path: bytes
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header's value without the spaces around it; None where it is not there."""
        values = [value for key, value in self.headers if key.lower() == name.lower().encode()]
        return values[0].strip().decode(errors="replace") if values else None


class Authorization(NamedTuple):
    """What a signed request says of its signature."""

    access: str
    signed_headers: list[str]
    signature: str


def read_authorization(header: str) -> Authorization | None:
    """Read an ``Authorization`` header; None where it is no signature."""
    found = _AUTHORIZATION.fullmatch(header)
    return Authorization(found["access"], found["names"].split(";"), found["signature"]) if found else None


def signatures(received: Received, signed_headers: Sequence[str], secret: str) -> set[str]:
    """Return the signatures that are right for a request; there may be two where it has no body.

    :param received: the request.
    :param signed_headers: the names of the headers that it signs.
    :param secret: the access key's secret.
    """
    date = received.header("X-Sdk-Date") or ""
    return {
        signature(secret, date, canonical_request(received, signed_headers, payload))
        for payload in _payload_hashes(received)
    }


def signature(secret: str, date: str, canonical: bytes) -> str:
    """Return the signature of a canonical request.

    :param secret: the access key's secret.
    :param date: what ``X-Sdk-Date`` says.
    :param canonical: the canonical request.
    """
    text = f"{ALGORITHM}\n{date}\n{hashlib.sha256(canonical).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def canonical_request(received: Received, signed_headers: Sequence[str], payload: str) -> bytes:
    """Return a request in the one form in which it is signed.

    :param received: the request.
    :param signed_headers: the names of the headers that it signs.
    :param payload: the hash of its body, or what stands for it.
    """
    names = sorted(name.lower() for name in signed_headers)
    lines = [
        received.method.upper().encode(),
        _canonical_path(received.path),
        _canonical_query(received.query),
        _canonical_headers(received, names),
        ";".join(names).encode(),
        payload.encode(),
    ]
    return b"\n".join(lines)


def _canonical_path(path: bytes) -> bytes:
    # Decoded first: an encoded slash separates segments like a bare one.
    segments = [_encoded(segment) for segment in unquote_to_bytes(path).split(b"/")]
    joined = b"/".join(segments)
    return joined if joined.endswith(b"/") else joined + b"/"


def _canonical_query(query: bytes) -> bytes:
    # Sorted before it is encoded. A plus is a plus: a space has to be sent as %20.
    pairs = [pair.partition(b"=") for pair in query.split(b"&") if pair]
    raw = sorted((unquote_to_bytes(name), unquote_to_bytes(value)) for name, _, value in pairs)
    return b"&".join(_encoded(name) + b"=" + _encoded(value) for name, value in raw)


def _canonical_headers(received: Received, names: Sequence[str]) -> bytes:
    values = {name.lower(): value.strip() for name, value in received.headers}
    return b"".join(name.encode() + b":" + values.get(name.encode(), b"") + b"\n" for name in names)


def _encoded(text: bytes) -> bytes:
    return quote_from_bytes(text, safe="~").encode()


def _payload_hashes(received: Received) -> set[str]:
    told = received.header("X-Sdk-Content-Sha256")
    actual = hashlib.sha256(received.body).hexdigest()
    if told != UNSIGNED_PAYLOAD:
        return {actual}
    # Huawei's own tools announce an unsigned payload also where there is none, and sign its hash.
    return {UNSIGNED_PAYLOAD} if received.body else {UNSIGNED_PAYLOAD, actual}
