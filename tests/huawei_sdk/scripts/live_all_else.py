"""Calls all that is not about Flink jobs, with Huawei's client.

Reads ``{"address", "keys"}``; there are the buckets ``state`` and ``jars``, and in the latter ``demo.jar`` and a
``wait.py``, which does not end by itself. Prints what the caller has seen.
"""

from __future__ import annotations

import time
from typing import Any

from caller import Caller
from connecting import client, tell, told
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException

_TAGS = [{"key": "team", "value": "payments"}]
_PLAN = {"plan_name": "night", "target_cu": 64, "start_hour": 22, "start_minute": 30, "repeat_day": ["MONDAY"]}
_MAXIMUM = "computeEngine.maxInstance"
_SLOW = (
    "CREATE TABLE slow (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1', 'number-of-rows' = '9999')"
)
_PATIENCE = 30


def main() -> None:
    task = told()
    caller = Caller(client(task["address"], task["keys"]))
    for chapter in (queues, pools, packages, account, permissions, tags, sql, sql_templates, spark, edge):
        chapter(caller)
    tell(caller.seen())


def queues(caller: Caller) -> None:
    place = {"queue_name": "streams"}
    body = {**place, "queue_type": "general", "cu_count": 16, "resource_mode": 1, "tags": _TAGS}
    caller.call("create_queue", body)
    _patiently(caller, "run_queue_action", {"action": "scale_out", "cu_count": 64}, **place)
    caller.call("list_queues", **{"with-charge-info": True, "with-priv": True})
    caller.call("show_queue", **place)
    _patiently(caller, "update_queue_cidr", {"cidr_in_vpc": "10.0.0.0/8"}, **place)
    tested = caller.call("create_connectivity_task", {"address": "127.0.0.1:9"}, **place)
    caller.call("show_connectivity_task", task_id=str(tested.task_id), **place)
    caller.call("create_queue_plan", _PLAN, **place)
    caller.call("create_queue_plan", {**_PLAN, "plan_name": "day", "start_hour": 8}, **place)
    plan, other = (each.id for each in caller.call("list_queue_plans", **place).plans)
    caller.call("update_queue_plan", {**_PLAN, "start_minute": 0}, plan_id=str(plan), **place)
    caller.call("delete_queue_plan", plan_id=plan, **place)
    caller.call("batch_delete_queue_plans", {"plan_ids": [other]}, **place)
    caller.call("create_queue_property", {"properties": {_MAXIMUM: 4}}, **place)
    caller.call("update_queue_property", {"properties": {_MAXIMUM: 5}}, **place)
    caller.call("list_queue_properties", **place)
    caller.call("delete_queue_property", {"keys": [_MAXIMUM]}, **place)
    _patiently(caller, "delete_queue", **place)


def pools(caller: Caller) -> None:
    place = {"elastic_resource_pool_name": "pool"}
    caller.call("create_elastic_resource_pool", {**place, "max_cu": 128, "min_cu": 64, "charging_mode": 1})
    _patiently(caller, "update_elastic_resource_pool", {"max_cu": 256, "min_cu": 64}, **place)
    caller.call("list_elastic_resource_pools", name="po")
    _patiently(caller, "associate_queue_to_elastic_resource_pool", {"queue_name": "spark"}, **place)
    caller.call("list_elastic_resource_pool_queues", **place)
    hours = {"impact_start_time": "00:00", "impact_stop_time": "24:00"}
    policies = {"queue_scaling_policies": [{"priority": 1, **hours, "min_cu": 16, "max_cu": 64}]}
    caller.call("update_elastic_resource_pool_queue", policies, queue_name="spark", **place)
    caller.call("list_elastic_resource_pool_scale_records", **place)
    order = {**place, "target_cu": 128}
    caller.call("create_period_elastic_resource_pool_spec_change_order", order)
    caller.call("create_elastic_resource_pool", {"elastic_resource_pool_name": "empty", "max_cu": 64, "min_cu": 64})
    _patiently(caller, "delete_elastic_resource_pool", elastic_resource_pool_name="empty")


def packages(caller: Caller) -> None:
    paths = {"paths": ["obs://jars/demo.jar"], "group": "team"}
    caller.call("upload_job_resources", {**paths, "kind": "jar"})
    for kind in ("jar", "python_file", "file"):
        caller.call(f"upload_{kind}_job_resources", {**paths, "group": kind})
    caller.call("list_job_resources")
    caller.call("show_job_resource", resource_name="demo.jar", group="team")
    owner = {"new_owner": "local-user", "group_name": "team", "resource_name": "demo.jar"}
    caller.call("update_job_resource_owner", owner)
    caller.call("delete_job_resource", resource_name="demo.jar", group="team")


def account(caller: Caller) -> None:
    caller.call("register_bucket", {"obs_buckets": ["state"]})
    caller.call("create_dli_agency", {"roles": ["obs_adm"]})
    caller.call("show_dli_agency")
    caller.call("create_global_variable", {"var_name": "place", "var_value": "here"})
    caller.call("update_global_variable", {"var_value": "there"}, var_name="place")
    caller.call("list_global_variables")
    caller.call("delete_global_variable", var_name="place")
    caller.call("show_quota")


def permissions(caller: Caller) -> None:
    given = {"user_name": "local-user", "action": "grant"}
    caller.call(
        "run_authorization_action", {**given, "privileges": [{"object": "queues.sql", "privileges": ["DROP_QUEUE"]}]}
    )
    caller.call("list_authorization_privileges", object="queues.sql")
    caller.call("register_authorized_queue", {**given, "queue_name": "sql", "privileges": ["SUBMIT_JOB"]})
    caller.call("list_queue_users", queue_name="sql")


def tags(caller: Caller) -> None:
    job = caller.call("create_flink_jar_job", {"name": "tagged", "entrypoint": "obs://jars/demo.jar"}).job.job_id
    resource = {"resource_type": "dli_flink_job", "resource_id": str(job)}
    caller.call("batch_create_resource_tags", {"tags": _TAGS}, **resource)
    caller.call("show_resource_tags", **resource)
    caller.call("list_resources_tags", resource_type="dli_flink_job")
    wanted = {"tags": [{"key": "team", "values": ["payments"]}]}
    caller.call("list_resources_by_tags", wanted, resource_type="dli_flink_job")
    caller.call("count_resources_by_tags", wanted, resource_type="dli_flink_job")
    caller.call("batch_delete_resource_tags", {"tags": _TAGS}, **resource)


def sql(caller: Caller) -> None:
    caller.call("check_sql", {"sql": "SELECT 1"})
    job_id = _sql(caller, "SELECT 1 AS a")
    for name in ("show_sql_job_detail", "show_sql_job_progress", "preview_sql_job_result"):
        caller.call(name, job_id=job_id)
    caller.call("list_sql_jobs", **{"page-size": 10, "job-type": "QUERY"})
    csv = {"data_type": "csv", "queue_name": "sql"}
    caller.call("export_sql_job_result", {**csv, "data_path": "obs://state/result"}, job_id=job_id)
    for statement in ("CREATE DATABASE shop", "CREATE TABLE shop.sales (id INT)", "INSERT INTO shop.sales VALUES (1)"):
        _sql(caller, statement)
    table = {**csv, "data_path": "obs://state/sales", "database_name": "shop", "table_name": "sales"}
    exported = caller.call("export_table", {**table, "compress": "none"}).job_id
    _is(caller, exported)
    _is(caller, caller.call("import_table", table).job_id)
    _sql(caller, _SLOW)
    slow = caller.call("create_sql_job", {"sql": "SELECT * FROM slow", "queue_name": "sql"}).job_id
    _is(caller, slow, "RUNNING")
    caller.call("cancel_sql_job", job_id=slow)
    _is(caller, slow, "CANCELLED")


def _sql(caller: Caller, statement: str) -> str:
    """Run a statement to its end, and return the job's id."""
    job_id: str = caller.call("create_sql_job", {"sql": statement, "queue_name": "sql"}).job_id
    _is(caller, job_id)
    return job_id


def _is(caller: Caller, job_id: str, status: str = "FINISHED") -> None:
    """Wait until a SQL job has a status."""
    _until(caller, "show_sql_job_status", "status", status, job_id=job_id)


def sql_templates(caller: Caller) -> None:
    sql_id = caller.call("create_sql_job_template", {"sql_name": "one", "sql": "SELECT 1", "group": "ones"}).sql_id
    caller.call("update_sql_job_template", {"sql_name": "one", "sql": "SELECT 2"}, sql_id=sql_id)
    caller.call("list_sql_job_templates", keyword="one")
    caller.call("batch_delete_sql_job_templates", {"sql_ids": [sql_id]})


def spark(caller: Caller) -> None:
    batch = caller.call("create_spark_job", {"file": "obs://jars/wait.py", "queue": "spark", "name": "batch"}).id
    caller.call("list_spark_jobs", size=10)
    caller.call("show_spark_job", batch_id=batch)
    _until(caller, "show_spark_job_status", "state", "running", batch_id=batch)
    caller.call("show_spark_job_log", batch_id=batch)
    caller.call("cancel_spark_job", batch_id=batch)
    _until(caller, "show_spark_job_status", "state", "dead", batch_id=batch)
    body = {"type": "SPARK", "name": "batch", "body": '{"file": "counts.jar"}', "group": "counts"}
    template = caller.call("create_spark_job_template", body).id
    caller.call("list_spark_job_templates", type="spark")
    caller.call("show_spark_job_template", template_id=template)
    caller.call("update_spark_job_template", {"name": "other", "body": "{}"}, template_id=template)


def edge(caller: Caller) -> None:
    caller.call("create_ief_message_channel", {"node_id": "5bb6a5e8-2ef8-4d6b-9a2c-1d2f0a6a4f0e"})
    caller.call("run_ief_job_action_call_back", {"message_id": "m", "state": {"phase": "done", "reason": "none"}})
    event = {"event_type": "group", "operation": "delete", "timestamp": 1700000000, "topic": "events", "name": "group"}
    caller.call("create_ief_system_events", {"data": {**event, "attributes": "{}"}})
    body = {"name": "edge", "job_type": "flink_sql_edge_job", "run_mode": "edge_node", "edge_group_ids": ["group"]}
    job = caller.call("create_flink_sql_job", body).job.job_id
    caller.call(
        "update_flink_job_status_report",
        {
            "jobs": [{"job_id": job, "status": "job_running", "create_time": 1700000000000}],
            "message_id": "m",
            "msg_confirm_topic": "done",
        },
    )


def _patiently(caller: Caller, name: str, body: Any = None, **parameters: Any) -> None:
    """Call what is refused until the thing that it is about is there."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return caller.call(name, body, **parameters)
        except ServiceResponseException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _until(caller: Caller, name: str, member: str, wanted: str, **parameters: Any) -> None:
    deadline = time.monotonic() + _PATIENCE
    while (state := getattr(caller.call(name, **parameters), member)) != wanted:
        if time.monotonic() > deadline:
            raise AssertionError(f"{name} says {state}, not {wanted}")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
