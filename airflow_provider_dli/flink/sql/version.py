"""What differs between the API versions of the SQL Gateway, in one place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from airflow_provider_dli.flink.version import NotInThisVersion
from airflow_provider_dli.rest.request import Availability

# The API versions that are known here, and the first Flink that has each. A gateway speaks the older ones as well.
RELEASES: Mapping[int, str] = {1: "1.16", 2: "1.17", 3: "1.20", 4: "2.0"}


@dataclass(frozen=True)
class SqlDialect:
    """Which versions of its API a gateway speaks.

    :param versions: their numbers, as 2 for ``v2``.
    """

    versions: frozenset[int]

    @classmethod
    def read(cls, names: Iterable[str]) -> SqlDialect:
        """Read ``V1``, ``V2`` and so on, in upper or lower case.

        :raises ValueError: when one is no version of the API.
        """
        return cls(frozenset(map(_number, names)))

    @property
    def newest(self) -> int:
        """The newest version that the gateway speaks and that is known here; 0 where there is none."""
        return max(self.versions & RELEASES.keys(), default=0)

    @property
    def wants_row_format(self) -> bool:
        """Whether a fetch of results must say how rows shall be written; v1 does not know that."""
        return self.newest >= 2

    def require(self, what: str, since: int) -> None:
        """Check that the gateway speaks a version or a newer one.

        :raises NotInThisVersion: when it does not.
        """
        if self.newest < since:
            raise NotInThisVersion(f"{what} needs {_told(since)} or newer; {self}.")

    def best_for(self, operation: Availability) -> int:
        """Return the newest version that has an operation and that the gateway speaks.

        :raises NotInThisVersion: when there is none.
        """
        since, until = _number(operation.since), _number(operation.until or f"v{max(RELEASES)}")
        fitting = self.versions & set(range(since, until + 1))
        if not fitting:
            needed = f"needs {_told(since)} or newer" if operation.until is None else f"is there in {_told(until)} only"
            raise NotInThisVersion(f"{operation.operation} {needed}; {self}. {operation.instead}".rstrip())
        return max(fitting)

    def __str__(self) -> str:
        return f"this SQL Gateway speaks {', '.join(_told(version) for version in sorted(self.versions)) or 'none'}"


def _number(name: str) -> int:
    match = re.fullmatch(r"[vV](\d+)", name)
    if not match:
        raise ValueError(f"{name!r} is no version of the SQL Gateway's API.")
    return int(match[1])


def _told(version: int) -> str:
    return f"v{version} (Flink {RELEASES[version]}+)" if version in RELEASES else f"v{version}"
