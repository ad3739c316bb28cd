"""What has failed in a job: ``/jobs/:jobid/exceptions``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.version import Dialect
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Camel, Dashed


class JobException(Camel):
    """One entry of a job's exception history.

    :param stacktrace: as Flink wrote it.
    :param exception_name: the whole name of its class.
    :param timestamp: when it was thrown; -1 where unknown.
    :param task_name: the task that failed, with its attempt; None where the whole job failed.
    :param location: host and port of the TaskManager that it ran on (Flink up to 1.20).
    :param endpoint: the same (Flink 1.19+).
    :param task_manager_id: the TaskManager's id (Flink 1.17+).
    :param failure_labels: what the cluster's failure enrichers have said of it (Flink 1.18+).
    :param concurrent_exceptions: what failed with it.
    """

    stacktrace: str
    exception_name: str = ""
    timestamp: int = -1
    task_name: str | None = None
    location: str | None = None
    endpoint: str | None = None
    task_manager_id: str | None = None
    failure_labels: Mapping[str, str] | None = None
    concurrent_exceptions: tuple[JobException, ...] | None = None

    @property
    def place(self) -> str:
        """Host and port of the TaskManager that it was thrown on; empty where the whole job failed."""
        return self.endpoint or self.location or ""


class ExceptionHistory(Camel):
    """A job's exceptions, the newest first.

    :param entries: the exceptions that made the job restart or fail.
    :param truncated: whether there were more.
    """

    entries: tuple[JobException, ...] = ()
    truncated: bool = False


class TaskException(Camel):
    """One exception, as Flink told it up to 1.20.

    :param exception: its stack trace, as Flink wrote it.
    :param task: the task that failed.
    :param location: host and port of the TaskManager that it ran on.
    :param endpoint: the same (Flink 1.19+).
    :param task_manager_id: the TaskManager's id (Flink 1.17+).
    :param timestamp: when it was thrown.
    """

    exception: str
    task: str = ""
    location: str | None = None
    endpoint: str | None = None
    task_manager_id: str | None = None
    timestamp: int = -1


class JobExceptions(Dashed):
    """What ``/jobs/:jobid/exceptions`` tells; :attr:`newest_first` reads every version's answer alike.

    :param exception_history: the exceptions (Flink 1.13+).
    :param root_exception: the stack trace of the last one (Flink up to 1.20).
    :param timestamp: when that was thrown (Flink up to 1.20).
    :param all_exceptions: those that came with it (Flink up to 1.20).
    :param truncated: whether there were more of these (Flink up to 1.20).
    """

    exception_history: ExceptionHistory | None = Field(None, alias="exceptionHistory")
    root_exception: str | None = None
    timestamp: int | None = None
    all_exceptions: tuple[TaskException, ...] | None = None
    truncated: bool | None = None

    @property
    def newest_first(self) -> tuple[JobException, ...]:
        """All exceptions, the newest first, each followed by those that came with it."""
        entries = self.exception_history.entries if self.exception_history else ()
        history = tuple(one for entry in entries for one in (entry, *(entry.concurrent_exceptions or ())))
        return history or tuple(self._root())

    def _root(self) -> Iterator[JobException]:
        """Read what Flink told before it had a history, with the task of the first exception that names one."""
        if self.root_exception:
            task = next((one for one in self.all_exceptions or () if one.task), None)
            yield JobException(
                stacktrace=self.root_exception,
                timestamp=-1 if self.timestamp is None else self.timestamp,
                task_name=task.task if task else None,
                location=task.location if task else None,
            )


@FLINK.endpoint("GET /jobs/:jobid/exceptions", JobExceptions.read)
def exceptions(
    dialect: Dialect, job_id: str, *, max_exceptions: int | None = None, failure_label: str | None = None
) -> Parts:
    """Ask what has failed in a job. Up to 3 seconds old.

    :param dialect: how the cluster's version wants to be spoken to.
    :param job_id: the job's id, 32 hex digits.
    :param max_exceptions: how many to tell at most, 0 or more; None for all that are kept, 16 unless the cluster is set
        otherwise (Flink 1.10+).
    :param failure_label: tell only those with this label, as in ``key:value`` (Flink 1.18+).
    """
    if max_exceptions is not None:
        dialect.require("max_exceptions", (1, 10))
    if failure_label is not None:
        dialect.require("failure_label", (1, 18))
    return Parts([job_id], query={"maxExceptions": max_exceptions, "failureLabelFilter": failure_label})
