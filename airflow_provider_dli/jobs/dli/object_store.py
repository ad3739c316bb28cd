"""What lies in the object store: only there can be seen which checkpoints and savepoints a job of DLI has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from airflow_provider_dli.jobs.model import Checkpoint

#: What proves that a checkpoint or savepoint is complete: Flink writes it last.
PROOF = "_metadata"
_CHECKPOINT = re.compile(r"/chk-(\d+)$")


@dataclass(frozen=True)
class Found:
    """A folder that holds a complete checkpoint or savepoint.

    :param path: the folder, as DLI spells paths: ``bucket/key``.
    :param completed: when it was complete, in seconds since the epoch.
    """

    path: str
    completed: float


class ObjectStore(Protocol):
    """Where the checkpoints and savepoints of DLI's jobs lie. It may block."""

    def complete_ones(self, path: str) -> Sequence[Found]:
        """Return the complete checkpoints and savepoints in a folder and below it.

        :param path: the folder, with ``obs://`` or without.
        :raises ValueError: when the store cannot be opened; says why.
        """
        ...


def plain(path: str) -> str:
    """Return a path in the one spelling in which paths can be compared: ``bucket/key``, and no ``/`` at the end."""
    return path.strip().removeprefix("obs://").strip("/")


def as_checkpoints(found: Iterable[Found]) -> tuple[Checkpoint, ...]:
    """Return what was found as a job's history, newest first; each savepoint has the time as its id."""
    history = {one.path: _checkpoint(one) for one in found}
    return tuple(sorted(history.values(), key=lambda one: one.completed, reverse=True))


def _checkpoint(found: Found) -> Checkpoint:
    number = _CHECKPOINT.search(found.path)
    return Checkpoint(
        id=int(number[1]) if number else int(found.completed * 1000),
        is_savepoint=number is None,
        status="COMPLETED",
        triggered=found.completed,
        completed=found.completed,
        path=found.path,
    )
