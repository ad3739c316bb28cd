"""Sensors for Flink jobs on Huawei Cloud DLI."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from airflow_provider_dli.jobs.dli import metric_names, states
from airflow_provider_dli.links.dli import DliJobLink
from airflow_provider_dli.tasks.checkpoint_sensor import CheckpointSensor
from airflow_provider_dli.tasks.dli import DLI, GLOBAL_VARIABLES
from airflow_provider_dli.tasks.job_sensor import JobSensor
from airflow_provider_dli.tasks.metric_sensor import MetricSensor
from airflow_provider_dli.tasks.parameters import (
    Reader,
    choice_of,
    choices_of,
    job_number,
    moment,
    number,
    optional,
    path_in_obs,
    text,
)
from airflow_provider_dli.tasks.status_sensor import StatusSensor


class DliFlinkJobSensor(JobSensor):
    """What all sensors here share: they watch one Flink job on DLI.

    :param job_id: the job's id, a number, or (templated)
    :param job_name: its exact name. (templated)
    :param dli_conn_id: the connection. (templated)
    """

    place = DLI
    link = DliJobLink
    readers: ClassVar[Mapping[str, Reader]] = {
        "dli_conn_id": text,
        "job_id": optional(job_number),
        "job_name": optional(text),
    }
    template_fields: Sequence[str] = tuple(readers)
    undefined_advice = GLOBAL_VARIABLES
    operator_extra_links = (DliJobLink(),)

    def __init__(self, *, dli_conn_id: str = "dli_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check(dli_conn_id=dli_conn_id)
        self.dli_conn_id = dli_conn_id


class DliFlinkJobStatusSensor(StatusSensor, DliFlinkJobSensor):
    """Waits until a job has one of some statuses. Returns the status.

    A job in ``job_running_exception`` that DLI is set to restart has ``grace_period`` seconds to come back, unless that
    status is waited for, or the mode is ``reschedule``.

    :param statuses: the statuses that end the wait, in DLI's words. A job that ends in another one fails the task.
        (templated)
    """

    readers = {**DliFlinkJobSensor.readers, "statuses": choices_of(tuple(states.FLINK))}
    template_fields = tuple(readers)

    def __init__(self, *, statuses: Collection[str] = ("job_finish",), **kwargs: Any) -> None:
        super().__init__(statuses=statuses, **kwargs)


class DliFlinkCheckpointSensor(CheckpointSensor, DliFlinkJobSensor):
    """Waits until a job has made checkpoints or savepoints, as the object store shows.

    DLI itself lists none; the ``_metadata`` of each is the proof. The connection's ``object_store`` says how to open
    the store. Returns the path of the newest of them. Without ``after`` and ``max_age``, those count that complete
    after the sensor began.

    :param path: the folder to look in, ``bucket/folder``; None for where DLI tells that the job has them: its
        ``checkpoint_path``, the places for checkpoints and savepoints in its ``obs_bucket``, and its last savepoint.
        (templated)
    """

    readers = {**DliFlinkJobSensor.readers, "after": optional(moment), "path": optional(path_in_obs)}
    template_fields = tuple(readers)
    flow = "wait_for_dli_checkpoint"

    def __init__(self, *, path: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check(path=path)
        self.path = path

    def arguments_of(self, job_id: str | None) -> dict[str, Any]:
        """Return the arguments of the flow that waits."""
        return {**super().arguments_of(job_id), "path": self.path}


class DliFlinkMetricSensor(MetricSensor, DliFlinkJobSensor):
    """Waits until a metric compares with a threshold as wanted, and stays so. Returns the value.

    DLI measures ``total_read_rate`` and ``total_write_rate`` (records a second) of a job, and ``sources.records``,
    ``sources.corrupted_records``, ``sinks.records`` and ``sinks.corrupted_records``, of all sources or sinks or of the
    one that ``vertex`` names. It calls this deprecated.
    """

    readers = {
        **DliFlinkJobSensor.readers,
        "metric": choice_of(metric_names.NAMES),
        "threshold": number,
        "vertex": optional(text),
    }
    template_fields = tuple(readers)
