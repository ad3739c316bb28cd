"""Sensors for clusters that speak Flink's REST API."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    BaseSensorOperator,
)

from airflow_provider_dli.flink.metrics import AGGREGATIONS
from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.jobs.model import Checkpoint, Job, Reading
from airflow_provider_dli.jobs.wait import wait_for_status
from airflow_provider_dli.jobs.watch_checkpoints import KINDS, wait_for_checkpoint
from airflow_provider_dli.jobs.watch_metric import COMPARISONS, wait_for_metric
from airflow_provider_dli.links.flink import FlinkJobLink
from airflow_provider_dli.operators.flow_task import DEFERRABLE, FlowTask
from airflow_provider_dli.operators.parameters import (
    check_choice,
    check_job,
    check_list,
    check_positive,
    is_known,
    number,
)
from airflow_provider_dli.rest.patience import WaitTimedOut

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

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


class FlinkJobSensor(FlowTask, BaseSensorOperator):
    """What all sensors here share: they watch one job.

    In ``mode="poke"`` and when deferred, the sensor watches without a break; in ``mode="reschedule"`` it looks once
    each time. ``timeout``, ``soft_fail`` and ``mode`` are those of every Airflow sensor.

    :param job_id: the job's id, 32 hex digits, or (templated)
    :param job_name: its exact name; of several, the one that has not ended. (templated)
    :param flink_conn_id: the connection. (templated)
    :param deferrable: whether the wait goes on in the triggerer.
    :param poll_interval: seconds between two looks, above 0.
    :param grace_period: seconds for which a hiccup of the cluster is ridden out.
    """

    ui_color = "#d6e5f5"
    template_fields: Sequence[str] = ("flink_conn_id", "job_id", "job_name")
    operator_extra_links = (FlinkJobLink(),)

    def __init__(
        self,
        *,
        job_id: str | None = None,
        job_name: str | None = None,
        flink_conn_id: str = "flink_default",
        deferrable: bool = DEFERRABLE,
        poll_interval: float = 10.0,
        grace_period: float = 60.0,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("poke_interval", poll_interval)
        super().__init__(**kwargs)
        self._set_up(flink_conn_id, deferrable, poll_interval, grace_period)
        check_job(job_id, job_name)
        self.job_id = job_id
        self.job_name = job_name

    @property
    def looks_once(self) -> bool:
        """Whether each run of the task looks once, and remembers nothing of the looks before."""
        return self.reschedule and not self.deferrable

    def execute(self, context: Context) -> Any:
        """Wait here or in the triggerer.

        :param context: the task's context.
        """
        with self.failing_as_airflow_wants(context):
            job_id = self.find_job_id(self.job_id, self.job_name)
            FlinkJobLink.push(context, self.hook.backend.job_url(job_id))
            if self.looks_once:
                return super().execute(context)
            return self.complete(context, self.run_or_defer(self.wait(job_id), time.time() + self.timeout))

    def poke(self, context: Context) -> bool:
        """Look once.

        :param context: the task's context.
        """
        job_id = self.find_job_id(self.job_id, self.job_name)
        try:
            self.hook.run(self.wait(job_id).on(self.hook.backend), deadline=time.time())
        except WaitTimedOut:
            return False
        return True

    def wait(self, job_id: str) -> Call:
        """Return the call of the flow that waits."""
        raise NotImplementedError

    def complete(self, context: Context, result: Any) -> Any:
        """Say what was seen, and return it."""
        self.log.info("%s", result)
        return self.seen(result)

    def seen(self, result: Any) -> Any:
        """Return the task's result."""
        raise NotImplementedError

    def timed_out(self, context: Context, error: WaitTimedOut, job_id: str | None) -> Exception:
        """Return Airflow's own time-out, which ``soft_fail`` understands."""
        return AirflowSensorTimeout(str(error))

    @contextmanager
    def failing_as_airflow_wants(self, context: Context, job_id: str | None = None) -> Iterator[None]:
        """Turn errors into what Airflow understands, and into a skip where the sensor is to fail softly."""
        try:
            with super().failing_as_airflow_wants(context, job_id):
                yield
        except (AirflowSensorTimeout, AirflowFailException) as error:
            if self.soft_fail or getattr(self, "never_fail", False):
                raise AirflowSkipException(str(error)) from error
            raise


class FlinkJobStatusSensor(FlinkJobSensor):
    """Waits until a job has one of some statuses. Returns the status.

    :param statuses: the statuses that end the wait, in Flink's words. A job that ends in another one fails the task.
    """

    template_fields = (*FlinkJobSensor.template_fields, "statuses")

    def __init__(self, *, statuses: Collection[str] = ("FINISHED",), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_list("statuses", statuses)
        for status in statuses:
            check_choice("statuses", status, STATUSES)
        self.statuses = statuses

    def wait(self, job_id: str) -> Call:
        """Return the call of the flow that waits."""
        return call(wait_for_status, job_id=job_id, statuses=list(self.statuses), poll_interval=self.poll_interval)

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
        max_age: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_choice("kind", kind, KINDS)
        check_positive("count", count)
        check_positive("max_age", max_age)
        if is_known(after):
            _moment(after)
        if self.looks_once and after is None and max_age is None:
            raise ValueError("In mode='reschedule', give after or max_age: the sensor forgets when it began.")
        self.kind = kind
        self.count = count
        self.after = after
        self.max_age = max_age

    def wait(self, job_id: str) -> Call:
        """Return the call of the flow that waits."""
        after = time.time() if self.after is None and self.max_age is None else _moment(self.after)
        return call(
            wait_for_checkpoint,
            job_id=job_id,
            kind=self.kind,
            count=self.count,
            after=after,
            max_age=self.max_age,
            poll_interval=self.poll_interval,
        )

    def seen(self, result: Checkpoint) -> str | int:
        """Return the checkpoint's path, or its id."""
        return result.path or result.id


class FlinkMetricSensor(FlinkJobSensor):
    """Waits until a metric compares with a threshold as wanted, and stays so. Returns the value.

    Flink refreshes metrics every ten seconds at most. The job's state is read before each look: the numbers of a job
    that has ended never satisfy the sensor.

    :param metric: the metric's name in Flink's spelling, as in ``numRestarts`` or ``0.Source__numbers.numRecordsOut``.
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
        check_positive("hold_polls", hold_polls)
        if is_known(threshold):
            number("threshold", threshold)
        if self.looks_once and (hold_polls > 1 or hold_seconds):
            raise ValueError("In mode='reschedule' nothing can be held: use deferrable=True, or mode='poke'.")
        self.metric = metric
        self.threshold = threshold
        self.comparison = comparison
        self.vertex = vertex
        self.taskmanagers = taskmanagers
        self.aggregation = aggregation
        self.hold_polls = hold_polls
        self.hold_seconds = hold_seconds

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


def _moment(given: datetime | str | float | None) -> float | None:
    """Return a moment in seconds since the epoch."""
    if given is None or isinstance(given, (int, float)):
        return given
    if isinstance(given, datetime):
        return given.timestamp()
    import pendulum

    parsed = pendulum.parse(given)
    if not isinstance(parsed, datetime):
        raise ValueError(f"after must be a moment, as in 2026-11-21T06:00:00Z; got {given!r}.")
    return parsed.timestamp()
