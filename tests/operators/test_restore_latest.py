"""``restore_from="latest"`` on a real Flink: a stream whose job or cluster is lost goes on from its last checkpoint."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import pytest
from airflow.providers.common.compat.sdk import AirflowException, Context

from airflow_provider_dli.hooks.object_store import OpenedStore
from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.flink.remains import FlinkRemains
from airflow_provider_dli.jobs.latest import Candidates, find_latest
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.local.demo_jobs import JAR, STREAMING_COUNT
from airflow_provider_dli.operators.dli import DliRunFlinkJobOperator
from airflow_provider_dli.operators.flink import FlinkRunJarOperator, FlinkSqlOperator
from tests.airflow_engine import connect, context_of, run_task
from tests.cluster import Cluster
from tests.dli_project import Project
from tests.flink.sql.gateway_on_flink import GatewayOnFlink, gateway_on
from tests.jobs.script import GONE, ID, IDENTITY, Script
from tests.local.waiting import wait_until

RETENTION = "execution.checkpointing.externalized-checkpoint-retention"
STREAM: dict[str, Any] = {
    "jar": str(JAR),
    "entry_class": STREAMING_COUNT,
    "arguments": ["--checkpoint-interval", "200"],
    "flink_configuration": {RETENTION: "RETAIN_ON_CANCELLATION"},
    "restore_from": "latest",
    "wait_until": "checkpointed",
    "poll_interval": 0.2,
}


def restored(cluster: Cluster, job_id: str) -> str:
    """The path that a job has started from; empty where it has started without state."""
    told = wait_until(lambda: cluster.get(f"/jobs/{job_id}/checkpoints"))["latest"]["restored"]
    return str(told["external_path"]) if told else ""


def has_ledger() -> bool:
    """Whether this Airflow keeps a task's ledger over its tries."""
    return version("apache-airflow") >= "3.3"


def folder(cluster: Cluster, job_id: str) -> Path:
    """The folder of a job's checkpoints."""
    return cluster.flink.directory / "checkpoints" / job_id


def last_checkpoint(cluster: Cluster, job_id: str) -> str:
    """The path of the newest checkpoint of a job that does not run."""
    made = folder(cluster, job_id).glob("chk-*/_metadata")
    return f"file://{max(made, key=lambda proof: proof.stat().st_mtime).parent}"


class LosesItsCluster(FlinkRunJarOperator):
    """In its first try the JobManager comes back without its jobs, and the worker loses its power."""

    cluster: ClassVar[Cluster]

    def complete(self, context: Context, result: Job) -> str:
        if context["ti"].try_number == 1:
            self.cluster.flink.restart_jobmanager()
            half_made = folder(self.cluster, result.id) / "chk-9999"
            half_made.mkdir()
            (half_made / "part").write_text("no _metadata")
            raise AirflowException("The worker has lost its power.")
        return super().complete(context, result)


@pytest.mark.live
@pytest.mark.airflow_2
@pytest.mark.one_flink
def test_a_retry_after_the_jobmanager_was_restarted(cluster: Cluster) -> None:
    LosesItsCluster.cluster = cluster
    task, log = run_task(LosesItsCluster, **STREAM, retries=1)
    assert (task.state, task.tries) == ("success", 2), log
    path = restored(cluster, task.result)
    first = path.split("/")[-2]
    assert path.startswith(f"file:{folder(cluster, first)}/chk-")
    assert not path.endswith("chk-9999")
    assert wait_until(lambda: cluster.metric(task.result, "restoredCount"))
    assert "No checkpoint or savepoint of this task's jobs was found: starting without state." in log
    # With a ledger, an id whose job has run is not used again.
    assert (first == task.result) is not has_ledger()
    assert f"Starting from file://{path.removeprefix('file:')}, which job {first} completed " in log
    assert f"it was found in file://{cluster.flink.directory}/checkpoints." in log


@pytest.mark.long
@pytest.mark.live
@pytest.mark.one_flink
@pytest.mark.parametrize("deferrable", [False, True], ids=["on the worker", "deferred"])
def test_a_forgotten_job_is_named_with_its_last_checkpoint(cluster: Cluster, deferrable: bool) -> None:
    def lose_the_jobs() -> None:
        (job_id,) = wait_until(cluster.alive)
        wait_until(lambda: cluster.jobs()[job_id]["tasks"]["running"] == 2)
        wait_until(lambda: cluster.completed_checkpoints(job_id))
        cluster.flink.restart_jobmanager()

    given = {**STREAM, "wait_until": "finished", "restore_from": None, "timeout": 60, "deferrable": deferrable}
    with ThreadPoolExecutor() as threads:
        lost = threads.submit(lose_the_jobs)
        task, log = run_task(FlinkRunJarOperator, **given)
    lost.result()
    assert task.state == "failed", log
    assert task.first_line.startswith(f"The cluster no longer knows job {task.xcoms['job_id']}. ")
    path = last_checkpoint(cluster, task.xcoms["job_id"])
    told = f"Its last checkpoint is {path}: with it as restore_from the next try goes on from there."
    assert task.first_line.endswith(told)


@pytest.mark.long
@pytest.mark.live
@pytest.mark.one_flink
def test_a_retry_goes_on_where_the_job_has_failed(cluster: Cluster) -> None:
    before = set(cluster.jobs())
    given = {**STREAM, "wait_until": "finished", "arguments": [*STREAM["arguments"], "--fail-after", "150"]}
    task, log = run_task(FlinkRunJarOperator, **given, retries=1)
    assert (task.state, task.tries) == ("failed", 2), log
    second = task.xcoms["job_id"]
    (first,) = set(cluster.jobs()) - before - {second}
    assert restored(cluster, first) == ""
    kept = restored(cluster, second)
    assert kept.startswith(f"file:{folder(cluster, first)}/chk-")
    assert str(task.errors[0]).endswith(f"Its state is kept in {kept}: the next try goes on from there.")
    assert "told to fail after 150 records" in str(task.errors[0]).split("\n")[0]
    assert f"Starting from {kept}, which job {first} completed " in log


@pytest.mark.long
@pytest.mark.live
@pytest.mark.one_flink
def test_nothing_is_promised_of_a_failed_job_whose_checkpoints_went_with_it(cluster: Cluster) -> None:
    arguments = [*STREAM["arguments"], "--fail-after", "150"]
    given = {**STREAM, "wait_until": "finished", "arguments": arguments, "flink_configuration": None}
    task, log = run_task(FlinkRunJarOperator, **given, retries=1)
    assert (task.state, task.tries) == ("failed", 2), log
    assert restored(cluster, task.xcoms["job_id"]) == ""
    assert not any("is kept in" in str(error) for error in task.errors)
    assert log.count("was found: starting without state.") == 2


@pytest.mark.long
@pytest.mark.live
@pytest.mark.one_flink
@pytest.mark.parametrize("is_forgotten", [False, True], ids=["known", "forgotten"])
def test_a_cleared_task_goes_on_where_its_job_was_cancelled(cluster: Cluster, is_forgotten: bool) -> None:
    task = FlinkRunJarOperator(task_id="it", **STREAM)
    context = context_of(task)
    context["ti"].dag_id = f"cleared {os.getpid()} {is_forgotten}"
    first = task.execute(context)
    cluster.cancel(first)
    assert cluster.comes_to(first, "CANCELED")
    if is_forgotten:
        cluster.flink.restart_jobmanager()
    context["ti"].try_number, context["ti"].max_tries = 2, 1
    again = FlinkRunJarOperator(task_id="it", **STREAM)
    second = again.execute(context)
    assert second != first
    assert f"file://{restored(cluster, second).removeprefix('file:')}" == last_checkpoint(cluster, first)
    assert wait_until(lambda: cluster.metric(second, "restoredCount"))


@pytest.mark.live
@pytest.mark.one_flink
def test_a_job_that_runs_is_attached_to_and_nothing_is_looked_for(cluster: Cluster) -> None:
    class FailsOnce(FlinkRunJarOperator):
        def complete(self, context: Context, result: Job) -> str:
            if context["ti"].try_number == 1:
                raise AirflowException("The worker has lost its power.")
            return super().complete(context, result)

    task, log = run_task(FailsOnce, **STREAM, retries=1)
    assert (task.state, cluster.alive()) == ("success", [task.result]), log
    assert restored(cluster, task.result) == ""
    assert log.count("starting without state") == 1


@pytest.fixture
def gateway(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayOnFlink]:
    with gateway_on(cluster) as gateway:
        connect(monkeypatch, cluster.address, sql_gateway=gateway.server.address)
        yield gateway


@pytest.mark.long
@pytest.mark.live
@pytest.mark.one_flink
def test_a_statement_goes_on_where_its_job_was_cancelled(cluster: Cluster, gateway: GatewayOnFlink) -> None:
    class LosesItsJob(FlinkSqlOperator):
        def complete(self, context: Context, result: Any) -> Any:
            if context["ti"].try_number == 1:
                made.append(cluster.savepoint(result.id)["location"])
                cluster.cancel(result.id)
                cluster.comes_to(result.id, "CANCELED")
                raise AirflowException("The worker has lost its power.")
            return super().complete(context, result)

    made: list[str] = []
    task, log = run_task(LosesItsJob, sql="INSERT INTO t SELECT 1", restore_from="latest", retries=1, poll_interval=0.2)
    assert (task.state, task.tries) == ("success", 2), log
    opened = [body.get("properties") for body in gateway.bodies if body and "sessionName" in body]
    assert opened == [None, {"execution.state-recovery.path": made[0]}]


@pytest.mark.live
@pytest.mark.one_flink
def test_a_script_that_starts_several_jobs_has_no_newest_state(gateway: GatewayOnFlink) -> None:
    sql = ["INSERT INTO t SELECT 1", "INSERT INTO u SELECT 1"]
    task, _ = run_task(FlinkSqlOperator, sql=sql, restore_from="latest", retries=1)
    assert (task.state, task.tries) == ("failed", 1)
    assert task.first_line.startswith("restore_from='latest' is for a script that starts one job; this one starts 2.")
    assert not gateway.started


@pytest.mark.live
@pytest.mark.one_flink
def test_on_dli_it_is_the_savepoint_that_dli_keeps_with_the_job(project: Project) -> None:
    job_id = project.running("orders")
    project.counts(job_id)
    project.stop(job_id, trigger_savepoint=True)
    task, log = run_task(DliRunFlinkJobOperator, job_id=job_id, restore_from="latest", poll_interval=0.2)
    assert task.state == "success", log
    assert project.restored(job_id) > 0


def _script(directory: str) -> Script:
    settings = [{"key": "state.checkpoints.dir", "value": directory}]
    return Script().jobs(GONE).on("GET /jobmanager/config", settings)


def _latest(script: Script) -> str | None:
    remains = FlinkRemains(script.backend, {})
    return script.run(find_latest(script.backend, remains, OpenedStore, Candidates.of(Attempt(IDENTITY, "run"), 2)))


@pytest.mark.parametrize("directory", ["s3://bucket/checkpoints", "s3a://bucket/x", "hdfs://name/x", "nope://x"])
def test_a_folder_that_this_worker_cannot_open(directory: str) -> None:
    script = _script(directory)
    assert _latest(script) is None
    told, end = script.told
    assert told.startswith(
        "The state of jobs that the cluster has forgotten cannot be looked for: The object store at "
    )
    assert directory.partition("://")[0] in told
    assert "starting without state" in end


def test_a_folder_that_this_worker_may_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.providers.common.compat.sdk import ObjectStoragePath

    def forbidden(self: object) -> bool:
        raise PermissionError("Access Denied")

    monkeypatch.setattr(ObjectStoragePath, "exists", forbidden)
    script = _script(f"file://{tmp_path}")
    assert _latest(script) is None
    assert script.told[0].endswith("cannot be read: Access Denied")


def test_only_complete_checkpoints_count(tmp_path: Path) -> None:
    for name in ("chk-1/_metadata", "chk-2/part-0", "shared/abc", "taskowned/x"):
        file = tmp_path / ID / name
        file.parent.mkdir(parents=True)
        file.write_text("state")
    assert _latest(_script(f"file:{tmp_path}")) == f"file://{tmp_path}/{ID}/chk-1"
