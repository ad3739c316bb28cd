"""Every operator and sensor of this package, with the least that each needs."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_dli.operators import flink as operators
from airflow_provider_dli.operators.flink import (
    FlinkCancelJobOperator,
    FlinkDeleteJarOperator,
    FlinkDisposeSavepointOperator,
    FlinkRescaleJobOperator,
    FlinkRunJarOperator,
    FlinkSqlOperator,
    FlinkStopJobOperator,
    FlinkTriggerCheckpointOperator,
    FlinkTriggerSavepointOperator,
    FlinkUploadJarOperator,
)
from airflow_provider_dli.sensors import flink as sensors
from airflow_provider_dli.sensors.flink import (
    FlinkCheckpointSensor,
    FlinkJobSensor,
    FlinkJobStatusSensor,
    FlinkMetricSensor,
)

JOB = "d63d21a66af14d4ca0fd3d05cdcff844"

LEAST: dict[type[BaseOperator], dict[str, Any]] = {
    FlinkUploadJarOperator: {"jar": "job.jar"},
    FlinkRunJarOperator: {"jar": "job.jar"},
    FlinkSqlOperator: {"sql": "SELECT 1"},
    FlinkTriggerSavepointOperator: {"job_id": JOB},
    FlinkStopJobOperator: {"job_id": JOB},
    FlinkCancelJobOperator: {"job_id": JOB},
    FlinkTriggerCheckpointOperator: {"job_id": JOB},
    FlinkDisposeSavepointOperator: {"savepoint_path": "file:/savepoints/1"},
    FlinkDeleteJarOperator: {"jar_id": "9a9a28ef-9b2c-4a4f-9a0f-0e4f6d5a6a2b_job.jar"},
    FlinkRescaleJobOperator: {"job_id": JOB, "parallelism": 2},
    FlinkJobStatusSensor: {"job_id": JOB},
    FlinkCheckpointSensor: {"job_id": JOB},
    FlinkMetricSensor: {"job_id": JOB, "metric": "numRestarts", "threshold": 1},
}
ABOUT_A_JOB = [kind for kind, least in LEAST.items() if "job_id" in least]
SENSORS = [kind for kind in LEAST if issubclass(kind, FlinkJobSensor)]


def names_in_the_package() -> set[str]:
    """The names of all operators and sensors that there are."""
    made_here = {
        name for name, kind in vars(sensors).items() if isinstance(kind, type) and issubclass(kind, FlinkJobSensor)
    }
    return {*operators.__all__, *made_here} - {FlinkJobSensor.__name__}


def make(task: type[BaseOperator], **arguments: Any) -> Any:
    """Return one of a kind."""
    return task(task_id="it", **{**LEAST[task], **arguments})
