"""Signatures of requests by access key and secret key: Huawei Cloud's ``SDK-HMAC-SHA256``."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from datetime import datetime, timezone
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from airflow_provider_dli.rest.multipart import MultipartBody

Body = bytes | MultipartBody | None

ALGORITHM: Final = "SDK-HMAC-SHA256"
UNSIGNED: Final = "UNSIGNED-PAYLOAD"
#: Every other header may be changed on its way, by a proxy or by an HTTP library.
SIGNED: Final = (
    "host",
    "content-type",
    "x-sdk-date",
    "x-project-id",
    "x-security-token",
    "x-sdk-content-sha256",
)
_DATE: Final = "X-Sdk-Date"
_CONTENT: Final = "X-Sdk-Content-Sha256"
_NOTHING: Final = hashlib.sha256(b"").hexdigest()
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def sign(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: Body,
    access_key: str,
    secret_key: str,
    moment: datetime,
    names: Collection[str] | None = SIGNED,
) -> dict[str, str]:
    """Return the headers that a request carries beside its own when it is signed.

    :param method: the HTTP method.
    :param url: the whole address as it is sent, with the query.
    :param headers: all headers that are sent; a security token and a project must be among them already. ``Host`` need
        not: HTTP libraries make it from the address.
    :param body: what is sent, to the byte. A form is streamed, so its bytes are not signed.
    :param access_key: who signs.
    :param secret_key: what with.
    :param moment: when; the server accepts 15 minutes of difference to its own clock.
    :param names: the headers to sign, in lower case, where they are there; None for all but those with a ``_``.
    """
    place = urlsplit(url)
    present = {name.lower(): value.strip() for name, value in headers.items()}
    added = _added(present, body, moment)
    present = {"host": _host(place), **present, **{name.lower(): value for name, value in added.items()}}
    signed = sorted(name for name in present if (name in names if names is not None else "_" not in name))
    content = _content(present.get(_CONTENT.lower()), added, body)
    lines = "".join(f"{name}:{present[name]}\n" for name in signed)
    canonical = "\n".join((method.upper(), _path(place), _query(place), lines, ";".join(signed), content))
    signature = _signature(canonical, present[_DATE.lower()], secret_key)
    proof = f"{ALGORITHM} Access={access_key}, SignedHeaders={';'.join(signed)}, Signature={signature}"
    return {**added, "Authorization": proof}


def _added(present: Mapping[str, str], body: Body, moment: datetime) -> dict[str, str]:
    """Return the headers of signing that a request does not carry yet."""
    added = {}
    if _DATE.lower() not in present:
        added[_DATE] = moment.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    if _CONTENT.lower() not in present and not _signs_bytes(present.get("content-type"), body):
        added[_CONTENT] = UNSIGNED
    return added


def _signs_bytes(content_type: str | None, body: Body) -> bool:
    known = not content_type or content_type.startswith(("application/json", "application/bson"))
    return known and not isinstance(body, MultipartBody)


def _content(given: str | None, added: Mapping[str, str], body: Body) -> str:
    """Return the canonical request's last line. An empty body is signed as such, even where the header denies it."""
    if given and (body or _CONTENT not in added):
        return given
    return hashlib.sha256(body).hexdigest() if isinstance(body, bytes) else _NOTHING


def _path(place: SplitResult) -> str:
    """Return the path, decoded once and encoded again; it ends in ``/``, although the one that is sent does not."""
    path = quote(unquote(place.path), safe="/")
    return path if path.endswith("/") else f"{path}/"


def _query(place: SplitResult) -> str:
    """Return the query, sorted as it reads decoded."""
    pairs = sorted(parse_qsl(place.query, keep_blank_values=True))
    return urlencode(pairs, quote_via=quote, safe="")


def _host(place: SplitResult) -> str:
    """Return the ``Host`` header as HTTP libraries make it: the port only where it is not the scheme's own."""
    host = place.netloc.rpartition("@")[2].lower()
    own = _DEFAULT_PORTS.get(place.scheme)
    return host.removesuffix(f":{own}") if own and place.port == own else host


def _signature(canonical: str, date: str, secret_key: str) -> str:
    text = f"{ALGORITHM}\n{date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
