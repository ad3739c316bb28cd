from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Annotated

import pytest
from pydantic import Field

from airflow_provider_dli.rest.members import NEEDED, Camel, Dashed, Members, content, member, nothing, several, text
from airflow_provider_dli.rest.request import Answer


class Toy(Members):
    name: str
    size_cm: float | None = None
    parts: tuple[Toy, ...] = ()
    prices: Mapping[str, int] = Field(default_factory=dict)
    made: int | None = None
    age: Annotated[int | None, NEEDED] = None
    children: Annotated[tuple[Toy, ...], NEEDED] = ()


class DashedToy(Dashed):
    made_in: str


class CamelToy(Camel):
    made_in: str


def answer(body: str) -> Answer:
    return Answer(200, {}, body.encode())


def test_members_are_read_by_name_and_others_are_kept() -> None:
    toy = Toy.read(answer('{"name": "bear", "eyes": 2, "parts": [{"name": "arm", "left": true}]}'))
    assert (toy.name, toy.size_cm, toy.others) == ("bear", None, {"eyes": 2})
    assert toy.parts[0].others == {"left": True}


@pytest.mark.parametrize(("kind", "name"), [(DashedToy, "made-in"), (CamelToy, "madeIn")])
def test_members_may_be_spelled_in_other_ways(kind: type[DashedToy | CamelToy], name: str) -> None:
    assert kind.read(answer(f'{{"{name}": "Rome"}}')).made_in == "Rome"


@pytest.mark.parametrize("size", ['"NaN"', "NaN"])
def test_a_number_may_be_none(size: str) -> None:
    assert math.isnan(Toy.read(answer(f'{{"name": "bear", "size_cm": {size}}}')).size_cm or 0.0)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{}", "name: Field required"),
        ('{"name": null}', "name: Input should be a valid string"),
        ('{"name": ["bear"]}', "name: Input should be a valid string"),
        ('{"name": "bear", "age": "old"}', "age: Input should be a valid integer"),
        ('{"name": "bear", "children": [{}]}', "children.0.name: Field required"),
        ("[" * 100_000, "the whole: Invalid JSON"),
        ("[]", "the whole: Input should be an object"),
        ("<html>", "the whole: Invalid JSON"),
        ("", "the whole: Invalid JSON"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(body: str, told: str) -> None:
    with pytest.raises(ValueError, match=rf"^{told}") as caught:
        Toy.read(answer(body))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "odd", ['"much"', "[1]", "{}", "null", "2.5", "NaN", "-Infinity", "1e400", "true", "9" * 30, "9" * 5000]
)
def test_a_field_that_nobody_needs_fails_nothing(odd: str) -> None:
    toy = Toy.read(answer(f'{{"name": "bear", "made": {odd}, "new": {odd}}}'))
    assert (toy.name, toy.made) == ("bear", 1 if odd == "true" else None)


def test_what_cannot_be_read_of_a_list_is_left_out() -> None:
    toy = Toy.read(answer('{"name": "bear", "parts": [{"name": "arm"}, 5, {}], "prices": {"new": 7, "old": "N/A"}}'))
    assert [part.name for part in toy.parts] == ["arm"]
    assert toy.prices == {"new": 7}


def test_a_name_may_be_a_number() -> None:
    assert Toy.read(answer('{"name": 7, "made": "1999"}')) == Toy(name="7", made=1999)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'\xef\xbb\xbf{"name": "bear"}', "bear"),
        (b'{"name": "b\xff"}', "b\ufffd"),
        (b'{"name": "\\ud800r"}', "\ufffdr"),
        (b'{"name": "\\ud83d\\ude00", "\\udfff": 1}', "\U0001f600"),
    ],
)
def test_a_byte_order_mark_and_broken_characters_fail_nothing(body: bytes, name: str) -> None:
    read = Answer(200, {}, body)
    assert Toy.read(read).name == name == read.json()["name"]
    assert several(Toy)(Answer(200, {}, body.replace(b"{", b"[{").replace(b"}", b"}]"))) == (Toy.read(read),)


def test_one_text_of_a_response() -> None:
    assert member("id")(answer('{"id": "a"}')) == "a"
    assert member("id", "none")(answer('{"id": []}')) == "none"


@pytest.mark.parametrize(
    ("body", "told"),
    [("{}", "id: Field required"), ('{"id": 7}', "id: Input should be a text"), ("[]", "the whole: Input should be")],
)
def test_one_text_that_is_missing_is_named(body: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"^{told}"):
        member("id")(answer(body))


def test_a_list_is_read_as_several() -> None:
    assert [toy.name for toy in several(Toy)(answer('[{"name": "a"}, {"name": "b"}]'))] == ["a", "b"]
    assert several(Toy)(answer("[]")) == ()
    with pytest.raises(ValueError, match=r"^1\.name: Field required"):
        several(Toy)(answer('[{"name": "a"}, {}]'))
    with pytest.raises(ValueError, match=r"^the whole: Input should be a list"):
        several(Toy)(answer('{"name": "a"}'))


@pytest.mark.parametrize("read", [nothing, text, content])
def test_a_login_page_is_no_answer(read: Callable[[Answer], object]) -> None:
    with pytest.raises(ValueError, match="HTML page"):
        read(Answer(200, {"content-type": "text/html; charset=utf-8"}, b"<html>Log in</html>"))


def test_other_answers() -> None:
    assert nothing(answer("")) is None  # type: ignore[func-returns-value]
    assert text(Answer(200, {}, b"caf\xc3\xa9 \xff")) == "café \ufffd"
    assert content(Answer(200, {}, b"\xff")) == b"\xff"
