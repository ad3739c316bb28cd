"""For each operation on jobs, their templates and the edge: a call with all it takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from airflow_provider_dli.dli.endpoints.edge import EdgeJob

_UUID: Final = "5bb6a5e8-2ef8-4d6b-9a2c-1d2f0a6a4f0e"
_TAGS: Final = {"team": "payments"}
_JOB: Final = {"job_id": 131390}
_SQL_JOB: Final = {"job_id": _UUID}
_FLINK: Final = "v1.0/{project_id}/streaming"
_SPEC: Final = {"cpu": 1.5, "memory": "4G"}
_SETTINGS: Final = {
    "desc": "counts",
    "queue_name": "streams",
    "cu_number": 4,
    "manager_cu_number": 1,
    "parallel_number": 2,
    "tm_cus": 1,
    "tm_slot_num": 1,
    "checkpoint_enabled": True,
    "checkpoint_mode": "exactly_once",
    "checkpoint_interval": 30,
    "obs_bucket": "bucket",
    "log_enabled": True,
    "smn_topic": "alarms",
    "restart_when_exception": True,
    "resume_checkpoint": True,
    "resume_max_num": -1,
    "runtime_config": {"state.backend.type": "rocksdb"},
    "flink_log_config": {"root_logger_level": "INFO"},
    "flink_version": "1.15",
    "execution_agency_urn": "agency",
    "resource_config_version": "v2",
    "resource_config": {
        "max_slot": 1,
        "parallel_number": 2,
        "jobmanager_resource_spec": _SPEC,
        "taskmanager_resource_spec": _SPEC,
    },
}
_SQL: Final = {
    **_SETTINGS,
    "name": "counts",
    "sql_body": "INSERT INTO counts SELECT 1",
    "run_mode": "exclusive_cluster",
    "idle_state_retention": 3600,
    "edge_group_ids": ["group"],
    "dirty_data_strategy": "2:bucket/dirty",
    "udf_jar_url": "obs://bucket/functions.jar",
}
_JAR: Final = {
    **_SETTINGS,
    "name": "counts",
    "entrypoint": "obs://bucket/counts.jar",
    "main_class": "demo.Count",
    "entrypoint_args": "--from now",
    "dependency_jars": ["obs://bucket/more.jar"],
    "dependency_files": ["obs://bucket/words.txt"],
    "feature": "custom",
    "image": "demo/count:1",
    "checkpoint_path": "obs://bucket/checkpoints",
}
_OPERATORS: Final = {"operator_list": [{"id": "a", "parallel": 2}]}
_GRAPH: Final = {
    **_JOB,
    "sql_body": "INSERT INTO counts SELECT 1",
    "graph_type": "job_graph",
    "job_type": "flink_opensource_sql_job",
    "flink_version": "1.12",
    "cu_number": 2,
    "manager_cu_number": 1,
    "parallel_number": 1,
    "tm_cus": 1,
    "tm_slot_num": 1,
    "operator_config": _OPERATORS,
    "static_estimator": True,
    "static_estimator_config": _OPERATORS,
}
_FLINK_JOBS: Final[Mapping[str, Mapping[str, Any]]] = {
    f"POST /{_FLINK}/sql-jobs": {
        **_SQL,
        "job_type": "flink_opensource_sql_job",
        "template_id": 7,
        "tags": _TAGS,
    },
    f"PUT /{_FLINK}/sql-jobs/{{job_id}}": {
        **_JOB,
        **_SQL,
        "operator_config": _OPERATORS,
        "static_estimator_config": _OPERATORS,
    },
    f"POST /{_FLINK}/flink-jobs": {**_JAR, "tags": _TAGS},
    f"PUT /{_FLINK}/flink-jobs/{{job_id}}": {**_JOB, **_JAR, "job_type": "flink_jar_job"},
    f"POST /{_FLINK}/jobs/run": {"job_ids": [131390, "131391"], "resume_savepoint": True},
    f"POST /{_FLINK}/jobs/stop": {"job_ids": 131390, "trigger_savepoint": True},
    f"GET /{_FLINK}/jobs": {
        "name": "counts",
        "status": "job_running",
        "job_type": "flink_jar_job",
        "queue_name": "streams",
        "user_name": "ada",
        "tags": _TAGS,
        "root_job_id": 7,
        "sys_enterprise_project_name": "default",
        "show_detail": True,
        "order": "asc",
        "limit": 100,
        "offset": 200,
    },
    f"GET /{_FLINK}/jobs/{{job_id}}": _JOB,
    f"DELETE /{_FLINK}/jobs/{{job_id}}": _JOB,
    f"POST /{_FLINK}/jobs/delete": {"job_ids": [131390]},
    f"GET /{_FLINK}/jobs/{{job_id}}/execute-graph": _JOB,
    f"POST /{_FLINK}/jobs/metrics": {"job_ids": [131390]},
    "POST /v1.0/{project_id}/jobs/metrics": {"job_ids": [131390]},
    f"POST /{_FLINK}/jobs/{{job_id}}/savepoint": {**_JOB, "savepoint_path": "bucket/a/", "action": "TRIGGER"},
    f"POST /{_FLINK}/jobs/{{job_id}}/import-savepoint": {**_JOB, "savepoint_path": "bucket/a/"},
    f"POST /{_FLINK}/jobs/export": {"obs_dir": "bucket/jobs", "job_selected": [131390]},
    f"POST /{_FLINK}/jobs/import": {"zip_file": "bucket/jobs.zip", "is_cover": True},
    "POST /v3/{project_id}/streaming/jobs/{job_id}/gen-graph": _GRAPH,
    f"GET /{_FLINK}/jobs/{{job_id}}/apig-sinks": _JOB,
}
_REPORT: Final = {
    "jobs": [EdgeJob("job_running", 1, job_id=7, exceptions={"error_id": "Agent.51000"}, metrics="m", plan="p")],
    "message_id": "m1",
    "msg_confirm_topic": "confirmed",
}
_EDGE: Final[Mapping[str, Mapping[str, Any]]] = {
    "POST /v1/{project_id}/edgesrv/message-channel": {"node_id": _UUID},
    "POST /v1/{project_id}/edgesrv/job-report": _REPORT,
    "POST /v1/{project_id}/edgesrv/messages": {"message_id": "m1", "phase": "done", "reason": "none"},
    "POST /v1/{project_id}/edgesrv/system-events": {
        "event_type": "group",
        "operation": "delete",
        "timestamp": 1700000000,
        "topic": "events",
        "name": "group-1",
        "attributes": {},
    },
}
_FLINK_TEMPLATES: Final[Mapping[str, Mapping[str, Any]]] = {
    f"POST /{_FLINK}/job-templates": {
        "name": "counts",
        "sql_body": "SELECT 1",
        "desc": "counts",
        "job_type": "flink_sql_job",
        "tags": _TAGS,
    },
    f"PUT /{_FLINK}/job-templates/{{template_id}}": {
        "template_id": 7,
        "name": "counts",
        "sql_body": "SELECT 1",
        "desc": "counts",
    },
    f"DELETE /{_FLINK}/job-templates/{{template_id}}": {"template_id": 7},
    f"GET /{_FLINK}/job-templates": {"name": "counts", "tags": _TAGS, "order": "asc", "limit": 10, "offset": 20},
}
_BATCH: Final = {
    "file": "counts.jar",
    "class_name": "demo.Count",
    "queue": "batches",
    "cluster_name": "batches",
    "name": "counts",
    "args": ["a"],
    "sc_type": "A",
    "driver_memory": "2G",
    "driver_cores": 1,
    "executor_memory": "2G",
    "executor_cores": 1,
    "num_executors": 2,
    "jars": ["more.jar"],
    "py_files": ["more.py"],
    "files": ["words.txt"],
    "modules": ["sys.datasource.rds"],
    "resources": [{"name": "more.jar", "type": "jar"}],
    "groups": [{"name": "counts", "resources": [{"name": "more.jar", "type": "jar"}]}],
    "conf": {"spark.dli.metaAccess.enable": "true"},
    "feature": "custom",
    "spark_version": "3.3.1",
    "image": "demo/count:1",
    "auto_recovery": True,
    "max_retry_times": 3,
    "obs_bucket": "bucket",
    "catalog_name": "dli",
    "execution_agency_urn": "agency",
}
_SPARK: Final[Mapping[str, Mapping[str, Any]]] = {
    "POST /v2.0/{project_id}/batches": _BATCH,
    "GET /v2.0/{project_id}/batches": {
        "job_name": "counts",
        "job_id": _UUID,
        "state": "running",
        "queue_name": "batches",
        "cluster_name": "batches",
        "start": 1,
        "end": 2,
        "order": "DURATION_ASC",
        "size": 10,
        "from_": 20,
    },
    "GET /v2.0/{project_id}/batches/{batch_id}": {"batch_id": _UUID},
    "GET /v2.0/{project_id}/batches/{batch_id}/state": {"batch_id": _UUID},
    "DELETE /v2.0/{project_id}/batches/{batch_id}": {"batch_id": _UUID},
    "GET /v2.0/{project_id}/batches/{batch_id}/log": {
        "batch_id": _UUID,
        "from_": 1,
        "size": 10,
        "type": "driver",
        "index": 1,
    },
    "POST /v3/{project_id}/templates": {
        "name": "counts",
        "body": {"file": "counts.jar", "className": "demo.Count"},
        "type": "SPARK",
        "group": "counts",
        "description": "counts",
        "language": "SCALA",
    },
    "GET /v3/{project_id}/templates": {"type": "spark", "keyword": "count", "page_size": 10, "current_page": 2},
    "GET /v3/{project_id}/templates/{template_id}": {"template_id": _UUID},
    "PUT /v3/{project_id}/templates/{template_id}": {
        "template_id": _UUID,
        "name": "counts",
        "body": {"file": "counts.jar", "className": "demo.Count"},
        "group": "counts",
        "description": "counts",
    },
}
_TABLE: Final = {"data_path": "obs://bucket/a", "data_type": "csv", "database_name": "db", "table_name": "counts"}
_SQL_JOBS: Final[Mapping[str, Mapping[str, Any]]] = {
    "POST /v1.0/{project_id}/jobs/submit-job": {
        "sql": "SELECT 1",
        "queue_name": "default",
        "currentdb": "db",
        "current_catalog": "dli",
        "engine_type": "spark",
        "conf": {"dli.sql.sqlasync.enabled": "false"},
        "tags": _TAGS,
        "read_timeout": 60,
    },
    "DELETE /v1.0/{project_id}/jobs/{job_id}": _SQL_JOB,
    "GET /v1.0/{project_id}/jobs": {
        **_SQL_JOB,
        "job_status": "RUNNING",
        "job_type": "QUERY",
        "job_types": ["QUERY", "DDL"],
        "queue_name": "default",
        "engine_type": "spark",
        "owner": "ada",
        "db_name": "db",
        "table_name": "counts",
        "sql_pattern": "select",
        "tags": _TAGS,
        "start": 1,
        "end": 2,
        "order": "start_time_asc",
        "page_size": 10,
        "current_page": 2,
    },
    "GET /v1.0/{project_id}/jobs/{job_id}/status": _SQL_JOB,
    "GET /v1.0/{project_id}/jobs/{job_id}/detail": _SQL_JOB,
    "GET /v1.0/{project_id}/jobs/{job_id}/preview": {**_SQL_JOB, "queue_name": "default", "page_size": 10},
    "GET /v1/{project_id}/jobs/{job_id}/progress": _SQL_JOB,
    "POST /v1.0/{project_id}/jobs/check-sql": {"sql": "SELECT 1", "currentdb": "db"},
    "POST /v1.0/{project_id}/jobs/{job_id}/export-result": {
        **_SQL_JOB,
        "data_path": "obs://bucket/a",
        "data_type": "csv",
        "compress": "gzip",
        "queue_name": "default",
        "export_mode": "Overwrite",
        "with_column_header": True,
        "limit_num": 10,
        "encoding_type": "utf-8",
        "quote_char": "'",
        "escape_char": "!",
    },
    "POST /v1.0/{project_id}/jobs/import-table": {
        **_TABLE,
        "with_column_header": True,
        "delimiter": ";",
        "quote_char": "'",
        "escape_char": "!",
        "date_format": "yyyy",
        "timestamp_format": "HH",
        "bad_records_path": "obs://bucket/bad",
        "queue_name": "default",
        "overwrite": True,
        "partition_spec": "day=1",
        "conf": {"a": "b"},
    },
    "POST /v1.0/{project_id}/jobs/export-table": {
        **_TABLE,
        "compress": "gzip",
        "queue_name": "default",
        "export_mode": "Overwrite",
        "with_column_header": True,
    },
    "POST /v1.0/{project_id}/sqls": {"sql_name": "one", "sql": "SELECT 1", "description": "one", "group": "ones"},
    "PUT /v1.0/{project_id}/sqls/{sql_id}": {
        "sql_id": _UUID,
        "sql_name": "one",
        "sql": "SELECT 1",
        "description": "one",
        "group": "ones",
    },
    "GET /v1.0/{project_id}/sqls": {"keyword": "one"},
    "POST /v1.0/{project_id}/sqls-deletion": {"sql_ids": [_UUID]},
}

#: The operation, as in ``GET /v1.0/{project_id}/queues``, and the arguments of its function.
ARGUMENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    **_FLINK_JOBS,
    **_EDGE,
    **_FLINK_TEMPLATES,
    **_SPARK,
    **_SQL_JOBS,
}

#: What an operation takes and we do not offer.
NOT_OFFERED: Final[Mapping[str, Collection[str]]] = {
    # What old regions call user_name.
    f"GET /{_FLINK}/jobs": {"username"},
}

#: Members without which an answer is of no use: that it lacks one is an error where it is read.
ESSENTIAL: Final[Mapping[str, Collection[str]]] = {
    f"POST /{_FLINK}/sql-jobs": ["job.job_id"],
    f"POST /{_FLINK}/flink-jobs": ["job.job_id"],
    f"GET /{_FLINK}/jobs": ["job_list"],
    f"GET /{_FLINK}/jobs/{{job_id}}": ["job_detail.job_id"],
    "POST /v2.0/{project_id}/batches": ["id"],
    "GET /v2.0/{project_id}/batches/{batch_id}": ["id"],
    "GET /v2.0/{project_id}/batches/{batch_id}/state": ["id"],
    "POST /v3/{project_id}/templates": ["id"],
    "POST /v1.0/{project_id}/jobs/submit-job": ["job_id"],
    "GET /v1.0/{project_id}/jobs/{job_id}/status": ["job_id"],
    "POST /v1.0/{project_id}/jobs/{job_id}/export-result": ["job_id"],
    "POST /v1.0/{project_id}/jobs/import-table": ["job_id"],
    "POST /v1.0/{project_id}/jobs/export-table": ["job_id"],
    "POST /v1.0/{project_id}/sqls": ["sql_id"],
}
