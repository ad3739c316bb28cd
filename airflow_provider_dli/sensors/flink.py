"""Sensors for clusters that speak Flink's REST API."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from airflow_provider_dli.jobs.backend import AGGREGATIONS
from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.jobs.model import Checkpoint, Job, Reading
from airflow_provider_dli.jobs.wait import wait_for_status
from airflow_provider_dli.jobs.watch_checkpoints import KINDS, wait_for_checkpoint
from airflow_provider_dli.jobs.watch_metric import COMPARISONS, wait_for_metric
from airflow_provider_dli.links.flink import FlinkJobLink
from airflow_provider_dli.tasks.flink import FLINK
from airflow_provider_dli.tasks.job_sensor import JobSensor
from airflow_provider_dli.tasks.parameters import (
    check,
    check_choice,
    moment,
    not_negative,
    number,
    positive,
    whole,
    words,
)

STATUSES = (
    "INITIALIZING",
    "CREATED",
    "RUNNING",
    "RESTARTING",
    "FAILING",
    "CANCELLING",
    "SUSPENDED",
    "RECONCILING",
    "FINISHED",
    "CANCELED",
    "FAILED",
)


class FlinkJobSensor(JobSensor):
    """What all sensors here share: they watch one job.

    :param job_id: the job's id, 32 hex digits, or (templated)
    :param job_name: its exact name; of several, the one that has not ended. (templated)
    :param flink_conn_id: the connection. (templated)
    """

    place = FLINK
    link = FlinkJobLink
    template_fields: Sequence[str] = ("flink_conn_id", "job_id", "job_name")
    operator_extra_links = (FlinkJobLink(),)

    def __init__(self, *, flink_conn_id: str = "flink_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.flink_conn_id = flink_conn_id


class FlinkJobStatusSensor(FlinkJobSensor):
    """Waits until a job has one of some statuses. Returns the status.

    :param statuses: the statuses that end the wait, in Flink's words. A job that ends in another one fails the task.
        (templated)
    """

    template_fields = (*FlinkJobSensor.template_fields, "statuses")

    def __init__(self, *, statuses: Collection[str] = ("FINISHED",), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check(_statuses, "statuses", statuses)
        self.statuses = statuses

    def wait(self, job_id: str) -> Call:
        """Return the call of the flow that waits."""
        statuses = _statuses("statuses", self.statuses)
        return call(wait_for_status, job_id=job_id, statuses=statuses, poll_interval=self.poll_interval)

    def seen(self, result: Job) -> str:
        """Return the job's status."""
        return result.status


class FlinkCheckpointSensor(FlinkJobSensor):
    """Waits until a job has made checkpoints: new ones, ones after a moment, or one that is not too old.

    Returns the path of the newest of them, or its id where Flink gives no path. Without ``after`` and ``max_age``,
    those count that complete after the sensor began.

    :param kind: ``any``, ``checkpoint`` or ``savepoint``.
    :param count: how many of them, 1 or more.
    :param after: only those that completed after this moment: a datetime, a text in ISO 8601, or seconds since the
        epoch. (templated)
    :param max_age: only those that completed within this many seconds before now.
    """

    template_fields = (*FlinkJobSensor.template_fields, "after")

    def __init__(
        self,
        *,
        kind: str = "any",
        count: int = 1,
        after: datetime | str | float | None = None,
        max_age: float | timedelta | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_choice("kind", kind, KINDS)
        check(moment, "after", after)
        if self.looks_once and after is None and max_age is None:
            raise ValueError("In mode='reschedule', give after or max_age: the sensor forgets when it began.")
        self.kind = kind
        self.count = whole("count", count)
        self.after = after
        self.max_age = None if max_age is None else positive("max_age", max_age)

    def wait(self, job_id: str) -> Call:
        """Return the call of the flow that waits."""
        return call(
            wait_for_checkpoint,
            job_id=job_id,
            kind=self.kind,
            count=self.count,
            after=self._from(),
            max_age=self.max_age,
            poll_interval=self.poll_interval,
        )

    def _from(self) -> float | None:
        """Return the moment from which checkpoints count, in seconds since the epoch."""
        if self.after is None:
            return time.time() if self.max_age is None else None
        return moment("after", self.after)

    def seen(self, result: Checkpoint) -> str | int:
        """Return the checkpoint's path, or its id."""
        return result.path or result.id


class FlinkMetricSensor(FlinkJobSensor):
    """Waits until a metric compares with a threshold as wanted, and stays so. Returns the value.

    Flink refreshes metrics every ten seconds at most. The job's state is read before each look: the numbers of a job
    that has ended never satisfy the sensor.

    :param metric: the metric's name in Flink's spelling, as in ``numRestarts``, or ``Source__numbers.numRecordsOut`` of
        a vertex. (templated)
    :param threshold: what it is compared with. (templated)
    :param comparison: ``<``, ``<=``, ``==``, ``!=``, ``>=`` or ``>``, as in metric ``>=`` threshold.
    :param vertex: read it from this vertex, by name or id; None for the job as a whole. (templated)
    :param taskmanagers: read it from the TaskManagers instead.
    :param aggregation: over subtasks or TaskManagers: ``min``, ``max``, ``avg`` or ``sum``.
    :param hold_polls: for how many looks in a row it must hold, 1 or more.
    :param hold_seconds: for how many seconds it must hold.
    """

    template_fields = (*FlinkJobSensor.template_fields, "metric", "threshold", "vertex")

    def __init__(
        self,
        *,
        metric: str,
        threshold: float | str,
        comparison: str = ">=",
        vertex: str | None = None,
        taskmanagers: bool = False,
        aggregation: str = "max",
        hold_polls: int = 1,
        hold_seconds: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_choice("comparison", comparison, COMPARISONS)
        check_choice("aggregation", aggregation, AGGREGATIONS)
        check(number, "threshold", threshold)
        if vertex is not None and taskmanagers:
            raise ValueError("Give vertex or taskmanagers, and not both: a metric is read from one of them.")
        if self.looks_once and (hold_polls > 1 or hold_seconds):
            raise ValueError("In mode='reschedule' nothing can be held: use deferrable=True, or mode='poke'.")
        self.metric = metric
        self.threshold = threshold
        self.comparison = comparison
        self.vertex = vertex
        self.taskmanagers = taskmanagers
        self.aggregation = aggregation
        self.hold_polls = whole("hold_polls", hold_polls)
        self.hold_seconds = not_negative("hold_seconds", hold_seconds)

    def wait(self, job_id: str) -> Call:
        """Return the call of the flow that waits."""
        return call(
            wait_for_metric,
            job_id=job_id,
            metric=self.metric,
            threshold=number("threshold", self.threshold),
            comparison=self.comparison,
            vertex=self.vertex,
            taskmanagers=self.taskmanagers,
            aggregation=self.aggregation,
            hold_polls=self.hold_polls,
            hold_seconds=self.hold_seconds,
            poll_interval=self.poll_interval,
        )

    def seen(self, result: Reading) -> float:
        """Return the metric's value."""
        return result.value


def _statuses(name: str, value: Any) -> list[str]:
    """Return statuses, all of them Flink's."""
    statuses = words(name, value)
    for status in statuses:
        check_choice(name, status, STATUSES)
    return statuses
