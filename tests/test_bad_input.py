"""What a new user gets wrong, through real operators and sensors, on real Flinks of both majors.

Each error's first line says what was wrong and what to do; it is raised while the DAG file is parsed where it can be
known then; it is retried where that can help; and nothing is left running on the cluster.
"""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_dli.jobs import watch_metric
from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, JAR, MISBEHAVING, STREAMING_COUNT
from airflow_provider_dli.operators.flink import (
    FlinkCancelJobOperator,
    FlinkRunJarOperator,
    FlinkStopJobOperator,
    FlinkTriggerCheckpointOperator,
    FlinkTriggerSavepointOperator,
)
from airflow_provider_dli.sensors.flink import FlinkCheckpointSensor, FlinkJobStatusSensor, FlinkMetricSensor
from tests.airflow_engine import Task, connect, deferred_or_not, make_dag, run_dag, run_task
from tests.cluster import Cluster
from tests.every_task import JOB
from tests.rest.certificates import Authority
from tests.rest.server import Handler, answer, serving

pytestmark = pytest.mark.live

Kind = type[BaseOperator]
RETRIED, FINAL = 2, 1
STREAM: dict[str, Any] = {"jar": str(JAR), "entry_class": STREAMING_COUNT}


@pytest.fixture(autouse=True)
def _nothing_is_left_running(cluster: Cluster) -> Iterator[None]:
    cluster.started.clear()
    yield
    cluster.comes_to_rest(but_for=cluster.started)


@pytest.fixture(scope="module")
def bare(flink: LocalFlink) -> Iterator[Cluster]:
    """A Flink that nobody has told where savepoints go, and that waits for no more TaskManagers."""
    settings = {"resourcemanager.standalone.start-up-time": "1"}
    with LocalFlink(flink.version, savepoint_directory=None, configuration=settings) as other:
        yield Cluster(other)


def run(operator: Kind, **arguments: Any) -> Task:
    task, _ = run_task(operator, **{"retries": 1, "poll_interval": 0.2, "grace_period": 0.3, **arguments})
    return task


def fails(task: Task, tries: int, *told: str) -> None:
    """Make sure that a task failed after so many tries, and that its error's first line tells all of this."""
    assert (task.state, task.tries) == ("failed", tries), task.error
    for words in told:
        assert words in task.first_line


@pytest.mark.one_flink
@pytest.mark.parametrize(
    ("kind", "deferrable"), [(FlinkRunJarOperator, False), (FlinkJobStatusSensor, False), (FlinkJobStatusSensor, True)]
)
def test_no_cluster_at_the_address(monkeypatch: pytest.MonkeyPatch, kind: Kind, deferrable: bool) -> None:
    given = STREAM if kind is FlinkRunJarOperator else {"job_id": JOB}
    advice = "Check the connection's address and port, and that the cluster is up."
    connect(monkeypatch, "http://127.0.0.1:1")
    told = "No connection: Connection refused (GET http://127.0.0.1:1/jobs/overview)."
    fails(run(kind, **given, deferrable=deferrable), RETRIED, told, advice)
    connect(monkeypatch, "jobmanager.invalid")
    told = "(GET http://jobmanager.invalid:8081/jobs/overview)."
    fails(run(kind, **given, deferrable=deferrable), RETRIED, "No connection: ", told, advice)


def test_https_to_a_port_that_speaks_http(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "127.0.0.1", port=cluster.flink.port, schema="https")
    # What is in the way of the cluster can be mended between two tries.
    task = run(FlinkRunJarOperator, **STREAM)
    fails(task, RETRIED, "TLS failed: ", "wrong version number", "that the port speaks TLS.")


@pytest.mark.one_flink
@pytest.mark.parametrize("by_flink", [False, True], ids=["any server", "as Flink answers"])
def test_http_to_a_port_that_speaks_https(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by_flink: bool) -> None:
    with serving(None if by_flink else Authority(tmp_path).server()) as server:
        server.says(answer(301, b"", Location="https://jobs:8081/jobs/overview"))
        connect(monkeypatch, server.address.replace("https://", "http://"))
        task = run(FlinkRunJarOperator, **STREAM)
    if by_flink:
        fails(task, RETRIED, "The server answered 301: https://jobs:8081/jobs/overview", "schema to https")
    else:
        fails(task, RETRIED, "The connection broke", "or the answer is no HTTP", "(https instead of http?)")


def test_a_wrong_password_at_the_gateway(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = {**STREAM, "entry_class": BOUNDED_COUNT, "wait_until": "finished", "deferrable": True}
    with serving() as gateway:
        gateway.says(_to(cluster.address, "me", "right"))
        connect(monkeypatch, gateway.address, login="me", password="wrong")
        told = "Check the connection's login, password or token."
        for task in (run(FlinkRunJarOperator, **batch), run(FlinkJobStatusSensor, job_id=JOB, deferrable=True)):
            fails(task, RETRIED, "The server answered 401: an HTML page", told)
        connect(monkeypatch, gateway.address, login="me", password="right")
        assert run(FlinkRunJarOperator, **batch).state == "success"


@pytest.mark.one_flink
def test_a_typing_mistake_in_the_connection(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, cluster.address, conect_timeout=5)
    told = "Connection 'flink_default': its extra has no member 'conect_timeout'; there are path_prefix, addresses"
    fails(run(FlinkRunJarOperator, **STREAM), FINAL, told)
    fails(run(FlinkJobStatusSensor, job_id=JOB, deferrable=True), FINAL, told)


@pytest.mark.one_flink
def test_a_connection_that_is_not_there(cluster: Cluster) -> None:
    fails(run(FlinkRunJarOperator, **STREAM, flink_conn_id="prod"), RETRIED, "prod", "defined")


def test_a_file_that_is_no_jar(cluster: Cluster, tmp_path: Path) -> None:
    jars = cluster.jars()
    text = tmp_path / "job.jar"
    text.write_text("Hello!")
    told = f"{str(text)!r} is no jar: it begins with b'Hell', and a jar is a zip file."
    fails(run(FlinkRunJarOperator, jar=str(text)), FINAL, told)
    told = f"There is no jar '/nowhere/job.jar' on host {socket.gethostname()}: no file '/nowhere/job.jar', nor is it "
    fails(run(FlinkRunJarOperator, jar="/nowhere/job.jar"), FINAL, told)
    uploaded = "9a9a28ef-9b2c-4a4f-9a0f-0e4f6d5a6a2b_job.jar"
    told = "Upload the jar first: the JobManager has none with this id (any more)."
    fails(run(FlinkRunJarOperator, jar=uploaded), FINAL, uploaded, "does not exist. ", told)
    assert cluster.jars() == jars


def test_a_wrong_entry_class(cluster: Cluster) -> None:
    jars = cluster.jars()
    task = run(FlinkRunJarOperator, jar=str(JAR), entry_class="demo.Streamingcount")
    fails(task, FINAL, "The program's entry point class 'demo.Streamingcount' was not found in the jar file")
    fails(task, FINAL, "Check entry_class: the jar has no such class.")
    task = run(FlinkRunJarOperator, jar=str(JAR), entry_class="demo.ToldToFail")
    fails(
        task, FINAL, "The given program class does not have a main(String[]) method. Give an entry_class with a public"
    )
    assert cluster.jars() == jars


def test_a_program_whose_main_fails(cluster: Cluster) -> None:
    jobs = set(cluster.jobs())
    given = {"jar": str(JAR), "entry_class": MISBEHAVING}
    told = (
        "The program's main() failed: ",
        "ToldToFail: told to fail in main() (",
        "The JobManager's log has the rest.",
    )
    fails(run(FlinkRunJarOperator, **given), RETRIED, *told)
    task = run(FlinkRunJarOperator, **given, arguments=["--mode", "no-execute"])
    fails(task, FINAL, "No jobs included in application. The program's main() never calls execute().")
    task = run(FlinkRunJarOperator, **STREAM, arguments=["--rte", "10"])
    fails(
        task, RETRIED, "The program's main() failed: IllegalArgumentException: Unknown argument --rte; usage: [--name"
    )
    assert set(cluster.jobs()) == jobs


def test_a_savepoint_that_is_not_there(cluster: Cluster, tmp_path: Path) -> None:
    """Flink refuses, and leaves a failed job behind all the same."""
    jobs = set(cluster.jobs())
    advice = "Check restore_from: it must be a savepoint's own folder, readable by the JobManager."
    for path, told in (
        ("/nowhere/savepoint-1", "Cannot find checkpoint or savepoint file/directory '/nowhere/savepoint-1'"),
        (str(tmp_path), f"Cannot find meta data file '_metadata' in directory '{tmp_path}'"),
    ):
        fails(run(FlinkRunJarOperator, **STREAM, restore_from=path), FINAL, told, advice)
    left = [cluster.status(job_id) for job_id in set(cluster.jobs()) - jobs]
    assert left == ["FAILED", "FAILED"]


def test_a_typing_mistake_in_a_job_id(cluster: Cluster) -> None:
    typo = JOB[:-1]
    told = f"job_id must be 32 hexadecimal digits, as in {JOB!r}; got {typo!r} (31 characters)."
    for kind in (FlinkStopJobOperator, FlinkCancelJobOperator, FlinkJobStatusSensor):
        with pytest.raises(ValueError, match="job_id must be") as caught:
            kind(task_id="it", job_id=typo)
        assert str(caught.value) == told
        with make_dag(params={"job": typo}) as dag:
            kind(task_id="it", job_id="{{ params.job }}", retries=1)
        fails(run_dag(dag)["it"], FINAL, told)


@pytest.mark.parametrize(
    ("kind", "deferrable"),
    [
        (FlinkStopJobOperator, False),
        (FlinkCancelJobOperator, False),
        (FlinkTriggerCheckpointOperator, False),
        (FlinkJobStatusSensor, False),
        (FlinkJobStatusSensor, True),
    ],
)
def test_a_job_that_is_gone(cluster: Cluster, kind: Kind, deferrable: bool) -> None:
    told = f"There is no job {JOB} on the cluster. It has no job that has not ended: is this the right connection?"
    fails(run(kind, job_id=JOB, deferrable=deferrable), FINAL, told)
    stream = cluster.running(STREAMING_COUNT, "--name", "orders")
    fails(run(kind, job_id=JOB, deferrable=deferrable), FINAL, f"Not ended are: 'orders' ({stream}).")
    if kind is FlinkJobStatusSensor:
        # A job of this name may come later.
        told = "Timed out after 0.5 s. Last seen: no job is called 'order' yet. Not ended are: 'orders' ("
        fails(run(kind, job_name="order", deferrable=deferrable, timeout=0.5), FINAL, told)
    else:
        fails(run(kind, job_name="order"), FINAL, "No job is called 'order'. Not ended are: 'orders' (")
    assert cluster.alive() == [stream]


@pytest.mark.parametrize("kind", [FlinkStopJobOperator, FlinkTriggerSavepointOperator])
def test_a_job_that_has_ended(cluster: Cluster, kind: Kind) -> None:
    advice = "no savepoint can be taken"
    finished = cluster.run(BOUNDED_COUNT)
    cluster.comes_to(finished, "FINISHED")
    fails(
        run(kind, job_id=finished),
        FINAL,
        f"job 'bounded count' ({finished}) is FINISHED: {advice}",
    )
    failed = cluster.run(BOUNDED_COUNT, "--fail-after", "5")
    cluster.comes_to(failed, "FAILED")
    told = "ToldToFail: told to fail after 5 records (in Count"
    fails(run(kind, job_id=failed), FINAL, "Job 'bounded count' FAILED: ", told, advice[3:])


@pytest.mark.parametrize("kind", [FlinkStopJobOperator, FlinkTriggerSavepointOperator])
def test_no_directory_for_savepoints(
    cluster: Cluster, bare: Cluster, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    job_id = bare.running(STREAMING_COUNT)
    connect(monkeypatch, bare.address)
    key = "Config key [execution.checkpointing.savepoint-dir] is not set."
    advice = "Give savepoint_directory, or set that key in the cluster's configuration."
    fails(run(kind, job_id=job_id), FINAL, key, advice)
    assert bare.status(job_id) == "RUNNING"
    bare.clear()


@deferred_or_not
def test_a_directory_that_flink_cannot_write_to(cluster: Cluster, deferrable: bool) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    given = {"job_id": job_id, "deferrable": deferrable}
    told = (
        "IOException: Failed to create savepoint directory at /proc/savepoints/",
        "Check savepoint_directory: the cluster",
    )
    now = f"Now job 'streaming count' ({job_id}) is RUNNING, tasks: 2 running"
    for kind in (FlinkTriggerSavepointOperator, FlinkStopJobOperator):
        fails(run(kind, **given, savepoint_directory="/proc/savepoints"), RETRIED, *told, now)
    assert cluster.alive() == [job_id]


@deferred_or_not
def test_no_free_slots(cluster: Cluster, deferrable: bool) -> None:
    task = run(
        FlinkRunJarOperator, **STREAM, parallelism=9, timeout=1, on_kill="cancel", retries=0, deferrable=deferrable
    )
    told = (
        "Timed out after 1 s. Last seen: job 'streaming count' (",
        "tasks without a slot: 18, free slots: ",
        "of 4.",
    )
    fails(task, FINAL, *told, "is being cancelled, as on_kill='cancel' says.")


def test_no_free_slots_where_flink_does_not_wait_for_them(
    cluster: Cluster, bare: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, bare.address)
    told = (
        "Job 'streaming count' FAILED: NoResourceAvailableException: Could not acquire the minimum required resources."
    )
    advice = "The cluster has too few free slots: lower parallelism, add TaskManagers, or end another job. ("
    fails(run(FlinkRunJarOperator, **STREAM, parallelism=9), RETRIED, told, advice)
    assert not bare.alive()


@deferred_or_not
def test_a_stream_that_is_waited_for_until_it_is_finished(cluster: Cluster, deferrable: bool) -> None:
    task = run(FlinkRunJarOperator, **STREAM, wait_until="finished", timeout=1, retries=0, deferrable=deferrable)
    told = ("Timed out after 1 s. Last seen: job 'streaming count' (", "is RUNNING", "waiting until finished. ")
    fails(task, FINAL, *told, f"Job {task.xcoms['job_id']} is being cancelled, as on_kill='cancel' says.")


@deferred_or_not
def test_a_stream_without_checkpoints_that_is_waited_for_until_it_has_one(cluster: Cluster, deferrable: bool) -> None:
    given = {**STREAM, "arguments": ["--checkpoint-interval", "0"], "wait_until": "checkpointed"}
    task = run(FlinkRunJarOperator, **given, deferrable=deferrable)
    told = "Job 'streaming count' makes no checkpoints. Give it an interval (execution.checkpointing.interval), or wait"
    job_id = task.xcoms["job_id"]
    fails(task, FINAL, told, f"It goes on running: {cluster.address}/#/job/running/{job_id}/overview")
    assert cluster.alive() == [job_id]
    sensor = run(FlinkCheckpointSensor, job_id=job_id, kind="checkpoint", deferrable=deferrable)
    fails(sensor, FINAL, "Job 'streaming count' makes no checkpoints: give it an interval")
    cluster.clear()


def test_a_metric_that_is_not_there(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_metric, "PATIENCE_FOR_A_NEW_METRIC", 1.2)
    given: dict[str, Any] = {"job_id": cluster.running(STREAMING_COUNT), "threshold": 1}
    task = run(FlinkMetricSensor, **given, metric="numRestart", deferrable=True)
    fails(task, FINAL, "There is no metric 'numRestart' of job 'streaming count'. Names there are like: numRestarts, ")
    task = run(FlinkMetricSensor, **given, metric="count", vertex="Count")
    fails(task, FINAL, "There is no metric 'count' of vertex 'Count'. Names there are like: ", "Count.count, ")
    task = run(FlinkMetricSensor, **given, metric="Count.count", vertex="count")
    fails(task, FINAL, "has no vertex 'count'. It has: 'Source: Numbers -> Pace', 'Count'.")
    task = run(FlinkMetricSensor, **given, metric="lastCheckpointExternalPath")
    fails(task, FINAL, "Metric 'lastCheckpointExternalPath' is no number: it says '")


def test_a_threshold_that_is_no_number(cluster: Cluster) -> None:
    told = "threshold must be a number; got 'many'."
    with pytest.raises(ValueError, match="threshold") as caught:
        FlinkMetricSensor(task_id="it", job_id=JOB, metric="numRestarts", threshold="many")
    assert str(caught.value) == told
    with make_dag(params={"limit": "many"}) as dag:
        given = {"job_id": JOB, "metric": "numRestarts", "threshold": "{{ params.limit }}", "retries": 1}
        FlinkMetricSensor(task_id="on_the_worker", **given)
        FlinkMetricSensor(task_id="deferred", **given, deferrable=True)
    for task in run_dag(dag).tasks.values():
        fails(task, FINAL, told)


def _to(address: str, login: str, password: str) -> Any:
    """Hand requests on to an address, as a gateway does that asks for a password."""
    proof = f"Basic {base64.b64encode(f'{login}:{password}'.encode()).decode()}"

    def reply(handler: Handler) -> None:
        received = handler.server.received[-1]
        if received.headers.get("authorization") != proof:
            answer(401, b"<html>Log in</html>", "text/html", WWW_Authenticate="Basic")(handler)
            return
        headers = {name: value for name, value in received.headers.items() if name in {"content-type", "accept"}}
        told = httpx.request(
            received.method, f"{address}{received.path}", content=received.body, headers=headers, trust_env=False
        )
        answer(told.status_code, told.content, told.headers["content-type"])(handler)

    return reply
