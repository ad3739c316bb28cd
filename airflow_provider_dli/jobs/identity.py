"""Identities: the ids that jobs and operations of a task instance have, before any request is sent.

They are derived, so a retry, or a worker that took over from a killed one, finds what was begun without having stored
anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from itertools import count, islice
from uuid import UUID, uuid5

_NAMESPACE = UUID("5f2c1d9e-7d0b-5a35-9a55-0d1f3c9b7a61")
# How many ids of a series are thought of where all of its jobs are looked for: more was never seen.
_SHORT_SERIES = 20
# How many generations are thought of, this one among them; a clear makes one more for each try before.
_MOST_GENERATIONS = 20
_HEX_ID = re.compile(r"[0-9a-fA-F]{32}")


@dataclass(frozen=True)
class Identity:
    """Who asks: one task instance, between two clears.

    :param dag_id: the DAG.
    :param run_id: its run.
    :param task_id: the task.
    :param map_index: which of the mapped ones; -1 where it is not mapped.
    :param generation: changes when a person clears the task, and not when it is retried.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1
    generation: int = 0

    def series(self, operation: str) -> Iterator[str]:
        """Yield the ids for one operation: the first one, and the next for each that was used up by a bad end.

        :param operation: what is done, as in ``run`` or ``savepoint``; each has a series of its own.
        """
        for number in count():
            yield uuid5(_NAMESPACE, json.dumps([*astuple(self), operation, number])).hex

    @property
    def kill_id(self) -> str:
        """The id of the stop with which a kill of the task ends its job."""
        return next(self.series("on_kill"))

    def generations(self, operation: str) -> list[list[str]]:
        """Return the first ids for one operation, and those from before the task was cleared, newest first.

        :param operation: what is done, as in ``run``.
        """
        oldest = max(0, self.generation - _MOST_GENERATIONS + 1)
        ages = [replace(self, generation=number) for number in range(self.generation, oldest - 1, -1)]
        return [list(islice(age.series(operation), _SHORT_SERIES)) for age in ages]


def check_id(value: str, what: str = "job_id") -> str:
    """Return an id of Flink's, or say what is wrong with it.

    :param value: the id.
    :param what: the parameter that it was given as.
    :raises ValueError: when it is not 32 hexadecimal digits.
    """
    if not _HEX_ID.fullmatch(value):
        raise ValueError(
            f"{what} must be 32 hexadecimal digits, as in 'd63d21a66af14d4ca0fd3d05cdcff844'; "
            f"got {value!r} ({len(value)} characters)."
        )
    return value.lower()
