"""What a job is, whatever runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from airflow_provider_dli.rest.wording import number_text


class JobState(str, Enum):
    """Where a job stands. The back end's own word for it is kept beside, in :attr:`Job.status`."""

    DRAFT = "draft"
    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    SAVEPOINTING = "savepointing"
    ENDING = "ending"
    SUSPENDED = "suspended"
    FINISHED = "finished"
    CANCELED = "canceled"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Whether a job that stands here will never run again."""
        return self in {JobState.FINISHED, JobState.CANCELED, JobState.FAILED}


class WaitUntil(str, Enum):
    """What a wait waits for."""

    SUBMITTED = "submitted"
    RUNNING = "running"
    CHECKPOINTED = "checkpointed"
    FINISHED = "finished"


@dataclass(frozen=True)
class Job:
    """A job as it was seen at one moment.

    :param id: the back end's id.
    :param name: its name.
    :param state: where it stands.
    :param status: the same in the back end's own word.
    :param tasks: how many of its tasks are in which state, in the back end's words, lower case.
    :param started: when it started, in seconds since the epoch.
    :param ended: when it ended, in seconds since the epoch; None while it has not.
    :param may_recover: whether the back end may bring it back by itself, although it has failed.
    :param age: seconds since it started, by the back end's own clock; None where that does not tell.
    :param stop_failed: whether it counts as failed because a stop of it has failed, so that it may still run.
    :param is_known_status: whether this version of the provider knows the status.
    """

    id: str
    name: str
    state: JobState
    status: str
    tasks: Mapping[str, int] = field(default_factory=dict)
    started: float | None = None
    ended: float | None = None
    may_recover: bool = False
    age: float | None = None
    stop_failed: bool = False
    is_known_status: bool = True

    @property
    def has_ended(self) -> bool:
        """Whether it will never run again."""
        return self.state.is_final

    @property
    def ended_badly(self) -> bool:
        """Whether it failed or was cancelled."""
        return self.has_ended and self.state is not JobState.FINISHED

    @property
    def is_over(self) -> bool:
        """Whether it does not run and will not by itself: a failed one may restart, or may not have ended at all."""
        return self.has_ended and not (self.may_recover or self.stop_failed)

    @property
    def all_tasks_run(self) -> bool:
        """Whether it really runs: every task does, or has done its work. The job object alone says RUNNING earlier."""
        at_work = self.tasks.get("running", 0) + self.tasks.get("finished", 0)
        return self.state is JobState.RUNNING and at_work == self._total > 0

    @property
    def without_slot(self) -> int:
        """How many tasks wait for a slot."""
        return self.tasks.get("scheduled", 0)

    @property
    def _total(self) -> int:
        return self.tasks.get("total", 0)

    def __str__(self) -> str:
        counts = [f"{count} {state}" for state, count in self.tasks.items() if count and state != "total"]
        tasks = f", tasks: {', '.join(counts)}" if counts and not self.has_ended else ""
        named = f"{self.name!r} ({self.id})" if self.name else self.id
        status = self.status or "without a status"
        unknown = "" if self.is_known_status else ", a status that this version of the provider does not know"
        return f"job {named} is {status}{unknown}{tasks}"


@dataclass(frozen=True)
class Savepoint:
    """A savepoint that was made.

    :param job_id: the job that it is of.
    :param path: where it lies.
    :param operation_id: the id of the operation that made it; None where nobody knows it.
    :param job_status: the job's status afterwards, in the back end's word.
    """

    job_id: str
    path: str
    operation_id: str | None
    job_status: str


@dataclass(frozen=True)
class Stopped:
    """A job that was stopped, on a back end that need not say where its savepoint lies.

    :param job_id: the job.
    :param job_status: its status afterwards, in the back end's word.
    :param has_savepoint: whether it can be started again from a savepoint.
    :param savepoint_path: where that lies; None where there is none, or nobody says.
    """

    job_id: str
    job_status: str
    has_savepoint: bool
    savepoint_path: str | None = None


@dataclass(frozen=True)
class Operation:
    """How far a savepoint, a stop with one, or a checkpoint on demand has come.

    :param path: where the savepoint lies, once it does.
    :param failure: why there is none, once that is clear.
    :param checkpoint_id: the checkpoint's id within the job, once it is complete.
    :param forgotten: whether it counts as failed only because the back end no longer knows how it ended.
    """

    path: str | None = None
    failure: str | None = None
    checkpoint_id: int | None = None
    forgotten: bool = False


@dataclass(frozen=True)
class MadeCheckpoint:
    """A checkpoint that was made on demand.

    :param job_id: the job that it is of.
    :param checkpoint_id: its id within the job.
    :param path: where it lies; None for state in the back end's memory, and where that was never told.
    :param operation_id: the id of the operation that made it.
    """

    job_id: str
    checkpoint_id: int
    path: str | None
    operation_id: str


@dataclass(frozen=True)
class DisposalState:
    """How far the deletion of a savepoint has come.

    :param done: whether it has ended, well or badly.
    :param failure: why it ended badly, if it did; a sentence.
    :param missing: whether that is because nothing is there.
    :param forgotten: whether it is because the back end no longer knows how the deletion ended.
    :param hopeless: whether repeating cannot help.
    """

    done: bool
    failure: str | None = None
    missing: bool = False
    forgotten: bool = False
    hopeless: bool = False


@dataclass(frozen=True)
class Begun:
    """An operation that was started, now or by an earlier try.

    :param operation_id: its id.
    :param after_checkpoint: the id of the last checkpoint before it; what it makes has a higher one.
    :param directory: the directory that belongs to it alone; None where it has none.
    """

    operation_id: str
    after_checkpoint: int
    directory: str | None = None


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint or savepoint, as it was seen.

    :param id: counts up within a job.
    :param is_savepoint: whether it was asked for.
    :param status: ``IN_PROGRESS``, ``COMPLETED`` or ``FAILED``.
    :param triggered: when it began, in seconds since the epoch.
    :param completed: when it was complete, in seconds since the epoch.
    :param path: where it lies, if anywhere.
    :param failure: why it failed, if it did.
    :param stops_job: whether it was made to stop the job.
    """

    id: int
    is_savepoint: bool
    status: str
    triggered: float
    completed: float
    path: str | None
    failure: str | None = None
    stops_job: bool = False

    def __str__(self) -> str:
        kind = "savepoint" if self.is_savepoint else "checkpoint"
        return f"{kind} {self.id}" + (f" at {self.path}" if self.path else "")


@dataclass(frozen=True)
class Checkpoints:
    """What a job's checkpoints were.

    :param completed: how many have completed since the job's coordinator began to count.
    :param history: the last ones, newest first.
    """

    completed: int
    history: tuple[Checkpoint, ...]

    @property
    def last_id(self) -> int:
        """The id of the newest; 0 where there is none."""
        return max((one.id for one in self.history), default=0)


@dataclass(frozen=True)
class Capacity:
    """How much room a cluster has.

    :param slots_free: free slots.
    :param slots_total: all slots.
    """

    slots_free: int
    slots_total: int


@dataclass(frozen=True)
class Vertex:
    """One vertex of a running job's graph.

    :param id: the back end's id.
    :param name: the names of its operators.
    :param parallelism: how many tasks it has.
    :param max_parallelism: how many it can be given; None where unknown.
    :param slot_sharing_group: which vertices it shares slots with; None where unknown.
    """

    id: str
    name: str
    parallelism: int
    max_parallelism: int | None = None
    slot_sharing_group: str | None = None


class Bounds(NamedTuple):
    """Within what a vertex's parallelism may move.

    :param lower: how many tasks it must have.
    :param upper: how many it may have.
    """

    lower: int
    upper: int


@dataclass(frozen=True)
class Failure:
    """What failed last in a job.

    :param cause: the deepest cause, one line.
    :param moment: when, in seconds since the epoch; None where nothing failed, or nobody knows when.
    :param task: the task that failed, with its attempt; empty where the whole job did.
    :param place: host and port that it ran on; empty where unknown.
    :param restarts: how often the job was restarted before; None where unknown.
    :param checkpoint: the last good checkpoint or savepoint, and where it lies; empty where there is none, None
        where that is not known.
    """

    cause: str
    moment: float | None = None
    task: str = ""
    place: str = ""
    restarts: int | None = None
    checkpoint: str | None = None


@dataclass(frozen=True)
class Reading:
    """One look at a metric.

    :param metric: its name.
    :param value: its value.
    :param at: when it was read, in seconds since the epoch.
    """

    metric: str
    value: float
    at: float

    def __str__(self) -> str:
        return f"{self.metric} is {number_text(self.value)}"


@dataclass(frozen=True)
class Watched:
    """What a sensor has waited for, with the job that it has found.

    :param job_id: the job.
    :param result: the result of the wait.
    """

    job_id: str
    result: Any
