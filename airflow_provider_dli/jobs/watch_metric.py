"""Waiting for a metric to cross a threshold and stay there."""

from __future__ import annotations

import math
import operator
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from airflow_provider_dli.jobs.backend import Backend, MetricSource
from airflow_provider_dli.jobs.errors import ConditionNotReachable
from airflow_provider_dli.jobs.look import look, recovered
from airflow_provider_dli.jobs.model import Job, Reading
from airflow_provider_dli.rest.flow import Flow, pause
from airflow_provider_dli.rest.patience import Clock
from airflow_provider_dli.rest.wording import number_text

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
# How long a metric that has no value yet may still turn up: Flink fetches new ones every ten seconds.
PATIENCE_FOR_A_NEW_METRIC = 30.0


@dataclass
class Hold:
    """Counts how long a condition has held without a break.

    :param polls: how many looks in a row are wanted.
    :param seconds: for how long it must have held.
    """

    polls: int
    seconds: float
    looks: int = 0
    began: float = 0.0

    def satisfied(self, holds: bool, now: float) -> bool:
        """Note one look; tell whether it has held for long enough."""
        if not holds:
            self.looks = 0
            return False
        self.began = self.began if self.looks else now
        self.looks += 1
        return self.looks >= self.polls and now - self.began >= self.seconds


def wait_for_metric(
    backend: Backend,
    *,
    job_id: str,
    metric: str,
    threshold: float,
    poll_interval: float,
    vertex: str | None = None,
    taskmanagers: bool = False,
    aggregation: str = "max",
    comparison: str = ">=",
    hold_polls: int = 1,
    hold_seconds: float = 0.0,
    recovery: float = 0.0,
    clock: Clock = time.monotonic,
    wall_clock: Clock = time.time,
) -> Flow[Reading]:
    """Wait until a metric compares with a threshold as wanted, for as long as wanted.

    The job's state is read before its metric each time: the metrics of a finished job are old. A value that is NaN or
    infinite satisfies no comparison.

    :param backend: where it runs.
    :param job_id: its id.
    :param metric: the metric, in the back end's spelling.
    :param threshold: what it is compared with.
    :param poll_interval: seconds between two looks.
    :param vertex: the vertex, by name or id; None for the job as a whole.
    :param taskmanagers: whether it is a metric of the TaskManagers.
    :param aggregation: ``min``, ``max``, ``avg`` or ``sum``.
    :param comparison: one of :data:`COMPARISONS`, as in metric ``>=`` threshold.
    :param hold_polls: how many looks in a row.
    :param hold_seconds: for how many seconds.
    :param recovery: seconds that a back end has to restart by itself a job that has failed.
    :param clock: seconds of a clock that nobody sets, for ``hold_seconds``.
    :param wall_clock: seconds since the epoch, for the moment of the reading.
    :raises JobFailed: when the job ends badly before that.
    :raises ConditionNotReachable: when it finishes before that, or there is no such metric.
    """
    source = MetricSource(metric, vertex, taskmanagers, aggregation)
    hold, missing, job = Hold(hold_polls, hold_seconds), Hold(2, PATIENCE_FOR_A_NEW_METRIC), None
    while True:
        job = yield from _running(backend, job_id, job, source, recovery)
        value, now = (yield from backend.metric(job_id, source)), clock()
        # A job that does not run has no values, and that is no news.
        if missing.satisfied(value is None and (yield from backend.tasks_run(job)), now):
            raise (yield from _no_such_metric(backend, job, source))
        if hold.satisfied(_compare(value, comparison, threshold), now) and value is not None:
            return Reading(metric, value, wall_clock())
        waiting = f"waiting for {comparison} {number_text(threshold)}"
        yield from pause(poll_interval, f"{source} {_value_text(value)}; {waiting}")


def _value_text(value: float | None) -> str:
    if value is None:
        return "has no value yet"
    return f"is {number_text(value)}" if math.isfinite(value) else "is no number yet"


def _running(backend: Backend, job_id: str, before: Job | None, source: MetricSource, recovery: float) -> Flow[Job]:
    job = yield from look(backend, job_id, before)
    if job.ended_badly and not job.stop_failed:
        job = yield from recovered(backend, job, recovery)
    if job.is_over:
        raise ConditionNotReachable(f"{job} before {source} was as wanted.", job_id=job_id)
    return job


def _compare(value: float | None, comparison: str, threshold: float) -> bool:
    return value is not None and math.isfinite(value) and COMPARISONS[comparison](value, threshold)


def _no_such_metric(backend: Backend, job: Job, source: MetricSource) -> Flow[ConditionNotReachable]:
    known = yield from backend.metric_names(job.id, source)
    if source.metric in known:
        sentence = f"{source} has no value, and {job}."
    else:
        close = get_close_matches(source.metric, known, n=5, cutoff=0.4) or sorted(known)[:5]
        sentence = (
            f"There is no metric {source.metric!r} of {_place(job, source)}. "
            f"Names there are like: {', '.join(close) or 'none'}."
        )
    return ConditionNotReachable(sentence, job_id=job.id)


def _place(job: Job, source: MetricSource) -> str:
    if source.taskmanagers:
        return "the TaskManagers"
    return f"vertex {source.vertex!r}" if source.vertex else f"job {job.name!r}"
