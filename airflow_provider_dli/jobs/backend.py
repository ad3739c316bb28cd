"""What a back end answers, and how it judges a refused submission. A new back end implements this and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from airflow_provider_dli.jobs.model import (
    Bounds,
    Capacity,
    Checkpoints,
    DisposalState,
    Failure,
    Job,
    Operation,
    Stopped,
    Vertex,
)
from airflow_provider_dli.jobs.program_run import ProgramRun
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow

# For so many seconds a job's list of checkpoints may lack the last ones.
CHECKPOINTS_LAG = 4.0
# How metrics of several tasks or TaskManagers become one number.
AGGREGATIONS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "min": min,
    "max": max,
    "avg": lambda values: sum(values) / len(values),
    "sum": sum,
}


class Verdict(Enum):
    """What an error after a submission means."""

    NOT_SENT = "nothing can have started; the error says all"
    DUPLICATE = "the id is in use already, or was"
    REFUSED = "the back end said no; a record of the job may exist all the same"
    UNCLEAR = "it may have started"


@dataclass(frozen=True)
class Advice:
    """What to do about a refusal.

    :param sentence: the server's own words, and what to do.
    :param hopeless: whether repeating cannot help.
    :param main_failed: whether it was the user's own ``main`` that failed.
    """

    sentence: str
    hopeless: bool
    main_failed: bool = False


@dataclass(frozen=True)
class Incarnation:
    """One process of a cluster that knows jobs.

    :param process: text that names it and never recurs; None where that is not known.
    :param keeps_jobs: whether another process, which takes over, knows the jobs that have not ended.
    """

    process: str | None
    keeps_jobs: bool

    def may_have_lost(self, since: str | None) -> bool:
        """Return whether jobs that ran under another process may be lost, and not ended.

        :param since: the process under which they ran; None where it is not known.
        """
        return self.is_another_than(since) and not self.keeps_jobs

    def is_another_than(self, since: str | None) -> bool:
        """Return whether this is another process; False where that is not known.

        :param since: the process at an earlier moment; None where it is not known.
        """
        return bool(self.process and since and self.process != since)


@dataclass(frozen=True)
class MetricSource:
    """Where a metric is read.

    :param metric: its name, in the back end's spelling.
    :param vertex: the vertex, by name or id; None for the job as a whole.
    :param taskmanagers: whether it is a metric of the TaskManagers instead.
    :param aggregation: one of :data:`AGGREGATIONS`, over subtasks or TaskManagers.
    """

    metric: str
    vertex: str | None = None
    taskmanagers: bool = False
    aggregation: str = "max"

    def __str__(self) -> str:
        if self.taskmanagers:
            return f"{self.aggregation} of {self.metric} over the TaskManagers"
        return f"{self.aggregation} of {self.metric} over {self.vertex!r}" if self.vertex else self.metric


class Named(Protocol):
    """A back end as sentences tell of it."""

    #: What it is called within a sentence.
    called: str
    #: Why it may not know a job any more; a sentence.
    forgets: str


class Backend(Named, Protocol):
    """A place where jobs run. Every method is a flow; none does I/O."""

    def find(self, job_id: str) -> Flow[Job | None]:
        """Look at a job, live; None when the back end knows none with this id."""
        ...

    def find_apart(self, job_id: str) -> Flow[Job | None]:
        """Return a job that :meth:`find` has not found, by another request; None where that finds none, or is none."""
        ...

    def all_jobs(self) -> Flow[Mapping[str, Job]]:
        """Look at all jobs, by id."""
        ...

    def jobs_named(self, name: str) -> Flow[Sequence[Job]]:
        """Look at the jobs of an exact name."""
        ...

    def tasks_run(self, job: Job) -> Flow[bool]:
        """Tell whether a job that was just seen really runs, with all its tasks."""
        ...

    def hint(self, job: Job) -> Flow[str]:
        """Tell why a job that was just seen may have to be waited for; empty where there is nothing to tell."""
        ...

    def cancel(self, job_id: str) -> Flow[None]:
        """Ask for a job to be cancelled; no error when it is just ending or was cancelled before."""
        ...

    def give_up(self, job_id: str, *, within: float = 0.0) -> Flow[bool]:
        """Cancel a program that has not ended after some seconds; return whether there is one that can be cancelled."""
        ...

    def stop(self, job_id: str, *, directory: str | None, operation_id: str) -> Flow[Stopped]:
        """Stop a job with a savepoint, and follow that to its end."""
        ...

    def checkpoints(self, job_id: str) -> Flow[Checkpoints]:
        """Look at a job's checkpoints; none where it can make none. Raises ``JobForgotten`` when it is gone."""
        ...

    def makes_checkpoints(self, job_id: str) -> Flow[bool]:
        """Tell whether a job makes checkpoints by itself."""
        ...

    def failure(self, job_id: str) -> Flow[Failure]:
        """Tell what failed last in a job; in one that has failed, that is why."""
        ...

    def why_cancelled(self, job_id: str) -> Flow[str | None]:
        """Tell why the back end itself has cancelled a job; None where somebody has asked for it."""
        ...

    def metric(self, job_id: str, source: MetricSource) -> Flow[float | None]:
        """Read a metric; None while it has no value."""
        ...

    def metric_names(self, job_id: str, source: MetricSource) -> Flow[tuple[str, ...]]:
        """List the metrics that there are where ``source`` looks."""
        ...

    def job_url(self, job_id: str) -> str:
        """Return the address of a job's page."""
        ...


class OperatingBackend(Backend, Protocol):
    """A back end whose savepoints, checkpoints and deletions are operations with ids, chosen by who asks for them."""

    def trigger_savepoint(
        self, job_id: str, *, directory: str | None, savepoint_format: str | None, trigger_id: str
    ) -> Flow[str]:
        """Begin a savepoint; return the operation's id."""
        ...

    def trigger_stop(
        self, job_id: str, *, directory: str | None, savepoint_format: str | None, drain: bool, trigger_id: str
    ) -> Flow[str]:
        """Begin a stop with a savepoint; return the operation's id."""
        ...

    def operation(self, job_id: str, operation_id: str) -> Flow[Operation | None]:
        """Look at a savepoint or a stop; None when the back end knows none with this id, or no longer."""
        ...

    def savepoint_directory(self) -> Flow[str | None]:
        """Return the default directory for savepoints; None where there is none, or nobody can say."""
        ...

    def checkpoints_lag(self) -> Flow[float]:
        """Return the seconds after which a response about a job's checkpoints is newer than the one before."""
        ...

    def running_since(self, job_id: str) -> Flow[float | None]:
        """Return when a job became running last, in seconds since the epoch by the back end's clock."""
        ...

    def trigger_checkpoint(self, job_id: str, *, checkpoint_type: str | None, trigger_id: str) -> Flow[str]:
        """Begin a checkpoint on demand; return the operation's id."""
        ...

    def checkpoint_operation(self, job_id: str, operation_id: str) -> Flow[Operation | None]:
        """Look at a checkpoint on demand; None when the back end knows none with this id, or no longer."""
        ...

    def dispose_savepoint(self, path: str, *, again: bool) -> Flow[str]:
        """Begin to delete a savepoint, ``again`` where it may be gone by now; return the operation's id."""
        ...

    def disposal(self, operation_id: str) -> Flow[DisposalState | None]:
        """Look at the deletion of a savepoint; None when the back end knows none with this id, or no longer."""
        ...

    def latest_run(self, ids: Sequence[str], *, marked: bool) -> Flow[ProgramRun | None]:
        """Return the run of the last id of a series that the back end knows; None where it knows none."""
        ...

    def run_of(self, program_id: str, job_ids: Collection[str]) -> Flow[ProgramRun | None]:
        """Return a run of a program as it is now; None where the back end knows nothing of it."""
        ...

    def why_program_failed(self, program_id: str) -> Flow[str | None]:
        """Return why a program itself has failed, apart from its jobs; None where it has not, or that is not known."""
        ...

    def incarnation(self) -> Flow[Incarnation]:
        """Return which process of the cluster knows the jobs now."""
        ...

    def clean_up(self, tag: str, *, has_ended: bool) -> Flow[None]:
        """Delete the uploads of a task instance, unless its program has not ended and may still need them."""
        ...

    def judge(self, error: RestError) -> Verdict:
        """Tell what an error after a submission means."""
        ...

    def advise(self, error: RestError) -> Advice:
        """Tell what to do about a refusal."""
        ...

    def restored_from(self, job_id: str) -> Flow[str | None]:
        """Tell which savepoint a job has started from; None where it has not, or the back end cannot tell."""
        ...


class RescalingBackend(OperatingBackend, Protocol):
    """A back end that can give a running job another parallelism."""

    def capacity(self) -> Flow[Capacity]:
        """Tell how much room there is."""
        ...

    def vertices(self, job_id: str) -> Flow[tuple[Vertex, ...]]:
        """Look at a job's vertices; none while it is just being set up. Seconds old."""
        ...

    def default_parallelism(self, job_id: str) -> Flow[int | None]:
        """Tell which parallelism a job was started with; None where it has none of its own."""
        ...

    def rescales_in_place(self, job_id: str) -> Flow[bool]:
        """Tell whether a job can be given another parallelism without a stop."""
        ...

    def bounds(self, job_id: str) -> Flow[Mapping[str, Bounds]]:
        """Tell within what the parallelism of a job's vertices may move, by their ids. Live."""
        ...

    def set_bounds(self, job_id: str, bounds: Mapping[str, Bounds]) -> Flow[None]:
        """Say within what the parallelism of all of a job's vertices may move; it is rescaled later, or never."""
        ...
