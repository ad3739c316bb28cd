"""What a simulated Flink cluster keeps: programs, jobs, operations, files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ENDED = ("FINISHED", "FAILED", "CANCELED")
SNAPSHOT = "SAVEPOINT"
STOP = "SYNC_SAVEPOINT"
CHECKPOINT = "CHECKPOINT"


@dataclass(frozen=True)
class Execute:
    """One ``execute()`` of a program.

    :param environment: the number of the environment that it belongs to.
    :param seconds: how long its job runs; None for a stream.
    :param fails: whether the job fails at its end.
    :param begins: seconds until all of its tasks run.
    """

    environment: int = 0
    seconds: float | None = None
    fails: bool = False
    begins: float = 0.3


@dataclass(frozen=True)
class Throw:
    """The program's own failure."""


@dataclass(frozen=True)
class Work:
    """Time that ``main()`` takes."""

    seconds: float


#: What the first argument of a program makes it do.
PROGRAMS: dict[str, tuple[Execute | Throw | Work, ...]] = {
    "stream": (Execute(),),
    "late_stream": (Execute(begins=18),),
    "batch": (Execute(seconds=25),),
    "long": (Execute(seconds=500),),
    "short": (Execute(seconds=1),),
    "slow": (Work(40), Execute(seconds=25)),
    "pondering": (Work(3), Execute(seconds=300)),
    "fails": (Execute(seconds=12, fails=True),),
    "two": (Execute(0, 15), Work(1), Execute(1, 25)),
    # The same, where the task does not say that it starts several jobs.
    "unsaid": (Execute(0, 15), Work(1), Execute(1, 25)),
    "pausing": (Execute(0, 40), Work(10), Execute(1, 25)),
    "two_in_one": (Execute(0, 15), Execute(0, 25)),
    "throws": (Execute(0, 15), Work(0.5), Throw()),
    "broken": (Throw(),),
}


@dataclass(repr=False)
class Run:
    """One run of a program's ``main()``.

    :param by: who asked for it.
    :param name: the program.
    :param at: when it began.
    """

    by: Any
    name: str
    at: float
    jar: str
    job_id: str | None
    application_id: str | None = None
    configuration: dict[str, str] = field(default_factory=dict)
    restore: str | None = None
    jobs: list[Job] = field(default_factory=list)
    failure: str | None = None
    swallowed: list[str] = field(default_factory=list)
    done: bool = False
    epoch: int = 0
    number: int = 0
    #: Whether the process that asked for it got the answer of ``/run``.
    answered: bool = False
    #: Which of the operators that its task executes in one try.
    part: int = 0
    #: The steps of `main()` that are still to come; of another JobManager where `main()` runs again.
    steps: Any = None
    is_again: bool = False
    #: Whether its JobManager died while `main()` was at work.
    is_cut: bool = False

    def __repr__(self) -> str:
        return f"run of {self.name} by {self.by}"

    @property
    def complete(self) -> bool:
        """Whether all of its jobs have finished, and its ``main()`` did not fail; it may have been cut after them."""
        wanted = sum(isinstance(step, Execute) for step in PROGRAMS[self.name])
        finished = sum(job.state == "FINISHED" and job.stopped_by is None for job in self.jobs)
        return self.failure is None and finished == wanted


@dataclass(repr=False)
class Job:
    """A job."""

    id: str
    name: str
    run: Run
    started: float
    seconds: float | None
    fails: bool
    user_config: dict[str, str]
    state: str = "INITIALIZING"
    running_since: float | None = None
    ended: float | None = None
    rows: list[Row] = field(default_factory=list)
    last_id: int = 0
    periodic_from: float = 0.0
    completed: int = 0
    failure: str | None = None
    #: The operation that has stopped it, or the process that has cancelled it.
    stopped_by: Any = None
    cancelled_by: Any = None
    forgotten: bool = False
    lost: bool = False
    again: bool = False
    epoch: int = 0
    restored: dict[str, Any] | None = None
    #: The environment of its program.
    environment: int = 0

    def __repr__(self) -> str:
        return f"job {self.name} {self.id} of {self.run.by}"

    @property
    def alive(self) -> bool:
        return self.state not in ENDED and not self.lost


@dataclass
class Row:
    """A checkpoint or savepoint in a job's history."""

    id: int
    kind: str
    at: float
    status: str = "IN_PROGRESS"
    done: float = -1.0
    path: str | None = None
    message: str | None = None


@dataclass
class Operation:
    """A savepoint, a stop or a checkpoint on demand, by its trigger id."""

    job_id: str
    id: str
    kind: str
    by: Any
    at: float
    directory: str
    job: Job | None = None
    row: Row | None = None
    path: str | None = None
    failure: str | None = None
    ended: float | None = None
    epoch: int = 0

    @property
    def in_progress(self) -> bool:
        return self.ended is None


@dataclass
class Application:
    """An application (Flink 2.3+)."""

    id: str
    name: str
    run: Run
    started: float
    jobs: list[Job] = field(default_factory=list)
    state: str = "RUNNING"
    ended: float | None = None
    trace: str = ""
    by_run_of_jar: bool = False
    #: The process that has cancelled it.
    cancelled_by: Any = None


@dataclass
class Jar:
    """An uploaded jar."""

    id: str
    name: str
    uploaded: float
    by: Any


@dataclass(frozen=True)
class Harm:
    """A stop or savepoint that another operation has destroyed.

    :param by: the operation that did it.
    :param to: the operation that it was done to.
    """

    by: Operation
    to: Operation
    at: float
