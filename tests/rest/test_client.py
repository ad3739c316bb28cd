from __future__ import annotations

import inspect
from typing import Any

from airflow_provider_dli.rest.client import Group, Method, method, methods, spoken
from airflow_provider_dli.rest.endpoint import Api, Parts
from airflow_provider_dli.rest.request import Answer, Request

API = Api("Toys", "1")


@API.endpoint("GET /toys/:toy", Answer.json)
def toy(name: str) -> Parts:
    """Ask for a toy."""
    return Parts([name])


@API.endpoint("POST /toys", Answer.json)
def make(dialect: str, name: str, *, size: int = 1) -> Parts:
    """Make a toy."""
    return Parts(json={"name": name, "size": size, "as": dialect})


class Toys(Group):
    """Toys."""

    toy = method(toy)
    make = spoken(make)


class Box:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[Request[Any]] = []
        self.toys = Toys(self)

    def send(self, request: Request[Any]) -> Any:
        self.sent.append(request)
        return "sent"

    def dialect(self) -> str:
        return "old"


def test_a_method_sends_what_its_endpoint_makes() -> None:
    box = Box()
    assert box.toys.toy("bear") == "sent"
    assert box.sent == [toy("bear")]


def test_a_method_knows_the_dialect() -> None:
    box = Box()
    box.toys.make("bear", size=2)
    assert box.sent == [make("old", "bear", size=2)]


def test_a_method_is_described_as_its_endpoint_without_the_dialect() -> None:
    box = Box()
    assert inspect.getdoc(box.toys.make) == "Make a toy."
    assert list(inspect.signature(box.toys.make).parameters) == ["name", "size"]
    assert list(inspect.signature(box.toys.toy).parameters) == ["name"]


def test_the_methods_of_a_client_are_known_by_name() -> None:
    assert [name for name, _ in methods(Box())] == ["toys.toy", "toys.make"]
    assert isinstance(Toys.toy, Method)
    assert Toys.toy.endpoint is toy
