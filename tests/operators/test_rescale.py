"""``FlinkRescaleJobOperator`` on real Flinks, with the adaptive scheduler and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, BaseOperator, Context

from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, JAR, MISBEHAVING, STREAMING_COUNT
from airflow_provider_dli.operators.flink import FlinkRescaleJobOperator
from airflow_provider_dli.rest.flow import Flow
from tests.airflow_engine import Task, connect, deferred_or_not, run_task
from tests.cluster import ADAPTIVE_SCHEDULER, Cluster
from tests.conftest import SETTINGS
from tests.local.waiting import wait_until

pytestmark = pytest.mark.live
Kind = type[BaseOperator]

SOURCE, COUNT = "Source: Numbers -> Pace", "Count"
PROGRAM: dict[str, Any] = {"jar": str(JAR), "entry_class": STREAMING_COUNT}


@pytest.fixture(scope="module")
def _adaptive(flink: LocalFlink) -> Iterator[Cluster]:
    with LocalFlink(flink.version, configuration={**SETTINGS, **ADAPTIVE_SCHEDULER}) as other:
        yield Cluster(other)


@pytest.fixture
def adaptive(_adaptive: Cluster, airflow_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A Flink with the adaptive scheduler, that the connection ``flink_default`` leads to."""
    connect(monkeypatch, _adaptive.address)
    yield _adaptive
    _adaptive.clear()


def run(kind: Kind = FlinkRescaleJobOperator, **arguments: Any) -> Task:
    task, _ = run_task(kind, **{"poll_interval": 0.2, "grace_period": 1, **arguments})
    return task


def parallelism(cluster: Cluster, job_id: str) -> dict[str, int]:
    vertices = cluster.get(f"/jobs/{job_id}")["vertices"]
    return {vertex["name"]: vertex["parallelism"] for vertex in vertices}


def upper_bounds(cluster: Cluster, job_id: str) -> set[int]:
    told = cluster.get(f"/jobs/{job_id}/resource-requirements")
    return {vertex["parallelism"]["upperBound"] for vertex in told.values()}


def running_with_checkpoint(cluster: Cluster, *arguments: str) -> str:
    job_id = cluster.running(STREAMING_COUNT, *arguments)
    wait_until(lambda: cluster.completed_checkpoints(job_id))
    return job_id


def losing_its_first_try(moment: str) -> Kind:
    """Return a kind of operator whose worker loses its power in the first try, at some moment of a restart."""

    class FailsOnce(FlinkRescaleJobOperator):
        def begin(self, context: Context, deadline: float | None) -> Any:
            self.is_first = context["ti"].try_number == 1
            begun = super().begin(context, deadline)
            self.loses_power("before the wait")
            return begun

        def trigger(self, job_id: str, operation_id: str, directory: str | None) -> Flow[str]:
            self.loses_power("before the stop")
            operation_id = yield from super().trigger(job_id, operation_id, directory)
            self.loses_power("after the stop's request")
            return operation_id

        def start(self, job_id: str, savepoint_path: str | None) -> Flow[None]:
            self.loses_power("after the stop")
            yield from super().start(job_id, savepoint_path)
            self.loses_power("after the start's request")

        def loses_power(self, here: str) -> None:
            if self.is_first and here == moment:
                raise AirflowException("The worker has lost its power.")

    return FailsOnce


@pytest.mark.airflow_2
@deferred_or_not
def test_a_job_is_rescaled_in_place(adaptive: Cluster, deferrable: bool) -> None:
    job_id = running_with_checkpoint(adaptive)
    for wanted in (3, 2):
        task = run(job_id=job_id, parallelism=wanted, deferrable=deferrable)
        assert (task.state, task.result, task.xcoms["job_id"]) == ("success", job_id, job_id), task.errors
        assert parallelism(adaptive, job_id) == {SOURCE: wanted, COUNT: wanted}
        assert adaptive.jobs()[job_id]["tasks"]["total"] == 2 * wanted
        assert wait_until(lambda: adaptive.metric(job_id, "restoredCount"))
    assert adaptive.alive() == [job_id]
    assert adaptive.savepoints_of(job_id) == []


def test_single_vertices_are_rescaled_in_place(adaptive: Cluster) -> None:
    job_id = running_with_checkpoint(adaptive, "--name", "orders")
    task = run(job_name="orders", parallelism={COUNT: "3"}, lower_bound=2)
    assert (task.state, task.result) == ("success", job_id), task.errors
    assert parallelism(adaptive, job_id) == {SOURCE: 1, COUNT: 3}
    required = adaptive.get(f"/jobs/{job_id}/resource-requirements").values()
    assert sorted(each["parallelism"]["lowerBound"] for each in required) == [1, 2]


def test_nothing_is_sent_where_the_job_has_the_parallelism_already(adaptive: Cluster) -> None:
    job_id = adaptive.running(STREAMING_COUNT)
    task, log = run_task(FlinkRescaleJobOperator, job_id=job_id, parallelism=1, poll_interval=0.2)
    assert (task.state, task.result) == ("success", job_id), task.errors
    assert "nothing is sent" in log


@pytest.mark.airflow_2
def test_more_tasks_than_the_cluster_has_slots_for(adaptive: Cluster) -> None:
    job_id = running_with_checkpoint(adaptive)
    task = run(job_id=job_id, parallelism=8, retries=1)
    assert (task.state, task.tries) == ("failed", 2)
    assert f"Job {job_id} would need 8 slots, and the cluster has 4 in all; nothing was changed." in task.first_line
    assert upper_bounds(adaptive, job_id) == {1}


@deferred_or_not
def test_slots_that_are_waited_for(adaptive: Cluster, deferrable: bool) -> None:
    job_id = running_with_checkpoint(adaptive)
    assert run(job_id=job_id, parallelism=4).state == "success"
    task = run(job_id=job_id, parallelism=8, wait_for_slots=True, timeout=2, deferrable=deferrable)
    assert task.state == "failed"
    told = f"wants 8 tasks of '{SOURCE}' (has 4), 8 tasks of 'Count' (has 4); 0 of 4 slots are free"
    assert told in task.first_line
    assert upper_bounds(adaptive, job_id) == {8}
    assert adaptive.alive() == [job_id]


def test_what_cannot_be_rescaled_in_place(adaptive: Cluster) -> None:
    job_id = adaptive.running(STREAMING_COUNT)
    for given, told in {
        (129,): f"'{SOURCE}' of job {job_id} cannot have 129 tasks: its maximum parallelism is 128.",
        (("count", 2),): f"Job {job_id} has no vertex 'count'. It has: '{SOURCE}', 'Count'.",
    }.items():
        (one,) = given
        wanted = one if isinstance(one, int) else dict([one])
        task = run(job_id=job_id, parallelism=wanted, retries=1)
        assert (task.state, task.tries) == ("failed", 1)
        assert told in task.first_line
    adaptive.cancel(job_id)
    adaptive.comes_to(job_id, "CANCELED")
    task = run(job_id=job_id, parallelism=2, retries=1)
    assert (task.state, task.tries) == ("failed", 1)
    assert "was cancelled, and not by this task" in task.first_line
    finished = adaptive.run(BOUNDED_COUNT)
    adaptive.comes_to(finished, "FINISHED")
    task = run(job_id=finished, parallelism=2, retries=1)
    assert (task.state, task.tries) == ("failed", 1)
    assert task.first_line.endswith("is FINISHED: there is nothing to rescale.")


def test_a_restart_is_forced_on_a_cluster_that_can_do_without(adaptive: Cluster) -> None:
    job_id = running_with_checkpoint(adaptive)
    task = run(job_id=job_id, parallelism=2, mode="restart", **PROGRAM)
    assert task.state == "success", task.errors
    assert adaptive.alive() == [task.result]
    assert adaptive.status(job_id) == "FINISHED"
    assert parallelism(adaptive, task.result) == {SOURCE: 2, COUNT: 2}


@pytest.mark.airflow_2
@deferred_or_not
def test_a_job_is_restarted_with_another_parallelism(cluster: Cluster, deferrable: bool, tmp_path: Path) -> None:
    first = running_with_checkpoint(cluster, "--name", "orders")
    given = {
        **PROGRAM,
        "arguments": ["--name", "orders"],
        "savepoint_directory": str(tmp_path),
        "deferrable": deferrable,
    }
    task = run(job_name="orders", parallelism=3, **given)
    assert task.state == "success", task.errors
    (new,) = cluster.alive()
    url = f"{cluster.address}/#/job/running/{new}/overview"
    path = task.xcoms["savepoint_path"]
    assert task.xcoms == {
        "return_value": new,
        "job_id": new,
        "job_url": url,
        "_link_FlinkJobLink": url,
        "savepoint_path": path,
    }
    assert (Path(path.removeprefix("file:")) / "_metadata").is_file()
    assert Path(path.removeprefix("file:")).parent.parent == tmp_path
    assert cluster.status(first) == "FINISHED"
    assert parallelism(cluster, new) == {SOURCE: 3, COUNT: 3}
    assert wait_until(lambda: cluster.metric(new, "restoredCount"))
    again, log = run_task(FlinkRescaleJobOperator, job_name="orders", parallelism=3, **given, poll_interval=0.2)
    assert (again.state, again.result) == ("success", new), again.errors
    assert "Nothing to do: " in log
    assert cluster.alive() == [new]


@pytest.mark.parametrize("by", ["job_id", pytest.param("job_name", marks=[pytest.mark.one_flink, pytest.mark.long])])
@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("before the stop", marks=pytest.mark.long),
        pytest.param("after the stop's request", marks=pytest.mark.long),
        "after the stop",
        "after the start's request",
        pytest.param("before the wait", marks=pytest.mark.long),
    ],
)
def test_a_retry_goes_on_where_the_first_try_was_lost(cluster: Cluster, moment: str, by: str) -> None:
    before = set(cluster.jobs())
    old = running_with_checkpoint(cluster, "--name", "orders")
    given = {**PROGRAM, "arguments": ["--name", "orders"], by: old if by == "job_id" else "orders"}
    task = run(losing_its_first_try(moment), **given, parallelism=2, retries=1, deferrable=True)
    assert (task.state, task.tries) == ("success", 2), task.errors
    assert set(cluster.jobs()) - before == {old, task.result}
    assert cluster.alive() == [task.result]
    assert cluster.savepoints_of(old) == [task.xcoms["savepoint_path"]]
    assert cluster.savepoints_of(task.result) == []
    assert parallelism(cluster, task.result) == {SOURCE: 2, COUNT: 2}


def test_a_cluster_that_can_only_restart_and_no_program(cluster: Cluster) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    ways = ("Give jar=... and how to run it", "or run the cluster with jobmanager.scheduler: adaptive (Flink 1.18+).")
    for given in ({}, {"mode": "in_place"}, {"mode": "in_place", **PROGRAM}):
        task = run(job_id=job_id, parallelism=2, retries=1, **given)
        assert (task.state, task.tries) == ("failed", 1)
        assert all(way in task.first_line for way in ways), task.first_line
    assert cluster.status(job_id) == "RUNNING"


@pytest.mark.one_flink
def test_what_is_noticed_before_the_stop(cluster: Cluster) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    uploaded = "9a9a28ef-9b2c-4a4f-9a0f-0e4f6d5a6a2b_job.jar"
    for given, told, tries in (
        ({"parallelism": 129}, "cannot have 129 tasks: its maximum parallelism is 128.", 1),
        ({"parallelism": 5}, "would need 5 slots, and the cluster has 4 in all; nothing was changed.", 2),
        (
            {"parallelism": {COUNT: 2}},
            "parallelism must be one number where the job is restarted; got {'Count': 2}.",
            1,
        ),
        ({"parallelism": 2, "jar": "/nowhere/job.jar"}, "There is no jar '/nowhere/job.jar'", 1),
        ({"parallelism": 2, "jar": uploaded}, f"The JobManager has no jar '{uploaded}'", 1),
    ):
        task = run(job_id=job_id, retries=1, **{**PROGRAM, **given})
        assert (task.state, task.tries) == ("failed", tries)
        assert told in task.first_line
    assert cluster.status(job_id) == "RUNNING"
    assert cluster.savepoints_of(job_id) == []


def test_a_program_that_does_not_start_names_the_savepoint(cluster: Cluster) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    given = {"jar": str(JAR), "entry_class": MISBEHAVING, "arguments": ["--mode", "throws"]}
    task = run(job_id=job_id, parallelism=2, retries=1, **given)
    assert (task.state, task.tries) == ("failed", 2)
    (path,) = cluster.savepoints_of(job_id)
    assert task.xcoms["savepoint_path"] == path
    for error in task.errors:
        assert "told to fail in main()" in str(error)
        assert "The old job is stopped: a retry goes on from its savepoint" in str(error)
        assert f"The savepoint {path} was made and is kept." in str(error)
    assert not cluster.alive()


@pytest.mark.one_flink
@deferred_or_not
def test_a_new_job_that_does_not_come_up_in_time_names_the_savepoint(cluster: Cluster, deferrable: bool) -> None:
    before = set(cluster.jobs())
    job_id = cluster.running(STREAMING_COUNT)
    task = run(
        job_id=job_id, parallelism=5, timeout=2, wait_for_slots=True, retries=1, deferrable=deferrable, **PROGRAM
    )
    (path,) = cluster.savepoints_of(job_id)
    assert (task.state, task.tries) == ("failed", 2)
    assert task.xcoms["savepoint_path"] == path
    for told in ("tasks without a slot: 10, free slots: ", "The old job is stopped", f"The savepoint {path} was made"):
        assert told in task.first_line
    assert set(cluster.jobs()) - before == {job_id, *cluster.alive()}


def test_a_stop_that_fails_leaves_the_job(cluster: Cluster) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    task = run(job_id=job_id, parallelism=2, savepoint_directory="/proc/savepoints", **PROGRAM)
    assert task.state == "failed"
    assert "Failed to create savepoint directory at /proc/savepoints/" in task.first_line
    assert "it was not stopped" in task.first_line
    assert cluster.alive() == [job_id]
