"""What came of it all: what the demo's claims are held against. Values only; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_dli.local.airflow.api import TaskInstance
from airflow_provider_dli.local.demo.plan import TaskName
from airflow_provider_dli.local.demo.scene import JobSeen, Scene


@dataclass(frozen=True)
class SavepointFiles:
    """What lies on the disk where a savepoint should be.

    :param path: where, as the task returned it.
    :param size: bytes of all its files together; None where there is no such directory.
    :param has_metadata: whether it can be restored: the file ``_metadata`` is there.
    """

    path: str
    size: int | None
    has_metadata: bool


@dataclass(frozen=True)
class TaskFailure:
    """A task that failed.

    :param task: the task.
    :param error: the first line of what it raised.
    :param log: the end of its log.
    """

    task: TaskName
    error: str
    log: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of it all.

    :param scene: what was seen last.
    :param results: what the tasks returned.
    :param savepoints: what lies on the disk, by the task that made it.
    :param failures: the tasks that failed.
    """

    scene: Scene
    results: Mapping[TaskName, Any] = field(default_factory=dict)
    savepoints: Mapping[TaskName, SavepointFiles] = field(default_factory=dict)
    failures: tuple[TaskFailure, ...] = ()

    def job_of(self, task: TaskName) -> JobSeen | None:
        """Return the job that a task has started."""
        return self.scene.job(str(self.results.get(task)))

    def instance(self, task: TaskName) -> TaskInstance | None:
        """Return a task as it was seen last."""
        return dict(self.scene.tasks()).get(task)
