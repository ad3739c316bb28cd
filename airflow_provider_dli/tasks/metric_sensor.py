"""Waiting for a metric."""

from __future__ import annotations

from typing import Any

from airflow_provider_dli.jobs.backend import AGGREGATIONS
from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.jobs.model import Reading
from airflow_provider_dli.jobs.watch_metric import COMPARISONS, wait_for_metric
from airflow_provider_dli.tasks.job_sensor import JobSensor
from airflow_provider_dli.tasks.parameters import check_choice, not_negative, whole


class MetricSensor(JobSensor):
    """Waits until a metric compares with a threshold as wanted, and stays so. Returns the value.

    The job's state is read before each poll: the numbers of a job that has ended never satisfy the sensor. Over several
    tasks, those whose value is NaN, infinite or a text are left out.

    :param metric: the metric's name, in the back end's spelling. (templated)
    :param threshold: what it is compared with. (templated)
    :param comparison: ``<``, ``<=``, ``==``, ``!=``, ``>=`` or ``>``, as in metric ``>=`` threshold.
    :param vertex: read it from this part of the job, by name; None for the job as a whole. (templated)
    :param aggregation: over several of them: ``min``, ``max``, ``avg`` or ``sum``.
    :param hold_polls: for how many looks in a row it must hold, 1 or more.
    :param hold_seconds: for how many seconds it must hold.
    """

    def __init__(
        self,
        *,
        metric: str,
        threshold: float | str,
        comparison: str = ">=",
        vertex: str | None = None,
        aggregation: str = "max",
        hold_polls: int = 1,
        hold_seconds: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_choice("comparison", comparison, COMPARISONS)
        check_choice("aggregation", aggregation, AGGREGATIONS)
        self.check(metric=metric, threshold=threshold, vertex=vertex)
        if self.looks_once and (hold_polls > 1 or hold_seconds):
            raise ValueError("In mode='reschedule' nothing can be held: use deferrable=True, or mode='poke'.")
        self.metric = metric
        self.threshold: Any = threshold
        self.comparison = comparison
        self.vertex = vertex
        self.aggregation = aggregation
        self.hold_polls = whole("hold_polls", hold_polls)
        self.hold_seconds = not_negative("hold_seconds", hold_seconds)

    def wait(self, job_id: str | None) -> Call:
        """Return the call of the flow that waits."""
        return call(
            wait_for_metric,
            job_id=job_id,
            metric=self.metric,
            threshold=self.threshold,
            comparison=self.comparison,
            vertex=self.vertex,
            taskmanagers=self.looks_at_taskmanagers,
            aggregation=self.aggregation,
            hold_polls=self.hold_polls,
            hold_seconds=self.hold_seconds,
            recovery=0.0 if self.looks_once else self.grace_period,
            poll_interval=self.poll_interval,
        )

    @property
    def looks_at_taskmanagers(self) -> bool:
        """Whether it is a metric of the TaskManagers, and not of the job."""
        return False

    def seen(self, result: Reading) -> float:
        """Return the metric's value."""
        return result.value
