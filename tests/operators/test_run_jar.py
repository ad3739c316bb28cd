"""``FlinkRunJarOperator`` and ``FlinkUploadJarOperator`` on a real Flink."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, Context

from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, JAR, MISBEHAVING, SEVERAL_JOBS, STREAMING_COUNT
from airflow_provider_dli.operators.flink import FlinkRunJarOperator, FlinkUploadJarOperator
from tests.airflow_engine import Task, connect, context_of, deferred_or_not, make_dag, run_dag, run_task
from tests.cluster import Cluster
from tests.local.waiting import wait_until
from tests.network.wire import Wire

pytestmark = pytest.mark.live

ID = "[0-9a-f]{32}"
BATCH: dict[str, Any] = {"jar": str(JAR), "entry_class": BOUNDED_COUNT, "wait_until": "finished", "poll_interval": 0.2}
STREAM: dict[str, Any] = {"jar": str(JAR), "entry_class": STREAMING_COUNT, "poll_interval": 0.2}


class FailsOnce(FlinkRunJarOperator):
    """Loses its first try when the job is already there."""

    def complete(self, context: Context, result: Job) -> str:
        if context["ti"].try_number == 1:
            raise AirflowException("The worker has lost its power.")
        return super().complete(context, result)


@pytest.fixture
def worker() -> Iterator[Callable[..., tuple[FlinkRunJarOperator, Any, Future[Any]]]]:
    """Begins to run an operator as a worker does, to be killed in the middle."""
    with ThreadPoolExecutor() as threads:

        def begin(**arguments: Any) -> tuple[FlinkRunJarOperator, Any, Future[Any]]:
            task = FlinkRunJarOperator(task_id="it", **arguments)
            context = context_of(task)
            return task, context, threads.submit(task.execute, context)

        yield begin


@pytest.fixture
def wire(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """What an operator speaks through to the cluster."""
    wire = Wire(cluster.flink.port)
    connect(monkeypatch, wire.address)
    yield wire
    wire.close()


def run(**arguments: Any) -> Task:
    task, _ = run_task(FlinkRunJarOperator, **arguments)
    return task


@pytest.mark.airflow_2
@deferred_or_not
def test_a_batch_job_is_run_to_its_end(cluster: Cluster, deferrable: bool) -> None:
    jars, jobs = cluster.jars(), set(cluster.jobs())
    task, log = run_task(FlinkRunJarOperator, **BATCH, arguments=["--name", "batch"], deferrable=deferrable)
    assert task.state == "success", log
    (job_id,) = set(cluster.jobs()) - jobs
    assert (cluster.status(job_id), cluster.jobs()[job_id]["name"]) == ("FINISHED", "batch")
    url = f"{cluster.address}/#/job/running/{job_id}/overview"
    assert task.xcoms == {"return_value": job_id, "job_id": job_id, "job_url": url, "_link_FlinkJobLink": url}
    assert f"job 'batch' ({job_id}) is FINISHED, as wanted: finished." in log
    assert cluster.jars() == jars


@pytest.mark.one_flink
@deferred_or_not
def test_a_wait_ends_when_what_it_is_for_has_come(cluster: Cluster, deferrable: bool) -> None:
    submitted, log = run_task(FlinkRunJarOperator, **STREAM, wait_until="submitted", deferrable=deferrable)
    assert submitted.result in cluster.alive()
    assert "running trigger in line" not in log
    running = run(**STREAM, wait_until="running", deferrable=deferrable)
    tasks = cluster.jobs()[running.result]["tasks"]
    assert tasks["running"] == tasks["total"] == 2
    checkpointed = run(**STREAM, wait_until="checkpointed", deferrable=deferrable)
    assert cluster.completed_checkpoints(checkpointed.result) >= 1


def test_what_is_given_arrives(cluster: Cluster) -> None:
    params = {"entry_class": BOUNDED_COUNT, "arguments": ["--name", "called so", "--records", 50], "slots": 2}
    with make_dag(params=params, render_template_as_native_obj=True) as dag:
        given = {**BATCH, "entry_class": "{{ params.entry_class }}", "arguments": "{{ params.arguments }}"}
        FlinkRunJarOperator(task_id="by_parallelism", **given, parallelism="{{ params.slots }}")
        settings = {"parallelism.default": "{{ params.slots }}"}
        FlinkRunJarOperator(task_id="by_configuration", **given, flink_configuration=settings)
    ran = run_dag(dag)
    for task in ran.tasks.values():
        detail = cluster.get(f"/jobs/{task.result}")
        assert detail["name"] == "called so"
        assert {vertex["parallelism"] for vertex in detail["vertices"]} == {2}


@pytest.mark.airflow_2
@deferred_or_not
def test_a_retry_attaches_to_the_job_of_the_first_try(cluster: Cluster, deferrable: bool) -> None:
    jobs = set(cluster.jobs())
    task, log = run_task(FailsOnce, **STREAM, retries=1, deferrable=deferrable)
    assert (task.state, task.tries) == ("success", 2)
    assert set(cluster.jobs()) - jobs == {task.result}
    assert cluster.alive() == [task.result]
    assert "an earlier try of this task started it" in log


@pytest.mark.one_flink
def test_a_retry_starts_anew_where_the_job_has_failed_and_fails_alike_deferred_or_not(cluster: Cluster) -> None:
    jobs = set(cluster.jobs())
    given: dict[str, Any] = {**BATCH, "arguments": ["--fail-after", "10"], "retries": 1}
    task, other = run(**given), run(**given, deferrable=True)
    assert (task.state, task.tries) == (other.state, other.tries) == ("failed", 2)
    assert len(set(cluster.jobs()) - jobs) == 4
    assert re.sub(ID, "ID", task.error) == re.sub(ID, "ID", other.error)
    for error in task.errors:
        assert str(error).startswith(
            "Job 'bounded count' FAILED: demo.ToldToFail: told to fail after 10 records (in Count"
        )
    assert str(task.errors[0]) != str(task.errors[1])


@pytest.mark.one_flink
def test_mapped_tasks_have_jobs_of_their_own(cluster: Cluster) -> None:
    with make_dag() as dag:
        arguments = [["--name", "a"], ["--name", "b"]]
        FlinkRunJarOperator.partial(task_id="each", **BATCH, on_kill="detach").expand(arguments=arguments)
    ran = run_dag(dag)
    assert [cluster.jobs()[ran[f"each[{index}]"].result]["name"] for index in (0, 1)] == ["a", "b"]


@pytest.mark.one_flink
def test_a_jar_is_uploaded_once_and_used_twice(cluster: Cluster) -> None:
    jars = cluster.jars()
    with make_dag() as dag:
        upload = FlinkUploadJarOperator(task_id="upload", jar=f"file://{JAR}")
        arguments = {**BATCH, "jar": upload.output}
        FlinkRunJarOperator(task_id="one", **arguments) >> FlinkRunJarOperator(task_id="two", **arguments)
    ran = run_dag(dag)
    assert ran.state == "success"
    assert set(cluster.jars()) - set(jars) == {ran["upload"].result}


@pytest.mark.one_flink
def test_a_jar_that_flink_refused_does_not_stay_behind(cluster: Cluster) -> None:
    jars = cluster.jars()
    for given in (
        {"entry_class": "demo.Nope"},
        {"entry_class": MISBEHAVING},
        {"entry_class": STREAMING_COUNT, "restore_from": "/nowhere/savepoint-1"},
    ):
        assert run(**{**STREAM, **given}).state == "failed"
    assert cluster.jars() == jars
    assert not cluster.alive()


@pytest.mark.one_flink
def test_a_jar_as_a_path(cluster: Cluster, tmp_path: Path) -> None:
    assert run(**{**BATCH, "jar": JAR}).state == "success"


@pytest.mark.one_flink
def test_rendered_values_are_checked_before_anything_is_sent(cluster: Cluster) -> None:
    jobs, jars = set(cluster.jobs()), cluster.jars()
    with make_dag(params={"text": "--rate 10", "word": "two", "nothing": ""}) as dag:
        for name, given in {
            "arguments": {"arguments": "{{ params.text }}"},
            "parallelism": {"parallelism": "{{ params.word }}"},
            "flink_configuration": {"flink_configuration": "{{ params.text }}"},
            "jar": {"jar": "{{ params.nothing }}"},
        }.items():
            FlinkRunJarOperator(task_id=name, **{**STREAM, **given}, retries=1)
    ran = run_dag(dag)
    assert {name: (task.tries, task.first_line) for name, task in ran.tasks.items()} == {
        "arguments": (1, "arguments must be a list, as in ['--rate', '10']; got a str."),
        "parallelism": (1, "parallelism must be a number; got 'two'."),
        "flink_configuration": (1, "flink_configuration must be a dict of names and values; got a str."),
        "jar": (1, "jar is empty: the template or task that it comes from gave nothing."),
    }
    assert (set(cluster.jobs()), cluster.jars()) == (jobs, jars)


@pytest.mark.airflow_2
@pytest.mark.one_flink
@deferred_or_not
def test_a_batch_job_that_takes_too_long_is_cancelled(cluster: Cluster, deferrable: bool) -> None:
    task = run(**{**STREAM, "wait_until": "finished"}, timeout=0.8, deferrable=deferrable)
    assert task.state == "failed"
    assert task.first_line.startswith("Timed out after 0.8 s. Last seen: job 'streaming count' (")
    assert task.first_line.endswith("is being cancelled, as on_kill='cancel' says.")
    assert cluster.comes_to(task.xcoms["job_id"], "CANCELED")


@pytest.mark.one_flink
@deferred_or_not
def test_a_stream_that_does_not_come_up_in_time_is_left_alone(cluster: Cluster, deferrable: bool) -> None:
    task = run(**STREAM, parallelism=5, timeout=0.8, deferrable=deferrable)
    assert task.state == "failed"
    assert "tasks without a slot: 10, free slots: " in task.first_line
    left = f"Job {task.xcoms['job_id']} is left as it is, as on_kill='detach' says: {cluster.address}"
    assert left in task.first_line
    assert cluster.alive() == [task.xcoms["job_id"]]


@pytest.mark.one_flink
@deferred_or_not
def test_a_job_that_takes_too_long_may_be_stopped(cluster: Cluster, deferrable: bool) -> None:
    given = {**STREAM, "wait_until": "finished", "on_kill": "stop_with_savepoint", "grace_period": 0}
    task = run(**given, timeout=0.8, deferrable=deferrable)
    assert task.state == "failed"
    assert cluster.status(task.xcoms["job_id"]) == "FINISHED"
    path = task.xcoms["savepoint_path"]
    assert task.first_line.endswith(f"was stopped with savepoint {path}")
    assert (_local(path) / "_metadata").is_file()


@pytest.mark.one_flink
@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"wait_until": "finished"}, "CANCELED"),
        ({"wait_until": "finished", "on_kill": "detach"}, "RUNNING"),
        ({"wait_until": "finished", "on_kill": "stop_with_savepoint"}, "FINISHED"),
    ],
)
def test_a_kill_does_what_on_kill_says(cluster: Cluster, worker: Any, given: dict[str, Any], status: str) -> None:
    task, context, result = worker(**STREAM, **given)
    (job_id,) = wait_until(cluster.alive)
    wait_until(lambda: cluster.jobs()[job_id]["tasks"]["running"] == 2)
    assert not result.done()
    wait_until(lambda: "_link_FlinkJobLink" in context["ti"].xcoms)
    assert context["ti"].xcoms["_link_FlinkJobLink"] == f"{cluster.address}/#/job/running/{job_id}/overview"
    task.on_kill()
    assert cluster.comes_to(job_id, status)
    cluster.clear()
    error = result.exception()
    assert error is None if status == "FINISHED" else "was cancel" in str(error).lower(), error


@pytest.mark.one_flink
def test_a_kill_reaches_the_job_of_an_earlier_try(cluster: Cluster) -> None:
    other = cluster.running(STREAMING_COUNT)
    first, second = (FlinkRunJarOperator(task_id="it", **STREAM, on_kill="cancel") for _ in range(2))
    context = context_of(first)
    job_id = first.execute(context)
    context["ti"].try_number = 2
    assert second.execute(context) == job_id
    second.on_kill()
    assert cluster.comes_to(job_id, "CANCELED")
    assert cluster.alive() == [other]


def test_a_kill_while_the_job_is_being_submitted(cluster: Cluster, wire: Wire, worker: Any) -> None:
    jars, jobs = cluster.jars(), set(cluster.jobs())
    task, _, result = worker(
        jar=str(JAR),
        entry_class=MISBEHAVING,
        arguments=["--mode", "slow-main", "--seconds", "5"],
        wait_until="finished",
        poll_interval=0.2,
    )
    wait_until(lambda: any(step.path.startswith("/jars/*/run") for step in wire.steps))
    task.on_kill()
    told = str(result.exception(timeout=60))
    if cluster.flink.version == "2.3.0":
        # Flink interrupts main(), and shows that in one way or the other.
        assert "before it had started a job" in told or "main() failed: InterruptedException" in told
    else:
        assert "main() failed: FileNotFoundException" in told or "ClassNotFoundException" in told
    assert (cluster.jars(), set(cluster.jobs())) == (jars, jobs)


def test_a_kill_between_the_jobs_of_a_program(cluster: Cluster, worker: Any) -> None:
    """Before Flink 2.3 its jobs have ids of Flink's own, and ``main()`` is at work in the JobManager."""
    jobs = set(cluster.jobs())
    task, _, result = worker(
        jar=str(JAR),
        entry_class=SEVERAL_JOBS,
        arguments=["--steps", "execute,sleep,new,execute", "--seconds", "60", "--pause", "5"],
        several_jobs=True,
        wait_until="finished",
        poll_interval=0.2,
    )
    wait_until(lambda: set(cluster.jobs()) > jobs)
    task.on_kill()
    assert result.exception(timeout=60)
    assert cluster.comes_to_rest()
    assert [cluster.status(job_id) for job_id in set(cluster.jobs()) - jobs] == ["CANCELED"]


@pytest.mark.one_flink
def test_a_kill_before_anything_was_sent_has_nothing_to_do(cluster: Cluster) -> None:
    FlinkRunJarOperator(task_id="it", **STREAM, on_kill="cancel").on_kill()


@pytest.mark.one_flink
def test_a_kill_that_cannot_reach_the_cluster_says_so(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    task = FlinkRunJarOperator(task_id="it", **STREAM, on_kill="cancel")
    job_id = task.execute(context_of(task))
    monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", "flink://127.0.0.1:1")
    del task.hook
    task.on_kill()
    assert f"Whether job {job_id} was ended is unclear: No connection: Connection refused" in capsys.readouterr().out
    assert cluster.alive() == [job_id]


@pytest.mark.one_flink
def test_the_backstop_of_a_deferred_task_does_what_on_kill_says(cluster: Cluster) -> None:
    """Airflow ends a deferred task whose triggerer is gone; the job is found by what was pushed."""
    task = FlinkRunJarOperator(task_id="it", **{**STREAM, "wait_until": "finished"}, timeout=60, deferrable=True)
    context = context_of(task)
    job_id = cluster.running(STREAMING_COUNT)
    context["ti"].xcom_push("job_id", job_id)
    with pytest.raises(AirflowException, match=f"for no triggerer has answered.*Job {job_id} is being cancelled"):
        task.resume_execution("__fail__", {"error": "Trigger timeout"}, context)
    assert cluster.comes_to(job_id, "CANCELED")


def _local(path: str) -> Path:
    return Path(path.removeprefix("file:"))
