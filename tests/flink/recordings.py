"""Answers of real clusters of many versions, and the requests that they answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

# Every endpoint registers itself.
import airflow_provider_dli.flink.client  # noqa: F401
from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.version import Version
from airflow_provider_dli.rest.endpoint import Endpoint, Parts
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.exchange import read
from airflow_provider_dli.rest.request import Answer, Request

FOLDER = Path(__file__).parent / "recorded"


@dataclass(frozen=True)
class Recording:
    """One answer of a real cluster."""

    version: str
    name: str
    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    text: str = field(default="", repr=False)
    json: Any = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.version}-{self.name}"

    @property
    def answer(self) -> Answer:
        body = self.text or ("" if self.json is None else json.dumps(self.json))
        return Answer(self.status, self.headers, body.encode())

    @property
    def endpoint(self) -> Endpoint[..., Any] | None:
        """The endpoint that such an answer belongs to; None for a path that is none of the API's."""
        return FLINK.find(self.method, re.sub("^/v1(?=/)|[?].*$", "", self.path))

    @property
    def request(self) -> Request[Any]:
        """A request that this answers."""
        assert self.endpoint, f"No endpoint asks {self.method} {self.path}"
        return self.endpoint.request(Parts(["x"] * self.endpoint.template.count(":")))

    def read(self) -> Any:
        """Return what the answer says."""
        return read(self.request, "http://jobs:8081", self.answer)

    def error(self) -> RestError:
        """Return the error that the answer stands for."""
        try:
            raise AssertionError(f"{self} is no error: {self.read()}")
        except RestError as error:
            return error


@cache
def recordings() -> Mapping[str, Recording]:
    return {str(one): one for one in _all()}


def recorded(version: str, name: str) -> Recording:
    return recordings()[f"{version}-{name}"]


def versions_with(name: str) -> list[str]:
    """Return the versions that an answer of this name was recorded of."""
    return [one.version for one in recordings().values() if one.name == name]


def _all() -> Iterator[Recording]:
    for file in sorted(FOLDER.glob("*.json"), key=lambda file: Version.read(file.stem)):
        for members in json.loads(file.read_text()):
            yield Recording(version=file.stem, **members)
