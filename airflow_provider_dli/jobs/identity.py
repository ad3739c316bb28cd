"""Identities of task instances, and the ids of jobs and operations that are derived from them.

An id is known before the first request. So a retry, or a worker that replaces a killed one, finds what was started
without having stored anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from itertools import count
from uuid import UUID, uuid5

_NAMESPACE = UUID("5f2c1d9e-7d0b-5a35-9a55-0d1f3c9b7a61")
_HEX_ID = re.compile(r"[0-9a-fA-F]{32}")


@dataclass(frozen=True)
class Identity:
    """One task instance between two clears. It is equal for all tries of a generation, and never recurs.

    :param dag_id: the DAG.
    :param run_id: its run. A run that was deleted can be followed by another one with the same id.
    :param task_id: the task.
    :param map_index: index of a mapped task instance; -1 where the task is not mapped.
    :param generation: text that names one generation of one instance of the run: a clear changes it, a retry does not.
    :param execution: number of operator executions in the same try before this one, for code that executes several
        operators in one task.
    :param namespace: name of the Airflow installation; empty where none is configured.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1
    generation: str = ""
    execution: int = 0
    namespace: str = ""

    def series(self, operation: str) -> Iterator[str]:
        """Yield the ids for one operation: the first id, and the next one for each that a failure has used up.

        :param operation: name of the operation, as in ``run`` or ``savepoint``; each has a series of its own.
        """
        members = astuple(self)
        for number in count():
            yield uuid5(_NAMESPACE, json.dumps([*members, operation, number])).hex

    @property
    def kill_id(self) -> str:
        """The id of the stop with which a kill of the task ends its job."""
        return next(self.series("on_kill"))


def check_id(value: str, what: str = "job_id") -> str:
    """Return an id of Flink in lower case.

    :param value: the id.
    :param what: name of the parameter that holds it.
    :raises ValueError: when it is not 32 hexadecimal digits.
    """
    if not _HEX_ID.fullmatch(value):
        raise ValueError(
            f"{what} must be 32 hexadecimal digits, as in 'd63d21a66af14d4ca0fd3d05cdcff844'; "
            f"got {value!r} ({len(value)} characters)."
        )
    return value.lower()
