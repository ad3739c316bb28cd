from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_dli.rest.request import Answer, FilePart, Request, first_line, json_bytes
from tests.rest.clients import LOOK, RUN, jobs_of


def test_equal_requests_are_one_key() -> None:
    again = Request("GET", "/jobs/overview", jobs_of)
    assert again is not LOOK
    assert {LOOK: 1, again: 2} == {LOOK: 2}


@pytest.mark.parametrize(
    "change",
    [{"path": "/jobs"}, {"query": (("get", "a"),)}, {"json": b"{}"}, {"decode": Answer.json}, {"read_timeout": 1.0}],
    ids=lambda change: next(iter(change)),
)
def test_requests_that_differ_are_not_equal(change: dict[str, object]) -> None:
    assert replace(LOOK, **change) != LOOK


def test_only_a_get_is_safe() -> None:
    assert LOOK.safe
    assert not any(replace(LOOK, method=method).safe for method in ("POST", "PATCH", "DELETE", "PUT"))


def test_a_request_is_told_by_method_and_path() -> None:
    assert str(RUN) == "POST /jars/1/run"


def test_a_request_and_an_answer_do_not_show_what_is_in_them() -> None:
    request = replace(RUN, json=b'{"programArgsList":["--password","s3cr3t"]}')
    answer = Answer(200, {"set-cookie": "s3cr3t"}, b"s3cr3t")
    assert "s3cr3t" not in f"{request!r} {request} {answer!r} {answer}"


def test_files_are_compared_by_what_is_sent() -> None:
    part = FilePart("jarfile", "a.jar", 3, lambda: None)
    assert part == replace(part, open=lambda: None)
    assert part != replace(part, size=4)


@pytest.mark.parametrize(
    ("value", "written"),
    [({"b": 1, "a": [True, None]}, b'{"a":[true,null],"b":1}'), ({"a": "é"}, b'{"a":"\\u00e9"}'), ([], b"[]")],
)
def test_json_is_written_in_one_way(value: object, written: bytes) -> None:
    assert json_bytes(value) == written


def test_what_is_no_json_is_not_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_bytes({"a": float("nan")})


@pytest.mark.parametrize(
    ("body", "kind", "line"),
    [
        (b"\n one\ntwo", "text/plain", "one"),
        (b"", "text/plain", ""),
        (b"\xff\xfe", "", "\ufffd\ufffd"),
        (b"x" * 600, "", "x" * 500),
        (b"<html>", "text/html", "an HTML page, which is not from the API itself (a proxy or a login page?)"),
    ],
    ids=["lines", "empty", "bytes", "long", "html"],
)
def test_the_first_line_of_an_answer(body: bytes, kind: str, line: str) -> None:
    assert first_line(Answer(500, {"content-type": kind}, body)) == line
