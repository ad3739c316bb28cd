"""What lies in an object store: only there can be seen which checkpoints and savepoints are complete."""

from __future__ import annotations

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

    def complete_ones(self, path: str) -> Sequence[Found]:
        """Return the complete checkpoints and savepoints in a folder and below it.

        :param path: the folder, with ``obs://`` or without.
        :raises ValueError: when the store cannot be opened; says why.
        """
        ...
