"""Waits for checkpoints: one after a moment, some new ones, or one that is not too old.

All times are by the back end's clock, as far as that is known: of a job that runs, its start and its age show it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from airflow_provider_dli.jobs.backend import CHECKPOINTS_LAG, Backend
from airflow_provider_dli.jobs.errors import ConditionNotReachable
from airflow_provider_dli.jobs.look import look, recovered
from airflow_provider_dli.jobs.model import Checkpoint, Job
from airflow_provider_dli.rest.flow import Flow, pause
from airflow_provider_dli.rest.patience import Clock
from airflow_provider_dli.rest.wording import number_text

KINDS = ("any", "checkpoint", "savepoint")


@dataclass(frozen=True)
class Wanted:
    """Which checkpoints a wait is for.

    :param kind: ``any``, ``checkpoint`` or ``savepoint``.
    :param count: how many of them.
    :param after: only those that completed after this moment, in seconds since the epoch.
    :param max_age: only those that completed within this many seconds before now.
    """

    kind: str = "any"
    count: int = 1
    after: float | None = None
    max_age: float | None = None

    def fits(self, one: Checkpoint, now: float) -> bool:
        """Tell whether a checkpoint is one of those."""
        kind = self.kind == "any" or (self.kind == "savepoint") == one.is_savepoint
        moment = max(self.after or 0.0, now - self.max_age if self.max_age else 0.0)
        return kind and one.status == "COMPLETED" and one.completed >= moment

    def __str__(self) -> str:
        noun = "checkpoint" if self.kind == "any" else self.kind
        moment = f" after {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(self.after))} UTC" if self.after else ""
        age = f" not older than {number_text(self.max_age)} s" if self.max_age else ""
        return f"{self.count} completed {noun}{'s' if self.count > 1 else ''}{moment}{age}"


class _BackEndClock:
    """The back end's clock, as lookups of a job show it.

    :param clock: this process's clock, in seconds since the epoch, for the time between lookups.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = 0.0

    def at(self, job: Job) -> float:
        """Return the time, in seconds since the epoch: by this process's clock where the back end never told its own.

        :param job: the job as it was just found.
        """
        if job.started is not None and job.age is not None:
            self._ahead = job.started + job.age - self._clock()
        return self._clock() + self._ahead


def back_end_time(backend: Backend, *, job_id: str, clock: Clock = time.time) -> Flow[float]:
    """Return the time by the back end's clock, in seconds since the epoch; by this process's clock where unknown.

    :param backend: where the job runs.
    :param job_id: the job that shows it.
    :param clock: this process's clock.
    """
    return _BackEndClock(clock).at((yield from look(backend, job_id)))


def wait_for_checkpoint(
    backend: Backend,
    *,
    job_id: str,
    poll_interval: float,
    kind: str = "any",
    count: int = 1,
    after: float | None = None,
    max_age: float | None = None,
    since_start: bool = False,
    recovery: float = 0.0,
    clock: Clock = time.time,
) -> Flow[Checkpoint]:
    """Wait until a job has made the checkpoints that are wanted; return the newest of them.

    :param backend: where it runs.
    :param job_id: its id.
    :param poll_interval: seconds between two lookups.
    :param kind: see :class:`Wanted`, as for the next three.
    :param count: how many.
    :param after: completed after this moment, in seconds since the epoch.
    :param max_age: completed within this many seconds before now.
    :param since_start: only those that completed since the job has started, where ``after`` is None.
    :param recovery: seconds that a back end has to restart by itself a job that has failed.
    :param clock: this process's clock, in seconds since the epoch, where the back end does not show its own.
    :raises JobFailed: when the job ends badly before that.
    :raises ConditionNotReachable: when it finishes before that, or makes no checkpoints.
    """
    now_at = _BackEndClock(clock).at
    wanted = Wanted(kind, count, after, max_age)
    # The history holds only the last ten: those that were seen are kept, so that more than ten can be counted.
    fitting: dict[tuple[int, float], Checkpoint] = {}
    job: Job | None = None
    while True:
        job = yield from look(backend, job_id, job)
        if since_start and wanted.after is None:
            wanted = replace(wanted, after=job.started)
        now = now_at(job)
        history = (yield from backend.checkpoints(job_id)).history
        fitting |= {(one.id, one.triggered): one for one in history}
        fitting = {key: one for key, one in fitting.items() if wanted.fits(one, now)}
        if len(fitting) >= count:
            return max(fitting.values(), key=lambda one: one.completed)
        if job.ended_badly and not job.stop_failed:
            job = yield from recovered(backend, job, recovery)
        yield from _check(backend, job, wanted, now)
        yield from pause(poll_interval, f"{job}; {len(fitting)} of {wanted}; the newest is {_newest(history)}")


def _check(backend: Backend, job: Job, wanted: Wanted, now: float) -> Flow[None]:
    """Make sure that what is waited for can still come."""
    if job.is_over and now >= (job.ended or 0.0) + CHECKPOINTS_LAG:
        raise ConditionNotReachable(f"{job}, and did not make {wanted} before.", job_id=job.id)
    if wanted.kind == "checkpoint" and not (yield from backend.makes_checkpoints(job.id)):
        raise ConditionNotReachable(
            f"Job {job.name!r} makes no checkpoints: give it an interval (execution.checkpointing.interval).",
            job_id=job.id,
        )


def _newest(history: tuple[Checkpoint, ...]) -> str:
    return next((str(one) for one in history if one.status == "COMPLETED"), "none yet")
