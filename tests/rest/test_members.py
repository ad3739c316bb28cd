from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from airflow_provider_dli.rest.members import Camel, Dashed, Members, content, nothing, several, text
from airflow_provider_dli.rest.request import Answer


class Toy(Members):
    name: str
    size_cm: float | None = None
    parts: tuple[Toy, ...] = ()


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
        ('{"name": "bear", "parts": [{}]}', "parts.0.name: Field required"),
        ("[]", "the whole: Input should be an object"),
        ("<html>", "the whole: Invalid JSON"),
        ("", "the whole: Invalid JSON"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(body: str, told: str) -> None:
    with pytest.raises(ValueError, match=rf"^{told}") as caught:
        Toy.read(answer(body))
    assert "\n" not in str(caught.value)


def test_a_list_is_read_as_several() -> None:
    assert [toy.name for toy in several(Toy)(answer('[{"name": "a"}, {"name": "b"}]'))] == ["a", "b"]
    assert several(Toy)(answer("[]")) == ()
    with pytest.raises(ValueError, match=r"^name: Field required"):
        several(Toy)(answer("[{}]"))


@pytest.mark.parametrize("read", [nothing, text, content])
def test_a_login_page_is_no_answer(read: Callable[[Answer], object]) -> None:
    with pytest.raises(ValueError, match="HTML page"):
        read(Answer(200, {"content-type": "text/html; charset=utf-8"}, b"<html>Log in</html>"))


def test_other_answers() -> None:
    assert nothing(answer("")) is None  # type: ignore[func-returns-value]
    assert text(Answer(200, {}, b"caf\xc3\xa9 \xff")) == "café \ufffd"
    assert content(Answer(200, {}, b"\xff")) == b"\xff"
