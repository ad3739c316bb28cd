"""Every operator and sensor of this package, with the least that each needs."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_dli.operators import dli as dli_operators
from airflow_provider_dli.operators import flink as flink_operators
from airflow_provider_dli.operators.dli import (
    DliDeleteFlinkJobOperator,
    DliFlinkJarJobOperator,
    DliFlinkSqlJobOperator,
    DliImportSavepointOperator,
    DliReportEdgeJobStatusOperator,
    DliRunFlinkJobOperator,
    DliSparkBatchOperator,
    DliSqlOperator,
    DliStopFlinkJobOperator,
    DliTriggerSavepointOperator,
)
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
from airflow_provider_dli.sensors import dli as dli_sensors
from airflow_provider_dli.sensors import flink as flink_sensors
from airflow_provider_dli.sensors.dli import (
    DliFlinkCheckpointSensor,
    DliFlinkJobSensor,
    DliFlinkJobStatusSensor,
    DliFlinkMetricSensor,
)
from airflow_provider_dli.sensors.flink import (
    FlinkCheckpointSensor,
    FlinkJobSensor,
    FlinkJobStatusSensor,
    FlinkMetricSensor,
)

JOB = "d63d21a66af14d4ca0fd3d05cdcff844"
DLI_JOB = "2387"

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
    DliFlinkJarJobOperator: {"job_name": "orders", "jar": "obs://jars/job.jar", "queue_name": "flink"},
    DliFlinkSqlJobOperator: {"job_name": "orders", "sql": "INSERT INTO a SELECT 1", "queue_name": "flink"},
    DliRunFlinkJobOperator: {"job_id": DLI_JOB},
    DliStopFlinkJobOperator: {"job_id": DLI_JOB},
    DliDeleteFlinkJobOperator: {"job_id": DLI_JOB},
    DliTriggerSavepointOperator: {"job_id": DLI_JOB, "savepoint_directory": "bucket/savepoints"},
    DliImportSavepointOperator: {"job_id": DLI_JOB, "savepoint_path": "bucket/savepoints/1"},
    DliReportEdgeJobStatusOperator: {"jobs": [{"job_id": 2387, "status": "job_running"}], "message_id": "m-1"},
    DliSparkBatchOperator: {"file": "obs://jars/job.py", "queue_name": "spark"},
    DliSqlOperator: {"sql": "SELECT 1"},
    DliFlinkJobStatusSensor: {"job_id": DLI_JOB},
    DliFlinkCheckpointSensor: {"job_id": DLI_JOB},
    DliFlinkMetricSensor: {"job_id": DLI_JOB, "metric": "total_read_rate", "threshold": 1},
}
ABOUT_A_JOB = [kind for kind, least in LEAST.items() if "job_id" in least]
SENSORS = [kind for kind in LEAST if issubclass(kind, (FlinkJobSensor, DliFlinkJobSensor))]
ON_DLI = [kind for kind in LEAST if kind.__module__.partition(".dli")[1]]


def names_in_the_package() -> set[str]:
    """The names of all operators and sensors that there are."""
    return {
        *flink_operators.__all__,
        *dli_operators.__all__,
        *_sensors(flink_sensors, FlinkJobSensor),
        *_sensors(dli_sensors, DliFlinkJobSensor),
    }


def _sensors(module: ModuleType, base: type[BaseOperator]) -> set[str]:
    made = {name for name, kind in vars(module).items() if isinstance(kind, type) and issubclass(kind, base)}
    return made - {base.__name__}


def make(task: type[BaseOperator], **arguments: Any) -> Any:
    """Return one of a kind."""
    return task(task_id="it", **{**LEAST[task], **arguments})
