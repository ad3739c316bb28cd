from __future__ import annotations

import asyncio
import json
import time
from datetime import datetime, timezone
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_provider_dli.operators.dli import DliRunFlinkJobOperator, DliTriggerSavepointOperator
from airflow_provider_dli.sensors.dli import DliFlinkCheckpointSensor, DliFlinkJobStatusSensor, DliFlinkMetricSensor
from airflow_provider_dli.triggers.flow import FlowTrigger
from tests.airflow_engine import context_of, make_dag, run_dag, run_task
from tests.dli_project import Project, connect
from tests.every_task import DLI_JOB
from tests.local.waiting import wait_until

pytestmark = [pytest.mark.live, pytest.mark.one_flink]
WAYS: dict[str, dict[str, Any]] = {
    "poke": {"mode": "poke", "poll_interval": 0.2},
    "reschedule": {"mode": "reschedule", "poll_interval": 0.2},
    "deferred": {"deferrable": True, "poll_interval": 0.2},
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
STATUS, CHECKPOINT, METRIC = DliFlinkJobStatusSensor, DliFlinkCheckpointSensor, DliFlinkMetricSensor
BATCH = {"main_class": "demo.BoundedCount", "entrypoint_args": "--records 20 --seconds 2"}


@pytest.mark.airflow_2
@every_way
def test_a_sensor_waits_and_returns_what_it_has_seen(project: Project, way: dict[str, Any]) -> None:
    job_id = project.running("batch", **BATCH)
    task, log = run_task(STATUS, job_name="batch", **way)
    assert (task.state, task.result, task.tries) == ("success", "job_finish", 1), log
    assert task.xcoms["job_url"] == project.address
    assert log.count(f"job 'batch' ({job_id}) is job_finish") == 1
    has_polled_before = f"Not yet: job 'batch' ({job_id}) is job_running" in log
    assert has_polled_before or way.get("mode") != "reschedule"
    assert not has_polled_before or "mode" in way


@pytest.mark.parametrize("soft_fail", [False, True], ids=["", "softly"])
@every_way
def test_a_sensor_that_waits_too_long(project: Project, way: dict[str, Any], soft_fail: bool) -> None:
    job_id = project.create("orders")
    task, log = run_task(STATUS, job_id=job_id, timeout=0.5, soft_fail=soft_fail, retries=1, **way)
    told = f"Timed out after 0.5 s. Last seen: job 'orders' ({job_id}) is job_init; waiting for job_finish."
    assert (task.state, task.tries) == ("skipped" if soft_fail else "failed", 1)
    assert soft_fail or task.first_line == told
    assert f"job 'orders' ({job_id}) is job_init; waiting for job_finish" in log


@every_way
def test_a_job_that_fails(project: Project, way: dict[str, Any]) -> None:
    job_id = project.create("orders", entrypoint_args="--rate 200 --fail-after 5")
    project.call("POST", "/v1.0/{project_id}/streaming/jobs/run", {"job_ids": [int(job_id)]})
    project.comes_to(job_id, "job_running_exception")
    task, _ = run_task(STATUS, job_id=job_id, **way)
    assert task.state == "failed"
    assert task.first_line.startswith("Job 'orders' job_running_exception: ")
    assert "told to fail after 5 records" in task.first_line
    seen, _ = run_task(STATUS, job_id=job_id, statuses=["job_running_exception"], **way)
    assert (seen.state, seen.result) == ("success", "job_running_exception")


@every_way
def test_the_job_is_not_there(project: Project, way: dict[str, Any]) -> None:
    project.running("orders")
    gone, _ = run_task(STATUS, job_id=DLI_JOB, retries=1, **way)
    assert (gone.state, gone.tries) == ("failed", 1)
    assert gone.first_line.startswith(f"There is no job {DLI_JOB} on DLI. Not ended are: 'orders' (")
    # A job of this name may come later.
    unknown, log = run_task(STATUS, job_name="order", timeout=0.5, retries=1, **way)
    assert (unknown.state, unknown.tries) == ("failed", 1)
    assert "no job is called 'order' yet. Not ended are: 'orders' (" in log
    softly, _ = run_task(STATUS, job_name="order", timeout=0.5, soft_fail=True, retries=1, **way)
    assert (softly.state, softly.tries) == ("skipped", 1)


def test_checkpoints(project: Project) -> None:
    where = project.obs("state/checkpoints")
    settings = (
        f'{{"execution.checkpointing.dir": "{where.as_uri()}",'
        ' "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION"}'
    )
    told = {"entrypoint_args": "--rate 200 --checkpoint-interval 200", "runtime_config": settings}
    job_id = project.running("orders", checkpoint_path="state/checkpoints", **told)
    before = datetime.now(timezone.utc)
    with make_dag(default_args=WAYS["deferred"], params={"before": before.isoformat()}) as dag:
        two = CHECKPOINT(task_id="two", job_id=job_id, kind="checkpoint", timeout=30)
        backup = DliTriggerSavepointOperator(task_id="backup", job_id=job_id, savepoint_directory="state/backups")
        given: dict[str, Any] = {"job_id": job_id, "path": "obs://state/backups", "timeout": 30}
        found = CHECKPOINT(task_id="found", **given, kind="savepoint", after="{{ params.before }}")
        young = CHECKPOINT(task_id="young", **given, max_age=60, deferrable=False, mode="reschedule")
        own = CHECKPOINT(task_id="own", job_id=job_id, after=before, deferrable=False, timeout=30)
        two >> backup >> [found, young, own]
    ran = run_dag(dag)
    assert ran.state == "success", {name: task.first_line for name, task in ran.tasks.items()}
    assert ran["two"].result.startswith("state/checkpoints/")
    assert "/chk-" in ran["two"].result
    assert ran["found"].result == ran["young"].result == ran["backup"].result
    assert "/chk-" in ran["own"].result or ran["own"].result == ran["backup"].result


@pytest.mark.parametrize("ahead", [-600, 600], ids="DLI is {} s ahead".format)
def test_checkpoints_where_clocks_differ(project: Project, ahead: float) -> None:
    project.dli.shift_clock(ahead)
    settings = json.dumps({"execution.checkpointing.dir": project.obs("state/checkpoints").as_uri()})
    told = {"entrypoint_args": "--rate 200 --checkpoint-interval 200", "runtime_config": settings}
    job_id = project.running("orders", checkpoint_path="state/checkpoints", **told)
    with make_dag(default_args={"poll_interval": 0.2}) as dag:
        young = CHECKPOINT(task_id="young", job_id=job_id, max_age=60, timeout=30)
        new = CHECKPOINT(task_id="new", job_id=job_id, timeout=30)
        wait = DliRunFlinkJobOperator(task_id="run", job_id=job_id, wait_until="checkpointed", timeout=30)
        young >> [new, wait]
    ran = run_dag(dag)
    assert ran.state == "success", {name: task.first_line for name, task in ran.tasks.items()}


@every_way
def test_checkpoints_cannot_be_seen_without_an_object_store(
    project: Project, monkeypatch: pytest.MonkeyPatch, way: dict[str, Any]
) -> None:
    connect(monkeypatch, project.connection(object_store=None))
    job_id = project.running("orders")
    task, _ = run_task(CHECKPOINT, job_id=job_id, after=time.time(), retries=1, **way)
    assert (task.state, task.tries) == ("failed", 1)
    told = f"DLI lists no checkpoints; they can be seen in the object store, at state/jobs/checkpoint/{job_id}."
    assert task.first_line.startswith(told)
    assert "object_store, as in s3://obs_default@ or file:///data/obs." in task.first_line


def test_metrics(project: Project) -> None:
    sql = """
        CREATE TABLE numbers (a BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '50');
        CREATE TABLE received (a BIGINT) WITH ('connector' = 'blackhole');
        INSERT INTO received SELECT a FROM numbers;
    """
    body = {"name": "sql", "queue_name": "flink", "run_mode": "exclusive_cluster", "sql_body": sql}
    made = project.call("POST", "/v1.0/{project_id}/streaming/sql-jobs", body)["job"]["job_id"]
    job_id = str(made)
    project.start(job_id)
    with make_dag(default_args={**WAYS["deferred"], "job_id": job_id, "timeout": 30}, params={"least": "5"}) as dag:
        METRIC(task_id="read", metric="sources.records", threshold="{{ params.least }}", hold_polls=2)
        METRIC(task_id="rate", metric="total_read_rate", threshold=1, deferrable=False)
        METRIC(task_id="corrupted", metric="sources.corrupted_records", comparison="==", threshold=0, mode="reschedule")
    ran = run_dag(dag)
    assert ran.state == "success", {name: task.first_line for name, task in ran.tasks.items()}
    assert ran["read"].result >= 5
    assert ran["rate"].result >= 1
    assert ran["corrupted"].result == 0


@every_way
def test_a_metric_of_a_job_that_has_ended(project: Project, way: dict[str, Any]) -> None:
    job_id = project.running("orders")
    project.stop(job_id)
    task, _ = run_task(METRIC, job_id=job_id, metric="total_read_rate", threshold=1, retries=1, **way)
    assert task.state == "failed"
    assert "'orders'" in task.first_line
    assert "cancel" in task.first_line


def trigger_of(sensor: DliFlinkJobStatusSensor) -> FlowTrigger:
    """The trigger that a sensor hands its wait to."""
    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute(context_of(sensor))
    trigger = deferred.value.trigger
    assert isinstance(trigger, FlowTrigger)
    return trigger


async def fire(trigger: FlowTrigger) -> Any:
    """Run a trigger as the triggerer does; return what its one event says."""
    (event,) = [event async for event in trigger.run()]
    return event.payload


def test_twenty_deferred_waits_cost_few_requests(project: Project) -> None:
    """All ask for the same page of the list, and share it: many looks of each, fewer requests than waits."""
    looks = "streaming/jobs(/[0-9]+)?$"
    job_ids = [project.create(f"job {number}") for number in range(20)]
    given: dict[str, Any] = {"task_id": "it", "statuses": ["job_finish"], "deferrable": True, "poll_interval": 0.5}
    triggers = [trigger_of(STATUS(**given, job_id=job_id)) for job_id in job_ids]
    project.look_away()

    def finish() -> None:
        """Let all jobs finish at once, when they have been looked at a few times."""
        wait_until(lambda: project.sent(looks, "GET") >= 5)
        jobs = [{"job_id": int(job_id), "status": "job_finish", "create_time": 1} for job_id in job_ids]
        project.call("POST", "/v1/{project_id}/edgesrv/job-report", {"message_id": "m", "jobs": jobs})

    async def scene() -> list[Any]:
        *events, _ = await asyncio.gather(*map(fire, triggers), asyncio.to_thread(finish))
        return events

    assert {event["members"]["status"] for event in asyncio.run(scene())} == {"job_finish"}
    assert 5 <= project.sent(looks, "GET") < 20


@every_way
def test_rendered_values_are_checked(project: Project, way: dict[str, Any]) -> None:
    with make_dag(default_args={**way, "job_id": DLI_JOB, "retries": 1}, params={"word": "many"}) as dag:
        STATUS(task_id="statuses", statuses="{{ params.word }}")
        STATUS(task_id="job_id", job_id="{{ params.word }}")
        STATUS(task_id="no_job_id", job_id="{{ '' }}")
        METRIC(task_id="threshold", metric="total_read_rate", threshold="{{ params.word }}")
    told = {name: (task.tries, task.first_line) for name, task in run_dag(dag).tasks.items()}
    assert told == {
        "statuses": (1, "statuses must be a list, as in ['--rate', '10']; got a str."),
        "job_id": (1, "job_id must be the number that DLI has given to the job, as in 2387; got 'many'."),
        "no_job_id": (1, "job_id and job_name are empty: the template or task that they come from gave nothing."),
        "threshold": (1, "threshold must be a number; got 'many'."),
    }
