"""The example DAGs, polling more often: each Airflow line can read them, and they run on real Flinks of both majors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowException, BaseOperator, Context

from airflow_provider_dli.jobs.flink import marks
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.local.demo_jobs import STREAMING_COUNT
from airflow_provider_dli.tasks.identity import identity_of
from tests.airflow_engine import make_dag, run_dag
from tests.cluster import Cluster
from tests.conftest import AIRFLOW_3
from tests.dli_project import Project
from tests.local.waiting import wait_until

SEEN: list[Identity] = []


class Fails(BaseOperator):
    """Notes its identity, and fails."""

    def execute(self, context: Context) -> None:
        SEEN.append(identity_of(context))
        raise AirflowException("lost")


FOLDER = Path(__file__).parents[1] / "example_dags"
FILES = {path.stem for path in FOLDER.glob("*.py")}


@pytest.fixture(scope="module")
def examples() -> dict[str, DAG]:
    if AIRFLOW_3:
        from airflow.dag_processing.dagbag import DagBag
    else:
        from airflow.models.dagbag import DagBag
    bag = DagBag(str(FOLDER))
    assert bag.import_errors == {}
    for dag in bag.dags.values():
        for task in dag.tasks:
            if hasattr(task, "poll_interval"):
                task.poll_interval = 0.5
    return dict(bag.dags)


def test_there_is_one_dag_in_each_file(examples: dict[str, DAG]) -> None:
    assert set(examples) == FILES
    assert {
        "batch_then_stream",
        "batch_then_stream_on_dli",
        "clean_up",
        "end_orphaned_jobs",
        "nightly_savepoint_backup",
        "run_watch_stop",
    } == FILES
    for dag in examples.values():
        assert dag.doc_md
        assert dag.tasks


@pytest.mark.live
@pytest.mark.airflow_2
def test_a_batch_job_then_a_stream_that_is_backed_up(cluster: Cluster, examples: dict[str, DAG]) -> None:
    jobs = set(cluster.jobs())
    started = run_dag(examples["batch_then_stream"], stream="orders")
    assert started.state == "success", started.log
    batch, stream = started["backfill"].result, started["stream"].result
    assert set(cluster.jobs()) - jobs == {batch, stream}
    assert (cluster.status(batch), cluster.jobs()[batch]["name"]) == ("FINISHED", "backfill")
    assert (cluster.status(stream), cluster.jobs()[stream]["name"]) == ("RUNNING", "orders")

    backed_up = run_dag(examples["nightly_savepoint_backup"], stream="orders")
    assert backed_up.state == "success", backed_up.log
    assert cluster.savepoints_of(stream) == [backed_up["backup"].result]
    assert cluster.alive() == [stream]


@pytest.mark.live
@pytest.mark.airflow_2
def test_a_stream_goes_on_where_it_was_stopped(cluster: Cluster, examples: dict[str, DAG]) -> None:
    jobs, jars = set(cluster.jobs()), set(cluster.jars())
    run = run_dag(examples["run_watch_stop"])
    assert run.state == "success", run.log
    first, second = run["run"].result, run["run_again"].result
    assert set(cluster.jobs()) - jobs == {first, second}
    assert cluster.status(first) == "FINISHED"
    assert cluster.alive() == [second]
    assert set(cluster.jars()) - jars == {run["upload"].result}
    assert set(cluster.savepoints_of(first)) == {run["backup"].result, run["stop"].result}
    assert run["enough_records"].result >= 500
    assert wait_until(lambda: cluster.metric(second, "restoredCount")) >= run["enough_records"].result


@pytest.mark.live
@pytest.mark.airflow_2
def test_all_but_the_newest_goes(cluster: Cluster, examples: dict[str, DAG], tmp_path: Path) -> None:
    cluster.running(STREAMING_COUNT, "--name", "orders")
    jars = cluster.jars()
    uploads = [cluster.upload("orders.jar") for _ in range(2)]
    given = {"stream": "orders", "savepoints": f"file://{tmp_path}", "jar": "orders.jar", "keep": 1}
    first, second = (run_dag(examples["clean_up"], **given) for _ in range(2))
    assert (first.state, second.state) == ("success", "success"), second.log
    assert [f"file:{file.parent}" for file in tmp_path.rglob("_metadata")] == [second["backup"].result]
    assert second["dispose[0]"].result == first["backup"].result.replace("file:/", "file:///")
    assert set(cluster.jars()) - set(jars) == {uploads[1]}


@pytest.mark.live
@pytest.mark.one_flink
@pytest.mark.airflow_2
def test_a_job_whose_task_has_failed_is_cancelled(cluster: Cluster, examples: dict[str, DAG]) -> None:
    with make_dag() as dag:
        Fails(task_id="it")
    run_dag(dag)
    (identity,) = SEEN
    configurations = [
        marks.configuration(one, {}, on_kill=on_kill, wait_until="finished")
        for one, on_kill in (
            (identity, "cancel"),
            (identity, "detach"),
            (replace(identity, run_id="unknown here"), "cancel"),
            (replace(identity, namespace="another Airflow"), "cancel"),
        )
    ]
    jobs = [cluster.run(STREAMING_COUNT, flinkConfiguration=one) for one in configurations]
    jobs.append(cluster.run(STREAMING_COUNT))
    for job_id in jobs:
        cluster.comes_to(job_id, "RUNNING")
    # A mark shows some seconds after a job has begun to run.
    assert wait_until(
        lambda: "airflow.dag_id" in cluster.get(f"/jobs/{jobs[0]}/config")["execution-config"]["user-config"]
    )
    looked = run_dag(examples["end_orphaned_jobs"])
    assert looked["orphaned_jobs"].result == []
    assert set(cluster.alive()) == set(jobs)
    done = run_dag(examples["end_orphaned_jobs"], dry_run=False)
    assert done["orphaned_jobs"].result == [jobs[0]], done.log
    assert done["cancel[0]"].result == "CANCELED"
    assert set(cluster.alive()) == set(jobs[1:])


def _user_configuration(cluster: Cluster, job_id: str) -> dict[str, str]:
    settings: dict[str, str] = cluster.get(f"/jobs/{job_id}/config")["execution-config"]["user-config"]
    return settings


@pytest.mark.live
@pytest.mark.airflow_2
def test_data_is_prepared_and_streamed_on_dli(project: Project, examples: dict[str, DAG]) -> None:
    dag = examples["batch_then_stream_on_dli"]
    given = {"bucket": "state", "job_name": "cities", "records": 50}
    # What one run is given is what the next one begins with.
    first = run_dag(dag, **given, restore_from="")
    assert first.state == "success", first.log
    job_id, backup, stopped = (first[name].result for name in ("stream", "backup", "stop"))
    assert project.jobs() == {"cities": job_id}
    assert project.status(job_id) == "job_cancel_success"
    assert first["enough_records"].result >= 50
    assert backup.startswith("state/backups/cities/")
    assert [project.is_complete(path) for path in (backup, stopped)] == [True, True]
    assert project.sent("/streaming/jobs/run$") == 1
    assert project.cluster.alive() == []

    again = run_dag(dag, **given, restore_from=backup)
    assert again.state == "success", again.log
    assert again["stream"].result == job_id
    assert project.sent(f"/streaming/jobs/{job_id}/import-savepoint$") == 1
    assert project.is_complete(backup)
