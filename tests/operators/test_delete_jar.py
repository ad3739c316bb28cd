"""``FlinkDeleteJarOperator`` on a real Flink."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, BaseOperator, Context

from airflow_provider_dli.local.demo_jobs import JAR, STREAMING_COUNT
from airflow_provider_dli.operators.flink import FlinkDeleteJarOperator, FlinkUploadJarOperator
from tests.airflow_engine import Task, connect, make_dag, run_dag, run_task
from tests.cluster import Cluster
from tests.network.faults import BAD_GATEWAY, DROP_ANSWER, REPEATED, Fault, harming

pytestmark = pytest.mark.live
NOBODYS = "9a9a28ef-9b2c-4a4f-9a0f-0e4f6d5a6a2b_job.jar"


def run(kind: type[BaseOperator] = FlinkDeleteJarOperator, **arguments: Any) -> Task:
    task, _ = run_task(kind, retries=1, **arguments)
    return task


@pytest.mark.airflow_2
def test_a_jar_goes_as_it_came(cluster: Cluster) -> None:
    before = cluster.jars()
    with make_dag() as dag:
        uploaded = FlinkUploadJarOperator(task_id="upload", jar=str(JAR))
        FlinkDeleteJarOperator(task_id="delete", jar_id=uploaded.output)
    ran = run_dag(dag)
    assert ran.state == "success", ran.log
    assert ran["delete"].result == ran["upload"].result
    assert cluster.jars() == before


def test_a_path_as_flink_tells_it(cluster: Cluster) -> None:
    jar_id = cluster.upload("my job.jar")
    path = next(cluster.flink.directory.rglob(jar_id))
    assert jar_id in cluster.jars()
    assert run(jar_id=str(path)).result == jar_id
    assert jar_id not in cluster.jars()


def test_a_job_is_not_disturbed(cluster: Cluster) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    jar_id = cluster.upload("my job.jar")
    assert run(jar_id=jar_id).state == "success"
    assert cluster.status(job_id) == "RUNNING"


def test_one_that_is_not_there(cluster: Cluster) -> None:
    jars = cluster.jars()
    assert run(jar_id=NOBODYS).result == NOBODYS
    task = run(jar_id=NOBODYS, missing_ok=False)
    told = f"The JobManager has no jar {NOBODYS!r} (any more). Set missing_ok where it may be gone."
    assert (task.state, task.tries, task.first_line) == ("failed", 1, told)
    assert cluster.jars() == jars


@pytest.mark.one_flink
def test_a_retry_is_content_with_what_the_first_try_did(cluster: Cluster) -> None:
    class FailsOnce(FlinkDeleteJarOperator):
        def begin(self, context: Context, deadline: float | None) -> str:
            jar_id = super().begin(context, deadline)
            if context["ti"].try_number == 1:
                raise AirflowException("The worker has lost its power.")
            return jar_id

    jar_id = cluster.upload("my job.jar")
    task = run(FailsOnce, jar_id=jar_id, missing_ok=False)
    assert (task.state, task.tries, task.result) == ("success", 2, jar_id), task.errors


@pytest.mark.parametrize("fault", [DROP_ANSWER, REPEATED, BAD_GATEWAY], ids=str)
def test_an_answer_that_is_lost(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    jar_id = cluster.upload("my job.jar")
    with harming(cluster.flink.port, "DELETE", "/jars/*", fault) as wire:
        connect(monkeypatch, wire.address)
        task = run(jar_id=jar_id, missing_ok=False)
    assert (task.state, task.tries) == ("success", 1), task.errors
    assert jar_id not in cluster.jars()
