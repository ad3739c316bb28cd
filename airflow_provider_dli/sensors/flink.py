"""Sensors for clusters that speak Flink's REST API."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from airflow_provider_dli.links.flink import FlinkJobLink
from airflow_provider_dli.tasks.checkpoint_sensor import CheckpointSensor
from airflow_provider_dli.tasks.flink import FLINK
from airflow_provider_dli.tasks.job_sensor import JobSensor
from airflow_provider_dli.tasks.metric_sensor import MetricSensor
from airflow_provider_dli.tasks.parameters import Reader, choices_of, job_identifier, moment, number, optional, text
from airflow_provider_dli.tasks.status_sensor import StatusSensor

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
    readers: ClassVar[Mapping[str, Reader]] = {
        "flink_conn_id": text,
        "job_id": optional(job_identifier),
        "job_name": optional(text),
    }
    template_fields: Sequence[str] = tuple(readers)
    operator_extra_links = (FlinkJobLink(),)

    def __init__(self, *, flink_conn_id: str = "flink_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check(flink_conn_id=flink_conn_id)
        self.flink_conn_id = flink_conn_id


class FlinkJobStatusSensor(StatusSensor, FlinkJobSensor):
    """Waits until a job has one of some statuses. Returns the status.

    :param statuses: the statuses that end the wait, in Flink's words. A job that ends in another one fails the task.
        (templated)
    """

    readers = {**FlinkJobSensor.readers, "statuses": choices_of(STATUSES)}
    template_fields = tuple(readers)

    def __init__(self, *, statuses: Collection[str] = ("FINISHED",), **kwargs: Any) -> None:
        super().__init__(statuses=statuses, **kwargs)


class FlinkCheckpointSensor(CheckpointSensor, FlinkJobSensor):
    """Waits until a job has made checkpoints: new ones, ones after a moment, or one that is not too old.

    Returns the path of the newest of them, or its id where Flink gives no path. Without ``after`` and ``max_age``,
    those count that complete after the sensor began.
    """

    readers = {**FlinkJobSensor.readers, "after": optional(moment)}
    template_fields = tuple(readers)


class FlinkMetricSensor(MetricSensor, FlinkJobSensor):
    """Waits until a metric compares with a threshold as wanted, and stays so. Returns the value.

    Flink refreshes metrics every ten seconds at most. They are named in its spelling, as in ``numRestarts``, or
    ``Source__numbers.numRecordsOut`` of a vertex, which is given by name or id.

    :param taskmanagers: read it from the TaskManagers instead.
    """

    readers = {**FlinkJobSensor.readers, "metric": text, "threshold": number, "vertex": optional(text)}
    template_fields = tuple(readers)

    def __init__(self, *, vertex: str | None = None, taskmanagers: bool = False, **kwargs: Any) -> None:
        super().__init__(vertex=vertex, **kwargs)
        if vertex is not None and taskmanagers:
            raise ValueError("Give vertex or taskmanagers, and not both: a metric is read from one of them.")
        self.taskmanagers = taskmanagers

    @property
    def looks_at_taskmanagers(self) -> bool:
        """Whether it is a metric of the TaskManagers, and not of the job."""
        return self.taskmanagers
