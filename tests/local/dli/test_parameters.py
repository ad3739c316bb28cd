from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.local.dli.parameters import (
    Member,
    anything,
    checked,
    flag,
    integer,
    integers,
    mapping,
    objects,
    text,
    texts,
)
from airflow_provider_dli.local.dli.refusals import Refusal
from tests.local.dli.answers import refused
from tests.local.dli.client import DliClient


def sentence_of(given: Any, *members: Member) -> str:
    with pytest.raises(Refusal) as refusal:
        checked(given, *members)
    assert (refusal.value.status, refusal.value.body["error_code"]) == (400, "DLI.0001")
    return str(refusal.value.body["error_msg"])


def test_what_is_unset_is_there_and_what_is_unknown_is_not() -> None:
    given = checked({"a": "x", "strange": 1, "c": None}, text("a"), text("b"), integer("c", default=3))

    assert given == {"a": "x", "b": None, "c": 3}


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        (text("a", required=True), None, "a is mandatory and is missing"),
        (text("a", required=True), "", "a is mandatory and is missing"),
        (texts("a", required=True), [], "a is mandatory and is empty"),
        (text("a"), 3, "a must be a text, not 3"),
        (integer("a"), "3", "a must be an integer, not '3'"),
        (integer("a"), True, "a must be an integer, not True"),
        (flag("a"), "true", "a must be true or false, not 'true'"),
        (texts("a"), "x", "a must be a list, not 'x'"),
        (texts("a"), ["x", 1], r"a[1] must be a text, not 1"),
        (integers("a"), [1, "x"], r"a[1] must be an integer, not 'x'"),
        (mapping("a"), [], "a must be an object, not []"),
        (mapping("a", text("b", required=True)), {}, "a.b is mandatory"),
        (objects("a", text("b", required=True)), [{"b": "x"}, {}], r"a[1].b is mandatory"),
        (text("a", allowed=("x", "y")), "z", "a must be one of x, y, not 'z'"),
        (text("a", longest=2), "xyz", "a may have 2 characters; it has 3"),
        (integer("a", least=1), 0, "a must be at least 1; it is 0"),
        (integer("a", least=1, most=9), 10, "a must be from 1 to 9; it is 10"),
    ],
)
def test_what_is_wrong_is_named(member: Member, value: Any, said: str) -> None:
    assert said in sentence_of({"a": value}, member)


def test_what_may_be_anything_is() -> None:
    for value in ("x", 1, True, [1], {"b": 2}):
        assert checked({"a": value}, anything("a")) == {"a": value}


@pytest.mark.parametrize("given", [None, [], "text", 1])
def test_a_body_that_is_no_object_is_refused(given: Any) -> None:
    assert "JSON object" in sentence_of(given, text("a"))


def test_a_body_that_is_no_json_is_refused(dli: DliClient) -> None:
    response = dli.post("/v1.0/{project_id}/queues", content=b"{", headers={"Content-Type": "application/json"})

    assert refused(response) == "DLI.0001"
    assert "no JSON" in response.json()["error_msg"]


@pytest.mark.parametrize(
    "query", [{"limit": "many"}, {"limit": "0"}, {"offset": "-1"}, {"status": ["x"], "limit": "1.5"}]
)
def test_a_query_is_checked_as_a_body_is(dli: DliClient, query: dict[str, Any]) -> None:
    assert refused(dli.get("/v1.0/{project_id}/variables", query=query)) == "DLI.0001"
