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
class StreamOnDli:
    """The stream that DLI was to run.

    :param job_id: its id on DLI.
    :param name: its name.
    :param status: its status, in DLI's words.
    :param runs: how often DLI was asked to run a job.
    :param page: the emulator's page.
    """

    job_id: str
    name: str
    status: str
    runs: int
    page: str


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
    :param flink_ids: the ids that the jobs of DLI have on Flink, by the task that has started them.
    :param on_dli: the stream that DLI was to run; None where it was not started.
    """

    scene: Scene
    results: Mapping[TaskName, Any] = field(default_factory=dict)
    savepoints: Mapping[TaskName, SavepointFiles] = field(default_factory=dict)
    failures: tuple[TaskFailure, ...] = ()
    flink_ids: Mapping[TaskName, str] = field(default_factory=dict)
    on_dli: StreamOnDli | None = None

    def job_of(self, task: TaskName) -> JobSeen | None:
        """Return the job on Flink that a task has started."""
        return self.scene.job(self.flink_ids.get(task) or str(self.results.get(task)))

    def instance(self, task: TaskName) -> TaskInstance | None:
        """Return a task as it was seen last."""
        return dict(self.scene.tasks()).get(task)
