"""What a batch has not: no savepoints, no checkpoints, no metrics."""

from __future__ import annotations

from typing import Any, ClassVar

from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.jobs.backend import MetricSource
from airflow_provider_dli.jobs.errors import ConditionNotReachable
from airflow_provider_dli.jobs.model import Checkpoints, Job, JobState, Stopped
from airflow_provider_dli.rest.flow import Flow


class WithoutState:
    """A back end for work that has a beginning and an end, and no state that could be kept.

    :param gate: knows the project.
    :param console: the address of a job's page, with ``{job_id}`` where its id belongs.
    """

    called = "DLI"
    forgets = "DLI keeps what has ended for a limited time."
    #: What its jobs are called, in the plural.
    jobs_are: ClassVar[str]

    def __init__(self, gate: Gate, console: str) -> None:
        self.gate = gate
        self._console = console

    def find_apart(self, job_id: str) -> Flow[Job | None]:
        """Return None: DLI has no second list of jobs."""
        yield from ()
        return None

    def tasks_run(self, job: Job) -> Flow[bool]:
        """Tell whether a job runs."""
        yield from ()
        return job.state is JobState.RUNNING

    def hint(self, job: Job) -> Flow[str]:
        """Tell nothing."""
        yield from ()
        return ""

    def give_up(self, job_id: str, *, within: float = 0.0) -> Flow[bool]:
        """Return False: what was sent can be found, and is cancelled like any other."""
        yield from ()
        return False

    def why_cancelled(self, job_id: str) -> Flow[str | None]:
        """Return None: DLI does not tell who has cancelled a job."""
        yield from ()
        return None

    def stop(self, job_id: str, *, directory: str | None, operation_id: str) -> Flow[Stopped]:
        """Say that there are no savepoints."""
        return self._has_no("savepoints", job_id)

    def checkpoints(self, job_id: str) -> Flow[Checkpoints]:
        """Say that there are none."""
        return self._has_no("checkpoints", job_id)

    def makes_checkpoints(self, job_id: str) -> Flow[bool]:
        """Say that there are none."""
        return self._has_no("checkpoints", job_id)

    def metric(self, job_id: str, source: MetricSource) -> Flow[float | None]:
        """Say that there are none."""
        return self._has_no("metrics", job_id)

    def metric_names(self, job_id: str, source: MetricSource) -> Flow[tuple[str, ...]]:
        """Say that there are none."""
        return self._has_no("metrics", job_id)

    def job_url(self, job_id: str) -> str:
        """Return the address of a job's page."""
        return self._console.replace("{job_id}", job_id)

    def _has_no(self, what: str, job_id: str) -> Flow[Any]:
        yield from ()
        raise ConditionNotReachable(f"DLI's {self.jobs_are} have no {what}.", job_id=job_id)
