"""``FlinkTriggerCheckpointOperator`` on a real Flink."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, STREAMING_COUNT
from airflow_provider_dli.operators.flink import FlinkTriggerCheckpointOperator
from airflow_provider_dli.rest.flow import Flow
from tests.airflow_engine import Task, connect, deferred_or_not, make_dag, run_dag, run_task
from tests.cluster import Cluster
from tests.local.waiting import wait_until
from tests.operators.test_savepoints import losing_its_first_try
from tests.selection import FLINK_2

pytestmark = pytest.mark.live

ON_DEMAND_ONLY = ("--checkpoint-interval", "0")


def run(kind: type[BaseOperator] = FlinkTriggerCheckpointOperator, **arguments: Any) -> Task:
    task, _ = run_task(kind, poll_interval=0.2, **arguments)
    return task


def is_complete(path: str) -> bool:
    return (Path(path.removeprefix("file:")) / "_metadata").is_file()


def checkpoints_of(cluster: Cluster, job_id: str) -> int:
    """How many checkpoints a job has begun; the cluster tells it seconds late."""
    return int(cluster.get(f"/jobs/{job_id}/checkpoints")["counts"]["total"])


@pytest.mark.airflow_2
@deferred_or_not
def test_a_checkpoint_is_made_of_a_job_that_makes_none_by_itself(cluster: Cluster, deferrable: bool) -> None:
    job_id = cluster.running(STREAMING_COUNT, *ON_DEMAND_ONLY)
    task = run(job_id=job_id, deferrable=deferrable)
    assert task.state == "success", task.errors
    url = f"{cluster.address}/#/job/running/{job_id}/overview"
    assert task.xcoms == {
        "return_value": task.result,
        "checkpoint_path": task.result,
        "checkpoint_id": 1,
        "operation_id": task.xcoms["operation_id"],
        "job_id": job_id,
        "job_url": url,
        "_link_FlinkJobLink": url,
    }
    assert task.result.endswith(f"/{job_id}/chk-1")
    assert is_complete(task.result)
    assert cluster.alive() == [job_id]


@pytest.mark.one_flink
@deferred_or_not
@pytest.mark.parametrize("checkpoint_type", ["CONFIGURED", "FULL"])
def test_beside_the_jobs_own(cluster: Cluster, checkpoint_type: str, deferrable: bool) -> None:
    cluster.running(STREAMING_COUNT, "--name", "orders", "--checkpoint-interval", "2000")
    task = run(job_name="orders", checkpoint_type=checkpoint_type, deferrable=deferrable)
    assert task.state == "success", task.errors
    assert task.result.endswith(f"/chk-{task.xcoms['checkpoint_id']}")


def test_a_retry_finds_what_the_first_try_began(cluster: Cluster) -> None:
    job_id = cluster.running(STREAMING_COUNT, *ON_DEMAND_ONLY)
    task = run(losing_its_first_try(FlinkTriggerCheckpointOperator, "after"), job_id=job_id, retries=1, deferrable=True)
    assert (task.state, task.tries) == ("success", 2), task.errors
    assert task.xcoms["checkpoint_id"] == 1
    assert checkpoints_of(cluster, job_id) == 1


@pytest.mark.one_flink
def test_a_retry_begins_what_the_first_try_did_not(cluster: Cluster) -> None:
    job_id = cluster.running(STREAMING_COUNT, *ON_DEMAND_ONLY)
    task = run(losing_its_first_try(FlinkTriggerCheckpointOperator, "before"), job_id=job_id, retries=1)
    assert (task.state, task.tries, task.xcoms["checkpoint_id"]) == ("success", 2, 1), task.errors


@pytest.mark.one_flink
def test_two_tasks_make_two_checkpoints(cluster: Cluster) -> None:
    job_id = cluster.running(STREAMING_COUNT, *ON_DEMAND_ONLY)
    with make_dag() as dag:
        for name in ("one", "two"):
            FlinkTriggerCheckpointOperator(task_id=name, job_id=job_id, poll_interval=0.2)
    ran = run_dag(dag)
    assert {ran[name].xcoms["checkpoint_id"] for name in ("one", "two")} == {1, 2}


@deferred_or_not
def test_a_checkpoint_that_fails(cluster: Cluster, deferrable: bool) -> None:
    job_id = cluster.running(STREAMING_COUNT, "--fail-snapshot", *ON_DEMAND_ONLY)
    task = run(job_id=job_id, deferrable=deferrable)
    assert task.state == "failed"
    assert task.first_line.startswith(f"The checkpoint of job {job_id} failed: ")
    assert "told to fail in a snapshot" in task.first_line
    assert not {"checkpoint_id", "checkpoint_path"} & set(task.xcoms)


@pytest.mark.one_flink
def test_one_that_takes_too_long_is_followed_by_the_retry(cluster: Cluster) -> None:
    job_id = cluster.running(STREAMING_COUNT, "--slow-snapshot", "1500", *ON_DEMAND_ONLY)
    task = run(job_id=job_id, timeout=1, retries=3, deferrable=True)
    assert task.state == "success", task.errors
    assert str(task.errors[0]).startswith("Timed out after 1 s. Last seen: operation ")
    assert (task.tries > 1, task.xcoms["checkpoint_id"]) == (True, 1)


def test_a_job_that_has_ended(cluster: Cluster) -> None:
    job_id = cluster.run(BOUNDED_COUNT)
    cluster.comes_to(job_id, "FINISHED")
    task = run(job_id=job_id, retries=1)
    assert (task.state, task.tries) == ("failed", 1)
    assert "is FINISHED: no checkpoint can be made of it." in task.first_line


@pytest.fixture(scope="module")
def forgetful() -> Iterator[Cluster]:
    """A cluster that forgets operations at once."""
    settings = {"rest.async.store-duration": "1 s", "rest.cache.checkpoint-statistics.timeout": "1 ms"}
    with LocalFlink(FLINK_2, configuration=settings) as flink:
        yield Cluster(flink)


def test_a_retry_finds_what_the_cluster_has_forgotten(
    forgetful: Cluster, airflow_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, forgetful.address)
    job_id = forgetful.running(STREAMING_COUNT, *ON_DEMAND_ONLY)

    class LateRetry(losing_its_first_try(FlinkTriggerCheckpointOperator, "after")):  # type: ignore[misc]
        def trigger(self, job_id: str, operation_id: str, *directory: str | None) -> Flow[str]:
            try:
                return (yield from super().trigger(job_id, operation_id))
            finally:
                wait_until(lambda: self.hook.run(self.hook.backend.checkpoint_operation(job_id, operation_id)) is None)

    task = run(LateRetry, job_id=job_id, retries=1)
    assert (task.state, task.tries) == ("success", 2), task.errors
    assert task.xcoms["checkpoint_id"] == checkpoints_of(forgetful, job_id) == 1
    assert is_complete(task.result)
    forgetful.clear()
