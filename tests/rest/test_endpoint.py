from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.endpoint import Api, Parts, fill
from airflow_provider_dli.rest.exchange import read
from airflow_provider_dli.rest.request import Answer, Availability, FilePart

API = Api("Toys", "1.7", explain=lambda answer: "broken")


@API.endpoint("GET /boxes/:box/toys/:toy", Answer.json)
def toy(box: str, toy_id: str, **query: Any) -> Parts:
    """Ask for a toy."""
    return Parts([box, toy_id], query=query)


@API.endpoint("POST /boxes/:box", Answer.json, success=202, since="1.9")
def put(box: str, *, read_timeout: float | None = None, safely: bool = False, **toys: Any) -> Parts:
    """Put toys into a box."""
    return Parts([box], json=toys, repeatable=safely, read_timeout=read_timeout)


@API.endpoint("POST /boxes", Answer.json)
def send(file: FilePart) -> Parts:
    """Send a box."""
    return Parts(files=[file])


def test_a_call_makes_a_request() -> None:
    request = put("blue", bear=1, ball=None, read_timeout=5)
    assert (request.method, request.path, request.json) == ("POST", "/boxes/blue", b'{"bear":1}')
    assert (request.success, request.read_timeout, request.repeatable) == (frozenset({202}), 5, False)
    assert request.explain(Answer(400, {}, b"")) == "broken"
    assert request.decode(Answer(202, {}, b"[1]")) == [1]


def test_path_values_are_percent_encoded() -> None:
    request = toy("a b/c?", "1_Zürich%20作业.jar")
    assert request.path == "/boxes/a%20b%2Fc%3F/toys/1_Z%C3%BCrich%2520%E4%BD%9C%E4%B8%9A.jar"


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_path_value_that_would_change_the_path_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"/boxes/:box/toys/:toy needs :box, :toy, got \['blue', "):
        toy("blue", value)


def test_a_number_of_values_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="/boxes needs no values"):
        fill("/boxes", ["blue"])
    with pytest.raises(ValueError, match="/boxes/:box needs :box, got"):
        fill("/boxes/:box", [])


def test_a_query_is_written_as_text_without_what_is_none() -> None:
    assert toy("a", "b", name=None).query == ()
    assert toy("a", "b", shiny=False, count=0, name="").query == (("shiny", "false"), ("count", "0"), ("name", ""))


def test_a_body_has_no_members_that_are_none() -> None:
    assert put("blue", a=None, b=False, c=0, d="", e=[]).json == b'{"b":false,"c":0,"d":"","e":[]}'


def test_without_members_there_is_still_a_body() -> None:
    assert put("blue").json == b"{}"
    assert toy("a", "b").json is None


def test_equal_arguments_make_equal_requests() -> None:
    assert toy("a", "b", count=1) == toy("a", "b", count=1)
    assert hash(toy("a", "b")) == hash(toy("a", "b"))
    assert toy("a", "b") != toy("a", "c")
    assert put("a", x=1, y=2) == put("a", y=2, x=1)


def test_a_change_is_repeatable_only_where_that_is_said() -> None:
    assert [put("a").repeatable, put("a", safely=True).repeatable] == [False, True]


def test_a_file_goes_along() -> None:
    part = FilePart("jarfile", "a.jar", 1, lambda: None)
    assert send(part).files == (part,)
    assert send(part).json is None


def test_an_api_finds_its_endpoints() -> None:
    assert API.find("GET", "/boxes/blue/toys/bear%20a") is toy
    assert API.find("GET", "/boxes/blue") is None
    assert (toy.serves("GET", "/boxes/a/toys/b"), toy.serves("POST", "/boxes/a/toys/b")) == (True, False)


def test_a_look_that_changes_something_is_not_safe() -> None:
    other = Api("Others", "1")

    @other.endpoint("GET /stop", Answer.json, changes=True, until="2", instead="Use a POST.")
    def stop() -> Parts:
        """Stop."""
        return Parts()

    assert not stop().safe
    assert stop().availability == Availability("GET /stop", "1", "2", "Use a POST.")


def test_an_api_knows_its_endpoints() -> None:
    assert API.endpoints == [toy, put, send]
    assert [(one.method, one.template, one.availability.since) for one in API.endpoints[:2]] == [
        ("GET", "/boxes/:box/toys/:toy", "1.7"),
        ("POST", "/boxes/:box", "1.9"),
    ]


def test_an_endpoint_looks_like_its_function() -> None:
    assert (toy.__name__, toy.__doc__) == ("toy", "Ask for a toy.")
    assert repr(toy) == "<Endpoint GET /boxes/:box/toys/:toy>"


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (("red", "blue"), (("color", "red"), ("color", "blue"))),
        (["red"], (("color", "red"),)),
        ([True, 2], (("color", "true"), ("color", "2"))),
        ([], ()),
        ("red", (("color", "red"),)),
    ],
    ids=str,
)
def test_a_query_value_that_is_several_is_sent_once_for_each(value: Any, sent: Any) -> None:
    assert toy("a", "b", color=value).query == sent


def test_what_stands_in_braces_is_left_for_later() -> None:
    assert fill("/v1/{project_id}/boxes/:box", ["a b"]) == "/v1/{project_id}/boxes/a%20b"
    with pytest.raises(ValueError, match=r"/v1/\{project_id\}/boxes needs no values"):
        fill("/v1/{project_id}/boxes", ["project"])


class TestAnotherStatus:
    """A server that says 200 or 400 to nearly everything."""

    API = Api("Clouds", "", meant_status=lambda answer: answer.json()["meant"], success=frozenset({200, 201}))

    def ask(self, meant: int, status: int = 200) -> Any:
        @self.API.endpoint("GET /v1/{project_id}/clouds/:cloud", lambda answer: "rain")
        def cloud(cloud: str) -> Parts:
            """Ask for a cloud."""
            return Parts([cloud])

        assert cloud.serves("GET", "/v1/a1/clouds/b")
        assert not cloud.serves("GET", "/v1/a1/b1/clouds/b")
        return read(cloud("grey"), "http://clouds", Answer(status, {}, json.dumps({"meant": meant}).encode()))

    @pytest.mark.parametrize(
        ("status", "meant", "kind"),
        [
            (200, 400, errors.BadRequest),
            (200, 404, errors.NotFound),
            (400, 404, errors.NotFound),
            (400, 503, errors.ServerError),
            (204, 204, errors.UnexpectedAnswer),
            (400, 200, errors.UnexpectedAnswer),
        ],
    )
    def test_what_was_meant_decides(self, status: int, meant: int, kind: type[errors.RestError]) -> None:
        with pytest.raises(kind) as caught:
            self.ask(meant, status)
        assert (type(caught.value), caught.value.status) == (kind, status)

    @pytest.mark.parametrize("status", [200, 201])
    def test_a_success(self, status: int) -> None:
        assert self.ask(status, status) == "rain"
