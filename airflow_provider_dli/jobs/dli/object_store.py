"""Paths of DLI's object store, and the history of a job as the store shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from airflow_provider_dli.jobs.model import Checkpoint
from airflow_provider_dli.jobs.object_store import Found

_CHECKPOINT = re.compile(r"/chk-(\d+)$")


def plain(path: str) -> str:
    """Return a path in the one spelling in which paths can be compared: ``bucket/key``, and no ``/`` at the end."""
    return path.strip().removeprefix("obs://").strip("/")


def as_checkpoints(found: Iterable[Found], ahead: float = 0.0) -> tuple[Checkpoint, ...]:
    """Return what was found as a job's history, newest first; each savepoint has the time as its id.

    :param found: complete checkpoints and savepoints.
    :param ahead: seconds by which DLI's clock is ahead of the store's.
    """
    history = {one.path: _checkpoint(one, ahead) for one in found}
    return tuple(sorted(history.values(), key=lambda one: one.completed, reverse=True))


def _checkpoint(found: Found, ahead: float) -> Checkpoint:
    number = _CHECKPOINT.search(found.path)
    return Checkpoint(
        id=int(number[1]) if number else int(found.completed * 1000),
        is_savepoint=number is None,
        status="COMPLETED",
        triggered=found.completed + ahead,
        completed=found.completed + ahead,
        path=found.path,
    )
