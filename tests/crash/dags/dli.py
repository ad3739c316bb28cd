"""One DAG for each operator that changes something on DLI, waiting and deferrable; where it goes is told to the run."""

from __future__ import annotations

from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, STREAMING_COUNT
from airflow_provider_dli.operators.dli import (
    DliDeleteFlinkJobOperator,
    DliFlinkJarJobOperator,
    DliFlinkSqlJobOperator,
    DliImportSavepointOperator,
    DliRunFlinkJobOperator,
    DliSparkBatchOperator,
    DliSqlOperator,
    DliStopFlinkJobOperator,
    DliTriggerSavepointOperator,
)
from tests.crash.make_dags import LANE, NAME, PATH, Operators, make_all

BY_TOKEN = {"dli_conn_id": f"dli_token_{LANE}"}
BY_AGENCY = {"dli_conn_id": f"dli_agency_{LANE}"}
JOB = {"job_name": NAME}
DEFINED = {**JOB, "queue_name": "flink", "obs_bucket": "state"}
OF_DEMO = {**DEFINED, "jar": "obs://jars/demo.jar"}
STREAM = {
    **OF_DEMO,
    "entry_class": STREAMING_COUNT,
    "arguments": ["--rate", "50", "--checkpoint-interval", "0", "--name", NAME],
}
BATCH = {
    **OF_DEMO,
    "entry_class": BOUNDED_COUNT,
    "arguments": ["--records", "100", "--seconds", "4", "--name", NAME],
    "wait_until": "finished",
}
SQL = """
CREATE TABLE numbers (number BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');
CREATE TABLE nothing (number BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO nothing SELECT number FROM numbers;
"""
SAVEPOINT = {**JOB, "savepoint_directory": f"state/backups/{NAME}"}

LASTING: Operators = {
    "dli_run_stream": (DliFlinkJarJobOperator, STREAM),
    "dli_run_batch": (DliFlinkJarJobOperator, BATCH),
    "dli_run_sql": (DliFlinkSqlJobOperator, {**DEFINED, "sql": SQL}),
    "dli_run_again": (DliRunFlinkJobOperator, JOB),
    "dli_savepoint": (DliTriggerSavepointOperator, SAVEPOINT),
    "dli_stop": (DliStopFlinkJobOperator, JOB),
    "dli_spark": (DliSparkBatchOperator, {**JOB, "file": PATH, "queue_name": "spark"}),
    "dli_sql": (DliSqlOperator, {"sql": f"SELECT '{NAME}' AS told", "queue_name": "sql"}),
    "dli_run_batch_by_token": (DliFlinkJarJobOperator, {**BATCH, **BY_TOKEN}),
    "dli_stop_by_agency": (DliStopFlinkJobOperator, {**JOB, **BY_AGENCY}),
}
AT_ONCE: Operators = {
    "dli_import": (DliImportSavepointOperator, {**JOB, "savepoint_path": PATH}),
    "dli_delete": (DliDeleteFlinkJobOperator, JOB),
}

make_all(LASTING, AT_ONCE, dli_conn_id=f"dli_{LANE}", retries=4, poll_interval=0.5)
