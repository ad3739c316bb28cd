"""``FlinkTriggerSavepointOperator``, ``FlinkStopJobOperator`` and ``FlinkCancelJobOperator`` on a real Flink."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, BaseOperator, Context

from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, STREAMING_COUNT
from airflow_provider_dli.operators.flink import (
    FlinkCancelJobOperator,
    FlinkStopJobOperator,
    FlinkTriggerSavepointOperator,
)
from airflow_provider_dli.rest.flow import Flow
from tests.airflow_engine import Task, deferred_or_not, make_dag, run_dag, run_task
from tests.cluster import Cluster

pytestmark = pytest.mark.live
both = pytest.mark.parametrize("kind", [FlinkTriggerSavepointOperator, FlinkStopJobOperator], ids=["savepoint", "stop"])
Kind = type[BaseOperator]


def run(kind: Kind, **arguments: Any) -> Task:
    task, _ = run_task(kind, poll_interval=0.2, **arguments)
    return task


def losing_its_first_try(kind: Any, when: str) -> Kind:
    """Return a kind of operator whose worker loses its power in the first try, ``before`` or ``after`` the request."""

    class FailsOnce(kind):  # type: ignore[misc]
        def begin_with(self, context: Context, job_id: str, deadline: float | None) -> Any:
            self.is_first = context["ti"].try_number == 1
            return super().begin_with(context, job_id, deadline)

        def trigger(self, job_id: str, operation_id: str, *directory: str | None) -> Flow[str]:
            if when == "after":
                operation_id = yield from super().trigger(job_id, operation_id, *directory)
            if self.is_first:
                raise AirflowException("The worker has lost its power.")
            if when == "before":
                operation_id = yield from super().trigger(job_id, operation_id, *directory)
            return operation_id

    return FailsOnce


def is_complete(path: str) -> bool:
    return (Path(path.removeprefix("file:")) / "_metadata").is_file()


@pytest.mark.airflow_2
@deferred_or_not
def test_a_savepoint_is_taken_of_a_job_that_goes_on(cluster: Cluster, deferrable: bool) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    task = run(FlinkTriggerSavepointOperator, job_id=job_id, deferrable=deferrable)
    assert task.state == "success", task.errors
    url = f"{cluster.address}/#/job/running/{job_id}/overview"
    assert task.xcoms == {
        "return_value": task.result,
        "savepoint_path": task.result,
        "operation_id": task.xcoms["operation_id"],
        "job_id": job_id,
        "job_url": url,
        "_link_FlinkJobLink": url,
    }
    assert is_complete(task.result)
    assert cluster.alive() == [job_id]


@pytest.mark.parametrize(
    ("deferrable", "drain"), [(False, False), (True, False), (True, True)], ids=["on the worker", "deferred", "drained"]
)
def test_a_job_is_stopped_with_a_savepoint(cluster: Cluster, deferrable: bool, drain: bool) -> None:
    job_id = cluster.running(STREAMING_COUNT, "--name", "orders")
    task = run(FlinkStopJobOperator, job_name="orders", drain=drain, deferrable=deferrable)
    assert task.state == "success", task.errors
    assert task.result == task.xcoms["savepoint_path"]
    assert is_complete(task.result)
    assert cluster.status(job_id) == "FINISHED"


@both
def test_where_and_how_it_is_written(cluster: Cluster, kind: Kind, tmp_path: Path) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    with make_dag(params={"folder": str(tmp_path)}) as dag:
        kind(
            task_id="it",
            job_id=job_id,
            savepoint_directory="{{ params.folder }}",
            savepoint_format="NATIVE",
            poll_interval=0.2,
        )
    path = run_dag(dag)["it"].result
    assert Path(path.removeprefix("file:")).parent.parent == tmp_path
    assert is_complete(path)


@both
def test_a_retry_finds_what_the_first_try_began(cluster: Cluster, kind: Kind) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    task = run(losing_its_first_try(kind, "after"), job_id=job_id, retries=1, deferrable=True)
    assert (task.state, task.tries) == ("success", 2), task.errors
    assert is_complete(task.result)
    assert cluster.savepoints_of(job_id) == [task.result]


@pytest.mark.one_flink
def test_a_retry_of_a_stop_does_not_take_another_tasks_savepoint_for_its_own(cluster: Cluster) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    stop = losing_its_first_try(FlinkStopJobOperator, "before")
    with make_dag(default_args={"poll_interval": 0.2, "retries": 1, "retry_delay": timedelta(0)}) as dag:
        backup = FlinkTriggerSavepointOperator(task_id="backup", job_id=job_id)
        backup >> stop(task_id="stop", job_id=job_id)
    ran = run_dag(dag)
    assert (ran.state, ran["stop"].tries) == ("success", 2)
    assert cluster.status(job_id) == "FINISHED"
    assert ran["stop"].result != ran["backup"].result
    assert is_complete(ran["stop"].result)


@pytest.mark.one_flink
def test_two_tasks_make_two_savepoints(cluster: Cluster) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    with make_dag() as dag:
        for name in ("one", "two"):
            FlinkTriggerSavepointOperator(task_id=name, job_id=job_id, poll_interval=0.2)
    ran = run_dag(dag)
    assert ran["one"].result != ran["two"].result
    assert ran["one"].xcoms["operation_id"] != ran["two"].xcoms["operation_id"]


@deferred_or_not
def test_a_savepoint_that_fails(cluster: Cluster, deferrable: bool) -> None:
    job_id = cluster.running(STREAMING_COUNT, "--fail-snapshot", "--checkpoint-interval", "0")
    task = run(FlinkTriggerSavepointOperator, job_id=job_id, deferrable=deferrable)
    assert task.state == "failed"
    assert "told to fail in a snapshot" in task.first_line
    assert "savepoint_path" not in task.xcoms


@pytest.mark.one_flink
@deferred_or_not
def test_a_stop_that_takes_too_long_is_followed_by_the_retry(cluster: Cluster, deferrable: bool) -> None:
    job_id = cluster.running(STREAMING_COUNT, "--slow-snapshot", "3500", "--checkpoint-interval", "0")
    task = run(FlinkStopJobOperator, job_id=job_id, timeout=2, retries=3, deferrable=deferrable)
    assert task.state == "success", task.errors
    assert task.tries > 1
    assert str(task.errors[0]).startswith("Timed out after 2 s. Last seen: ")
    assert cluster.savepoints_of(job_id) == [task.result]
    assert cluster.status(job_id) == "FINISHED"


@pytest.mark.airflow_2
@deferred_or_not
def test_a_job_is_cancelled(cluster: Cluster, deferrable: bool) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    task = run(FlinkCancelJobOperator, job_id=job_id, deferrable=deferrable)
    assert (task.state, task.result) == ("success", "CANCELED")
    assert cluster.status(job_id) == "CANCELED"
    assert task.xcoms["job_url"].endswith(f"{job_id}/overview")


@pytest.mark.one_flink
def test_a_job_that_has_ended_is_left_as_it_is(cluster: Cluster) -> None:
    job_id = cluster.run(BOUNDED_COUNT)
    cluster.comes_to(job_id, "FINISHED")
    task, log = run_task(FlinkCancelJobOperator, job_id=job_id, poll_interval=0.2)
    assert (task.state, task.result) == ("success", "FINISHED")
    assert f"Nothing to cancel: job 'bounded count' ({job_id}) is FINISHED." in log


@pytest.mark.one_flink
def test_a_name_that_two_jobs_have(cluster: Cluster) -> None:
    ids = [cluster.running(STREAMING_COUNT, "--name", "orders") for _ in range(2)]
    task = run(FlinkCancelJobOperator, job_name="orders", retries=1)
    assert (task.state, task.tries) == ("failed", 1)
    assert task.first_line.startswith("2 jobs are called 'orders': ")
    assert all(job_id in task.first_line for job_id in ids)
    assert sorted(cluster.alive()) == sorted(ids)
