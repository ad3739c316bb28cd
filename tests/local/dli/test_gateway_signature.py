"""The official signer's vectors: what it signed is found right, and what was changed on the way is found wrong."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.local.dli.gateway.signature import (
    Received,
    canonical_request,
    read_authorization,
    signatures,
)

VECTORS = json.loads((Path(__file__).parents[2] / "dli" / "signing_vectors.json").read_text())["vectors"]
BY_NAME = {vector["name"]: vector for vector in VECTORS}


def received(vector: dict[str, Any], **changes: Any) -> Received:
    """What comes over the wire when the official signer signed."""
    path, _, query = vector["expected"]["request_target"].partition("?")
    body = (vector["input"]["body_utf8"] or "").encode()
    # Headers travel as Latin-1; the signer has made UTF-8 look so.
    headers = [(name.encode(), _wire(value)) for name, value in vector["expected"]["headers_after_signing"].items()]
    return Received(vector["input"]["method"], path.encode(), query.encode(), headers, body)._replace(**changes)


def _wire(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()


@pytest.mark.parametrize("vector", VECTORS, ids=BY_NAME)
def test_what_the_official_signer_signs_is_right(vector: dict[str, Any]) -> None:
    authorization = read_authorization(vector["expected"]["authorization"])
    assert authorization
    assert authorization.access == vector["input"]["ak"]
    request = received(vector)
    assert authorization.signature in signatures(request, authorization.signed_headers, vector["input"]["sk"])


@pytest.mark.parametrize("vector", VECTORS, ids=BY_NAME)
def test_the_canonical_request_is_the_official_signers(vector: dict[str, Any]) -> None:
    authorization = read_authorization(vector["expected"]["authorization"])
    assert authorization
    expected = vector["expected"]["canonical_request"]
    payload = expected.rpartition("\n")[2]
    canonical = canonical_request(received(vector), authorization.signed_headers, payload)
    assert canonical == expected.encode()
    assert hashlib.sha256(canonical).hexdigest() == vector["expected"]["canonical_request_sha256"]


def is_right(request: Received, vector: dict[str, Any], secret: str | None = None) -> bool:
    authorization = read_authorization(vector["expected"]["authorization"])
    assert authorization
    right = signatures(request, authorization.signed_headers, secret or vector["input"]["sk"])
    return authorization.signature in right


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "DELETE"},
        {"path": b"/v1.0/0123456789abcdef0123456789abcdef/streaming/jobs/stop"},
        {"query": b"a=b"},
        {"body": b'{"job_ids":[131,132],"resume_savepoint":true}'},
        {"body": b""},
        {"headers": [(b"Content-Type", b"text/plain"), (b"X-Sdk-Date", b"20250102T030405Z"), (b"Host", b"x")]},
    ],
    ids=str,
)
def test_what_was_changed_on_the_way_is_wrong(changes: dict[str, Any]) -> None:
    vector = BY_NAME["post_json_ascii"]
    assert is_right(received(vector), vector)
    assert not is_right(received(vector, **changes), vector)


def test_another_secret_is_wrong() -> None:
    vector = BY_NAME["post_json_ascii"]
    assert not is_right(received(vector), vector, "another")


def test_headers_are_trimmed_and_their_names_know_no_case() -> None:
    vector = BY_NAME["get_simple_no_query"]
    request = received(vector)
    shouted = [(name.upper(), b"  " + value + b"\t") for name, value in request.headers]
    assert is_right(request._replace(headers=shouted), vector)


def test_a_space_sent_as_a_plus_is_a_plus() -> None:
    vector = BY_NAME["get_query_sort_before_encode"]
    request = received(vector)
    assert b"a%20b" in request.query
    assert not is_right(request._replace(query=request.query.replace(b"a%20b", b"a+b")), vector)


def test_the_order_of_the_query_does_not_matter() -> None:
    vector = BY_NAME["get_query_unsorted"]
    request = received(vector)
    turned = b"&".join(reversed(request.query.split(b"&")))
    assert is_right(request._replace(query=turned), vector)


def test_a_payload_hash_that_is_not_the_bodys_is_wrong() -> None:
    vector = BY_NAME["x_sdk_content_sha256_given"]
    request = received(vector)
    other = hashlib.sha256(b"other").hexdigest().encode()
    headers = [(name, other if name == b"X-Sdk-Content-Sha256" else value) for name, value in request.headers]
    assert not is_right(request._replace(headers=headers), vector)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic dXNlcjpwYXNz",
        "SDK-HMAC-SHA256",
        "SDK-HMAC-SHA256 Access=a, SignedHeaders=host",
        "SDK-HMAC-SHA256 Access=, SignedHeaders=host, Signature=00",
        "V11-HMAC-SHA256 Access=a, SignedHeaders=host, Signature=00",
    ],
)
def test_what_is_no_signature(header: str) -> None:
    assert read_authorization(header) is None
