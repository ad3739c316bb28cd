from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from airflow_provider_dli.dli.signing import SIGNED, sign
from airflow_provider_dli.rest.multipart import MultipartBody
from airflow_provider_dli.rest.request import FilePart

VECTORS = json.loads((Path(__file__).parent / "signing_vectors.json").read_text())["vectors"]
MOMENT = datetime(2025, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
HOST = "https://dli.cn-north-4.myhuaweicloud.com"
KEYS = ("AK", "SK")


def text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def query_of(pairs: list[tuple[str, Any]]) -> str:
    flat = [(name, one) for name, value in pairs for one in (value if isinstance(value, list) else [value])]
    return urlencode([(name, text(value)) for name, value in flat], quote_via=quote)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_signatures_of_the_vendors_own_signer(vector: dict[str, Any]) -> None:
    given, expected = vector["input"], vector["expected"]
    query = query_of(given["query"])
    url = f"{given['scheme']}://{given['host']}{given['path']}{'?' if query else ''}{query}"
    headers = dict(given["headers"])
    headers.update({"X-Security-Token": given["security_token"]} if given["security_token"] else {})
    headers.update({"X-Project-Id": given["project_id_header"]} if given["project_id_header"] else {})
    body = None if given["body_utf8"] is None else given["body_utf8"].encode()
    moment = datetime.strptime(given["x_sdk_date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    added = sign(given["method"], url, headers, body, given["ak"], given["sk"], moment, None)
    assert added["Authorization"] == expected["authorization"]
    after = {name: value for name, value in expected["headers_after_signing"].items() if name.lower() != "host"}
    ascii_only = {name: value for name, value in {**headers, **added}.items() if value.isascii() and name != "host"}
    assert ascii_only == {name: value for name, value in after.items() if value.isascii()}


def signed_names(headers: dict[str, str], **settings: Any) -> list[str]:
    proof = sign("GET", f"{HOST}/x", headers, None, *KEYS, MOMENT, **settings)["Authorization"]
    return proof.split("SignedHeaders=")[1].split(",")[0].split(";")


def test_only_what_nobody_changes_on_the_way_is_signed() -> None:
    headers = {"User-Agent": "me", "Accept": "*/*", "Content-Type": "application/json", "X-Project-Id": "1"}
    assert signed_names(headers) == ["content-type", "host", "x-project-id", "x-sdk-date"]
    assert signed_names({"X-Security-Token": "t"}) == ["host", "x-sdk-date", "x-security-token"]
    assert set(signed_names({"Content-Type": "text/plain"})) <= set(SIGNED)


def test_a_caller_may_say_which_headers_are_signed() -> None:
    assert signed_names({"X-A": "1", "X-B": "2"}, names=["host", "x-b", "x-sdk-date"]) == ["host", "x-b", "x-sdk-date"]


def proof(url: str = f"{HOST}/x", **changes: Any) -> str:
    given = {"method": "POST", "headers": {}, "body": b"{}", "moment": MOMENT, **changes}
    return sign(
        given["method"], url, given["headers"], given["body"], given.get("ak", "AK"), given.get("sk", "SK"),
        given["moment"],
    )["Authorization"]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://dli.example.com/x", "https://dli.example.com:443/x"),
        ("http://dli.example.com/x", "http://dli.example.com:80/x"),
        ("https://dli.example.com/x", "https://DLI.Example.com/x"),
        ("https://dli.example.com/x", "https://me:secret@dli.example.com/x"),
        ("https://dli.example.com/x", "https://dli.example.com/x/"),
        ("https://dli.example.com", "https://dli.example.com/"),
        ("https://dli.example.com/x?a=1&b=2", "https://dli.example.com/x?b=2&a=1"),
        ("https://dli.example.com/x?a", "https://dli.example.com/x?a="),
        ("https://dli.example.com/x?a=b%20c", "https://dli.example.com/x?a=b+c"),
        ("https://dli.example.com/x%7Ey", "https://dli.example.com/x~y"),
    ],
)
def test_addresses_that_a_server_sees_alike(one: str, other: str) -> None:
    assert proof(one) == proof(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://dli.example.com/x", "https://dli.example.com:8443/x"),
        ("https://dli.example.com/x", "https://dli.example.com:80/x"),
        ("https://[::1]:8443/x", "https://[::1]/x"),
        ("https://dli.example.com/x?a=+", "https://dli.example.com/x?a=%2B"),
        ("https://dli.example.com/x?a=1&a=2", "https://dli.example.com/x?a=1"),
        ("https://dli.example.com/X", "https://dli.example.com/x"),
    ],
)
def test_addresses_that_a_server_sees_as_different(one: str, other: str) -> None:
    assert proof(one) != proof(other)


def test_repeated_names_are_signed_in_the_order_of_their_values() -> None:
    assert proof(f"{HOST}/x?a=9&a=10&b=1&a=100") == proof(f"{HOST}/x?b=1&a=100&a=10&a=9")


@pytest.mark.parametrize(
    "change", [{"body": b"{ }"}, {"method": "PUT"}, {"sk": "other"}, {"moment": MOMENT + timedelta(seconds=1)}]
)
def test_what_is_changed_needs_another_signature(change: dict[str, Any]) -> None:
    assert proof(**change) != proof()


def test_space_around_a_header_does_not_count() -> None:
    assert proof(headers={"X-Project-Id": " 1 "}) == proof(headers={"x-project-id": "1"})


def test_a_moment_is_told_in_utc() -> None:
    berlin = MOMENT.astimezone(timezone(timedelta(hours=1)))
    assert sign("GET", HOST, {}, None, *KEYS, berlin)["X-Sdk-Date"] == "20250102T030405Z"


def test_a_date_that_is_there_stays() -> None:
    added = sign("GET", HOST, {"x-sdk-date": "20200101T000000Z"}, None, *KEYS, MOMENT)
    assert list(added) == ["Authorization"]


def test_a_form_is_not_signed_in_its_bytes() -> None:
    def form(content: bytes) -> MultipartBody:
        return MultipartBody([FilePart("file", "a.jar", len(content), lambda: BytesIO(content))])

    one, other = form(b"one"), form(b"other")
    headers = {"Content-Type": one.content_type}
    added = sign("POST", HOST, headers, one, *KEYS, MOMENT)
    assert added["X-Sdk-Content-Sha256"] == "UNSIGNED-PAYLOAD"
    assert "x-sdk-content-sha256" in added["Authorization"]
    assert added == sign("POST", HOST, headers, other, *KEYS, MOMENT)
    assert "X-Sdk-Content-Sha256" in sign("POST", HOST, {"Content-Type": "application/json"}, one, *KEYS, MOMENT)


def test_no_header_of_the_caller_is_changed() -> None:
    headers = {"X-Project-Id": " 1 "}
    sign("GET", HOST, headers, None, *KEYS, MOMENT)
    assert headers == {"X-Project-Id": " 1 "}
