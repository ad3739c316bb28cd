"""All operations of Flink's REST API from 1.7 to 2.3, and of its SQL Gateway's, as its documents and binaries tell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow_provider_dli.flink.version import Version


@dataclass(frozen=True)
class Member:
    """A query parameter, or a member of a body."""

    name: str
    since: str | None = None
    until: str | None = None

    @property
    def top(self) -> str:
        """The name of the outermost member: ``flinkConfiguration`` of ``flinkConfiguration.{key}``."""
        return self.name.split(".")[0].removesuffix("[]")

    def is_known_to(self, version: Version) -> bool:
        return not (
            (self.since and version < Version.read(self.since)) or (self.until and version > Version.read(self.until))
        )


@dataclass(frozen=True)
class Operation:
    """One operation."""

    group: str
    method: str
    path: str
    since: str
    until: str | None = None
    api_versions: tuple[str, ...] = ()
    query: tuple[Member, ...] = field(default=())
    body: tuple[Member, ...] = field(default=())

    def is_there_in(self, version: Version) -> bool:
        """Whether the JobManager of a version has it."""
        since, until = Version.read(self.since.lstrip("<=")), self.until and Version.read(self.until)
        return self.group == "jobmanager" and since <= version and (not until or version <= until)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _read(told: Mapping[str, Any]) -> Operation:
    members = {name: tuple(Member(**one) for one in told.get(name, ())) for name in ("query", "body")}
    return Operation(**{**told, **members})


OPERATIONS = [_read(one) for one in json.loads((Path(__file__).parent / "data" / "operations.json").read_text())]
