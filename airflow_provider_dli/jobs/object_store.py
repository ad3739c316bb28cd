"""What lies in an object store: only there can be seen which checkpoints and savepoints are complete."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

#: What proves that a checkpoint or savepoint is complete: Flink writes it last.
PROOF = "_metadata"


@dataclass(frozen=True)
class Found:
    """A folder that holds a complete checkpoint or savepoint.

    :param path: the folder, in the store's own spelling.
    :param completed: when it was complete, in seconds since the epoch.
    """

    path: str
    completed: float


class ObjectStore(Protocol):
    """Where the checkpoints and savepoints of jobs lie. It may block."""

    def complete_ones(self, path: str, job_id: str | None = None) -> Sequence[Found]:
        """Return the complete checkpoints and savepoints in a folder and below it.

        :param path: the folder, with ``obs://`` or without.
        :param job_id: only those below folders in it whose names begin with this id; None for all.
        :raises ValueError: when the store cannot be opened; says why.
        """
        ...


def as_url(path: str) -> str:
    """Return a directory in a spelling that others than Flink can open as well.

    :param path: the directory, as Flink is given it: a local path may be without a scheme, or with one slash only.
    """
    local = _local(path)
    return f"file:///{local}" if local is not None else path.rstrip("/")


def as_flink_spells(path: str) -> str:
    """Return a directory in the spelling that Flink uses in its responses.

    :param path: the directory, as Flink is given it.
    """
    local = _local(path)
    return f"file:/{local}" if local is not None else path.rstrip("/")


def _local(path: str) -> str | None:
    """Return a local path without its first slash; None for one that is not local."""
    slashes = re.match(r"(?:file:)?/+(?!/)", path)
    return path[slashes.end() :].rstrip("/") if slashes else None
