from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_dli.rest.multipart import MultipartBody
from airflow_provider_dli.rest.outgoing import prepare
from airflow_provider_dli.rest.request import FilePart
from tests.rest.clients import LOOK, RUN

ADDRESS = "https://proxy/flink"


def test_the_url_is_address_path_and_query() -> None:
    request = replace(LOOK, query=(("get", "a b&c"), ("agg", "max,sum")))
    assert prepare(request, ADDRESS, {}).url == "https://proxy/flink/jobs/overview?get=a%20b%26c&agg=max%2Csum"


def test_headers_say_what_the_body_is() -> None:
    assert prepare(LOOK, ADDRESS, {}).headers == {"Accept": "application/json"}
    assert prepare(RUN, ADDRESS, {}).headers["Content-Type"] == "application/json"


def test_a_file_goes_out_as_a_form() -> None:
    part = FilePart("jarfile", "a.jar", 3, lambda: None)
    outgoing = prepare(replace(RUN, json=None, files=(part,)), ADDRESS, {})
    assert isinstance(outgoing.body, MultipartBody)
    assert outgoing.headers["Content-Length"] == str(len(outgoing.body))
    assert outgoing.headers["Content-Type"].startswith("multipart/form-data; boundary=")


def test_the_target_s_headers_come_last() -> None:
    assert prepare(RUN, ADDRESS, {"Accept": "x", "X-A": "1"}).headers == {
        "Accept": "x",
        "Content-Type": "application/json",
        "X-A": "1",
    }


@pytest.mark.parametrize("value", ["s3cr3t\n", "a\r\nX: s3cr3t", " s3cr3t", "s3cr3t\u2026", "s3cr3t\x00"])
def test_a_header_that_cannot_be_sent_is_refused_without_its_value(value: str) -> None:
    with pytest.raises(ValueError, match=r"^Header X-Key") as caught:
        prepare(LOOK, ADDRESS, {"X-Key": value})
    assert "s3cr3t" not in str(caught.value)


def test_headers_and_body_are_not_shown() -> None:
    assert "s3cr3t" not in repr(prepare(replace(RUN, json=b"s3cr3t"), ADDRESS, {"X-Key": "s3cr3t"}))
