"""One DAG for each operator that changes something on Flink, waiting and deferrable; the run is told where."""

from __future__ import annotations

from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, JAR, SEVERAL_JOBS, STREAMING_COUNT
from airflow_provider_dli.operators.flink import (
    FlinkCancelJobOperator,
    FlinkDeleteJarOperator,
    FlinkDisposeSavepointOperator,
    FlinkRescaleJobOperator,
    FlinkRunJarOperator,
    FlinkStopJobOperator,
    FlinkTriggerCheckpointOperator,
    FlinkTriggerSavepointOperator,
    FlinkUploadJarOperator,
)
from tests.crash.make_dags import LANE, NAME, PATH, Operators, make_all, told

JOB = {"job_id": told("job_id")}
# Bounds what a response that never comes costs an experiment.
PATIENCE = 30
STREAM = {
    "submit_timeout": PATIENCE,
    "jar": str(JAR),
    "entry_class": STREAMING_COUNT,
    "arguments": ["--rate", "50", "--checkpoint-interval", "0", "--name", NAME],
}
BATCH = {
    "submit_timeout": PATIENCE,
    "jar": str(JAR),
    "entry_class": BOUNDED_COUNT,
    "arguments": ["--records", "100", "--seconds", "4", "--name", NAME],
    "wait_until": "finished",
}
# Seconds between its jobs: so many that the worker does not wait for the end of main() before it defers.
PAUSE = "{{ dag_run.conf.get('pause', 8) }}"
SEVERAL = {
    **BATCH,
    "entry_class": SEVERAL_JOBS,
    "arguments": ["--steps", "execute,sleep,new,execute", "--pause", PAUSE, "--name", NAME],
    "several_jobs": True,
}

LASTING: Operators = {
    "run_stream": (FlinkRunJarOperator, STREAM),
    "run_batch": (FlinkRunJarOperator, BATCH),
    "run_several": (FlinkRunJarOperator, SEVERAL),
    "savepoint": (FlinkTriggerSavepointOperator, JOB),
    "stop": (FlinkStopJobOperator, JOB),
    "cancel": (FlinkCancelJobOperator, JOB),
    "checkpoint": (FlinkTriggerCheckpointOperator, JOB),
    "dispose": (FlinkDisposeSavepointOperator, {"savepoint_path": PATH}),
    "rescale": (FlinkRescaleJobOperator, {**JOB, **STREAM, "parallelism": 2}),
    "rescale_in_place": (FlinkRescaleJobOperator, {**JOB, "parallelism": 2, "mode": "in_place"}),
}
AT_ONCE: Operators = {
    "upload_jar": (FlinkUploadJarOperator, {"jar": str(JAR), "upload_timeout": PATIENCE}),
    "delete_jar": (FlinkDeleteJarOperator, {"jar_id": told("jar")}),
}

make_all(LASTING, AT_ONCE, flink_conn_id=f"flink_{LANE}", retries=4, poll_interval=0.5)
