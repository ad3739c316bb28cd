from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any

import pytest

from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, STREAMING_COUNT
from airflow_provider_dli.operators.flink import FlinkTriggerSavepointOperator
from airflow_provider_dli.sensors.flink import FlinkCheckpointSensor, FlinkJobStatusSensor, FlinkMetricSensor
from tests.airflow_engine import connect, context_of, make_dag, run_dag, run_task
from tests.cluster import Cluster
from tests.every_task import JOB
from tests.rest.server import answer, serving
from tests.triggers.flink_server import empty, overview

live = pytest.mark.live
WAYS: dict[str, dict[str, Any]] = {
    "poke": {"mode": "poke", "poll_interval": 0.2},
    "reschedule": {"mode": "reschedule", "poll_interval": 0.2},
    "deferred": {"deferrable": True, "poll_interval": 0.2},
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
STATUS, CHECKPOINT, METRIC = FlinkJobStatusSensor, FlinkCheckpointSensor, FlinkMetricSensor


@pytest.mark.one_flink
@live
@pytest.mark.airflow_2
@every_way
def test_a_sensor_waits_and_returns_what_it_has_seen(cluster: Cluster, way: dict[str, Any]) -> None:
    job_id = cluster.run(BOUNDED_COUNT, "--seconds", "1", "--name", "batch")
    task, log = run_task(STATUS, job_name="batch", **way)
    assert (task.state, task.result, task.tries) == ("success", "FINISHED", 1), log
    assert cluster.status(job_id) == "FINISHED"
    assert task.xcoms["job_url"] == f"{cluster.address}/#/job/running/{job_id}/overview"
    assert log.count(f"job 'batch' ({job_id}) is FINISHED") == 1
    assert "Not yet: " not in log or "mode" in way


@pytest.mark.one_flink
@live
@pytest.mark.parametrize("soft_fail", [False, True], ids=["", "softly"])
@every_way
def test_a_sensor_that_waits_too_long(cluster: Cluster, way: dict[str, Any], soft_fail: bool) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    task, log = run_task(STATUS, job_id=job_id, timeout=0.5, soft_fail=soft_fail, retries=1, **way)
    if soft_fail:
        assert (task.state, task.tries) == ("skipped", 1)
    else:
        assert (task.state, task.tries) == ("failed", 1)
        assert task.first_line == (
            f"Timed out after 0.5 s. Last seen: job 'streaming count' ({job_id}) is RUNNING, tasks: 2 running; "
            "waiting for FINISHED."
        )
    assert f"job 'streaming count' ({job_id}) is RUNNING, tasks: 2 running; waiting for FINISHED" in log
    assert cluster.alive() == [job_id]


@pytest.mark.one_flink
@live
def test_a_job_that_fails(cluster: Cluster) -> None:
    job_id = cluster.run(BOUNDED_COUNT, "--fail-after", "10")
    cluster.comes_to(job_id, "FAILED")
    ways = {name: run_task(STATUS, job_id=job_id, retries=1, **way)[0] for name, way in WAYS.items()}
    task = ways["poke"]
    assert (task.state, task.tries) == ("failed", 2)
    assert {(way.state, way.tries, way.error) for way in ways.values()} == {("failed", 2, task.error)}
    assert task.first_line.startswith(
        "Job 'bounded count' FAILED: demo.ToldToFail: told to fail after 10 records (in Count"
    )
    for way in WAYS.values():
        seen, _ = run_task(STATUS, job_id=job_id, statuses=["FAILED", "CANCELED"], **way)
        assert (seen.state, seen.result) == ("success", "FAILED")


@pytest.mark.one_flink
@live
@every_way
def test_what_can_never_come_is_not_waited_for(cluster: Cluster, way: dict[str, Any]) -> None:
    job_id = cluster.run(BOUNDED_COUNT)
    cluster.comes_to(job_id, "FINISHED")
    of_status, _ = run_task(STATUS, job_id=job_id, statuses=["RUNNING"], retries=1, **way)
    assert (of_status.state, of_status.tries) == ("failed", 1)
    assert of_status.first_line == f"job 'bounded count' ({job_id}) is FINISHED, and will never be RUNNING."
    of_metric, _ = run_task(METRIC, job_id=job_id, metric="numRestarts", threshold=5, retries=1, **way)
    assert (of_metric.state, of_metric.tries) == ("failed", 1)
    assert of_metric.first_line == f"job 'bounded count' ({job_id}) is FINISHED before numRestarts was as wanted."


@pytest.mark.one_flink
@live
@every_way
def test_the_job_is_not_there(cluster: Cluster, way: dict[str, Any]) -> None:
    for softly, state in ((False, "failed"), (True, "skipped")):
        for given in ({"job_id": JOB}, {"job_name": "nobody", "timeout": 0.5}):
            task, log = run_task(STATUS, **given, soft_fail=softly, retries=1, **way)
            assert (task.state, task.tries) == (state, 1)
            assert ("no job is called 'nobody' yet. It has no job that" in log) == ("job_name" in given)


@every_way
def test_a_job_that_comes_later(airflow_db: None, monkeypatch: pytest.MonkeyPatch, way: dict[str, Any]) -> None:
    with serving() as server:
        connect(monkeypatch, server.address)
        server.says(*[empty()] * 4, overview("RUNNING"), overview("FINISHED"))
        task, log = run_task(STATUS, job_name="orders", timeout=120, **way)
    assert (task.state, task.result, task.tries) == ("success", "FINISHED", 1), log
    assert task.xcoms["job_url"] == f"{server.address}/#/job/running/{JOB}/overview"
    assert "no job is called 'orders' yet. It has no job that has not ended" in log


@pytest.mark.one_flink
@live
def test_checkpoints(cluster: Cluster) -> None:
    job_id = cluster.running(STREAMING_COUNT, "--checkpoint-interval", "200")
    before = datetime.now(timezone.utc)
    with make_dag(default_args=WAYS["deferred"], params={"before": before.isoformat()}) as dag:
        two = CHECKPOINT(task_id="two", job_id=job_id, kind="checkpoint", count=2)
        backup = FlinkTriggerSavepointOperator(task_id="backup", job_id=job_id)
        found = CHECKPOINT(task_id="found", job_id=job_id, kind="savepoint", after="{{ params.before }}")
        young = CHECKPOINT(task_id="young", job_id=job_id, max_age=60, deferrable=False, mode="reschedule")
        after = CHECKPOINT(task_id="after", job_id=job_id, after=before, deferrable=False)
        two >> backup >> [found, young, after]
    ran = run_dag(dag)
    assert ran.state == "success", ran.log
    assert "/chk-" in ran["two"].result
    assert ran["found"].result == ran["backup"].result
    assert f"{job_id}/chk-" in ran["young"].result or ran["young"].result == ran["backup"].result


@pytest.mark.one_flink
@live
@every_way
def test_a_job_without_checkpoints(cluster: Cluster, way: dict[str, Any]) -> None:
    job_id = cluster.running(STREAMING_COUNT, "--checkpoint-interval", "0")
    task, _ = run_task(CHECKPOINT, job_id=job_id, kind="checkpoint", after=time.time(), retries=1, **way)
    assert (task.state, task.tries) == ("failed", 1)
    assert task.first_line.startswith("Job 'streaming count' makes no checkpoints: give it an interval")


@live
def test_metrics(cluster: Cluster) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    with make_dag(default_args={**WAYS["deferred"], "job_id": job_id}, params={"least": "50"}) as dag:
        METRIC(task_id="of_the_job", metric="numRestarts", comparison="==", threshold=0)
        METRIC(
            task_id="of_a_vertex",
            vertex="Count",
            metric="Count.count",
            aggregation="sum",
            threshold="{{ params.least }}",
            hold_polls=2,
        )
        METRIC(task_id="of_taskmanagers", taskmanagers=True, metric="Status.JVM.Threads.Count", threshold=1)
        METRIC(task_id="at_once", metric="numRestarts", threshold=1, comparison="<", deferrable=False)
        METRIC(
            task_id="again_and_again",
            metric="uptime",
            threshold=1,
            comparison=">",
            deferrable=False,
            mode="reschedule",
        )
    ran = run_dag(dag)
    assert ran.state == "success", {name: task.first_line for name, task in ran.tasks.items()}
    assert ran["of_the_job"].result == ran["at_once"].result == 0
    assert ran["of_a_vertex"].result >= 50
    assert ran["of_taskmanagers"].result > 1


@pytest.mark.one_flink
@live
@every_way
def test_rendered_values_are_checked(cluster: Cluster, way: dict[str, Any]) -> None:
    with make_dag(default_args={**way, "job_id": JOB, "retries": 1}, params={"word": "many", "done": "DONE"}) as dag:
        STATUS(task_id="statuses", statuses="{{ params.done }}")
        STATUS(task_id="status", statuses=["{{ params.done }}"])
        CHECKPOINT(task_id="after", after="{{ params.word }}")
        METRIC(task_id="threshold", metric="m", threshold="{{ params.word }}")
        STATUS(task_id="job_id", job_id="{{ params.word }}")
        STATUS(task_id="no_job_id", job_id="{{ '' }}")
    told = {name: (task.tries, task.first_line) for name, task in run_dag(dag).tasks.items()}
    assert told == {
        "statuses": (1, "statuses must be a list, as in ['--rate', '10']; got a str."),
        "status": (1, told["status"][1]),
        "after": (1, "after must be a moment, as in '2026-11-21T06:00:00Z'; got 'many'."),
        "threshold": (1, "threshold must be a number; got 'many'."),
        "job_id": (1, f"job_id must be 32 hexadecimal digits, as in {JOB!r}; got 'many' (4 characters)."),
        "no_job_id": (1, "job_id and job_name are empty: the template or task that they come from gave nothing."),
    }
    assert told["status"][1].startswith("statuses must be one of 'INITIALIZING'")


def test_a_look_rides_out_a_hiccup(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        connect(monkeypatch, server.address)
        server.says(answer(503), overview("RUNNING"), overview("FINISHED"))
        sensor = FlinkJobStatusSensor(task_id="it", job_id=JOB, mode="reschedule", grace_period=30)
        assert not sensor.poke(context_of(sensor))
        assert sensor.poke(context_of(sensor)).xcom_value == "FINISHED"
        assert len(server.received) == 3
