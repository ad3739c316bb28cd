"""Lives through all that can be done with Flink jobs, with Huawei's client.

Reads ``{"address", "keys"}``; there are the buckets ``state`` and ``jars``, and ``demo.jar`` in the latter. Prints what
was seen.
"""

from __future__ import annotations

from typing import Any

from caller import Caller
from connecting import client, tell, told

_NUMBERS = """
CREATE TABLE numbers (a BIGINT) WITH ('connector' = 'datagen', {options});
CREATE TABLE received (a BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO received SELECT a FROM numbers;
"""
_ENDLESS = _NUMBERS.format(options="'rows-per-second' = '50'")
_BOUNDED = _NUMBERS.format(options="'number-of-rows' = '20'")
_PLACE = {"queue_name": "flink", "run_mode": "exclusive_cluster", "flink_version": "1.12"}
_COUNTING = {
    "queue_name": "flink",
    "obs_bucket": "state",
    "entrypoint": "obs://jars/demo.jar",
    "main_class": "demo.StreamingCount",
    "entrypoint_args": "--rate 1000 --checkpoint-interval 0",
}


def main() -> None:
    task = told()
    caller = Caller(client(task["address"], task["keys"]))
    tell(
        {
            "sql": sql_job(caller),
            "jar": jar_job(caller),
            "bounded": bounded_job(caller),
            "transfer": transfer(caller),
            "templates": templates(caller),
            "refusals": refusals(caller, task),
            **caller.seen(),
        }
    )


def sql_job(caller: Caller) -> dict[str, Any]:
    body = {"name": "numbers", "sql_body": _BOUNDED, "job_type": "flink_opensource_sql_job", **_PLACE}
    created = caller.call("create_flink_sql_job", body)
    job_id = created.job.job_id
    changed = {"sql_body": _ENDLESS, "obs_bucket": "state", "checkpoint_enabled": True, "desc": "for ever"}
    updated = caller.call("update_flink_sql_job", changed, job_id=job_id)
    planned = caller.call("create_flink_sql_job_graph", {"sql_body": _ENDLESS}, job_id=str(job_id))
    started = run(caller, job_id)
    running = caller.until(job_id, "job_running")
    graph = caller.call("show_flink_job_execution_graph", job_id=job_id).execute_graph
    stop(caller, job_id, trigger_savepoint=True)
    stopped = caller.until(job_id, "job_cancel_success")
    run(caller, job_id, resume_savepoint=True)
    again = caller.until(job_id, "job_running")
    ended = stop(caller, job_id)
    caller.until(job_id, "job_cancel_success")
    deleted = caller.call("delete_flink_job", job_id=job_id)
    return {
        "created": [created.is_success, created.job.status_name, isinstance(job_id, int)],
        "updated": [updated.is_success, updated.job.update_time > 0],
        "planned": [planned.is_success, planned.stream_graph],
        "started": started,
        "running": [running.name, running.desc, running.job_config.checkpoint_mode, running.start_time > 0],
        "graph": [graph.name, graph.state, len(graph.jid)],
        "stopped": [stopped.has_savepoint, stopped.savepoint_path],
        "again": [again.has_savepoint, again.savepoint_path],
        "ended": ended,
        "deleted": deleted.is_success,
        "gone": caller.refusal("show_flink_job", job_id=job_id)["code"],
    }


def jar_job(caller: Caller) -> dict[str, Any]:
    job_id = caller.call("create_flink_jar_job", {"name": "counting", **_COUNTING}).job.job_id
    updated = caller.call("update_flink_jar_job", {"desc": "counts", "parallel_number": 1}, job_id=job_id)
    run(caller, job_id)
    caller.until(job_id, "job_running")
    metrics = caller.call("show_flink_metric", {"job_ids": [job_id]}).metrics
    body = {"action": "TRIGGER", "savepoint_path": "state/kept/"}
    asked = caller.call("execute_flink_job_savepoint", body, job_id=str(job_id))
    kept = caller.until(job_id, "job_running", has_savepoint=True).savepoint_path
    stop(caller, job_id)
    caller.until(job_id, "job_cancel_success")
    other = caller.call("create_flink_jar_job", {"name": "counting on", **_COUNTING}).job.job_id
    body = {"job_id": other, "savepoint_path": kept}
    imported = caller.call("import_flink_job_savepoint", body, job_id=str(other))
    run(caller, other, resume_savepoint=True)
    resumed = caller.until(other, "job_running")
    stop(caller, other)
    caller.until(other, "job_cancel_success")
    listed = caller.call("list_flink_jobs", name="counting", limit=1, order="asc", show_detail=True).job_list
    deleted = caller.call("batch_delete_flink_jobs", {"job_ids": [job_id, other]})
    return {
        "updated": updated.is_success,
        "metrics": [each.job_id == job_id for each in metrics.jobs],
        "asked": [asked.is_success, asked.message],
        "kept": kept,
        "imported": imported.is_success,
        "resumed": resumed.savepoint_path == kept,
        "listed": [listed.total_count, [[each.name, each.status, each.desc] for each in listed.jobs]],
        "deleted": {each.is_success for each in deleted.body} == {"true"},
    }


def bounded_job(caller: Caller) -> str:
    body = {"name": "bounded", "sql_body": _BOUNDED, "job_type": "flink_opensource_sql_job", **_PLACE}
    job_id = caller.call("create_flink_sql_job", body).job.job_id
    run(caller, job_id)
    status: str = caller.until(job_id, "job_finish").status
    return status


def transfer(caller: Caller) -> dict[str, Any]:
    job_id = caller.call("create_flink_jar_job", {"name": "on its way", **_COUNTING}).job.job_id
    body = {"obs_dir": "state/jobs", "is_selected": True, "job_selected": [job_id]}
    exported = caller.call("export_flink_jobs", body)
    caller.call("delete_flink_job", job_id=job_id)
    imported = caller.call("import_flink_jobs", {"zip_file": exported.zip_file[0], "is_cover": True})
    (mapping,) = imported.job_mapping
    arrived = caller.call("show_flink_job", job_id=mapping.new_job_id).job_detail
    return {
        "succeeded": [exported.is_success, imported.is_success],
        "ids": [str(mapping.old_job_id) == str(job_id), mapping.new_job_id == arrived.job_id],
        "arrived": [arrived.name, arrived.status, arrived.main_class],
    }


def templates(caller: Caller) -> dict[str, Any]:
    body = {"name": "numbers", "sql_body": _ENDLESS, "job_type": "flink_opensource_sql_job"}
    created = caller.call("create_flink_sql_job_template", body)
    template_id = created.template.template_id
    updated = caller.call("update_flink_sql_job_template", {"desc": "for ever"}, template_id=template_id)
    listed = caller.call("list_flink_sql_job_templates", name="numbers").template_list
    job = {"name": "of a template", "template_id": template_id, "job_type": body["job_type"]}
    job_id = caller.call("create_flink_sql_job", job).job.job_id
    deleted = caller.call("delete_flink_sql_job_template", template_id=template_id)
    return {
        "succeeded": [created.is_success, updated.is_success, deleted.is_success],
        "listed": [listed.total_count, [[each.name, each.desc] for each in listed.templates]],
        "job": caller.call("show_flink_job", job_id=job_id).job_detail.sql_body == _ENDLESS,
    }


def refusals(caller: Caller, task: dict[str, Any]) -> dict[str, Any]:
    without_queue = caller.call(
        "create_flink_jar_job", {**_COUNTING, "name": "no queue", "queue_name": None}
    ).job.job_id
    nowhere = {**_COUNTING, "name": "nowhere", "queue_name": "nowhere"}
    stranger = Caller(client(task["address"], {**task["keys"], "secret_key": "wrong"}))
    elsewhere = Caller(client(task["address"], {**task["keys"], "project_id": "f" * 32}))
    return {
        "unknown job": caller.refusal("show_flink_job", job_id=4711),
        "no name": caller.refusal("create_flink_jar_job", {}),
        "unknown queue": caller.refusal("create_flink_jar_job", nowhere),
        "no queue": caller.refusal("batch_run_flink_jobs", {"job_ids": [without_queue]}),
        "wrong key": stranger.refusal("list_flink_jobs"),
        "another project": elsewhere.refusal("list_flink_jobs"),
    }


def run(caller: Caller, job_id: int, **more: bool) -> list[list[str]]:
    answer = caller.call("batch_run_flink_jobs", {"job_ids": [job_id], **more})
    return [[each.is_success, each.message] for each in answer.body]


def stop(caller: Caller, job_id: int, **more: bool) -> list[str]:
    answer = caller.call("batch_stop_flink_jobs", {"job_ids": [job_id], **more})
    return [each.is_success for each in answer.body]


if __name__ == "__main__":
    main()
