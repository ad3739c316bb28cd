"""What a new user of DLI gets wrong, through real operators and sensors, on the emulator in front of a real Flink.

Each error's first line says what was wrong and what to do, with the request's id where a server has answered; it is
retried where that can help; and nothing is left behind.
"""

from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_dli.operators.dli import (
    DliDeleteFlinkJobOperator,
    DliFlinkJarJobOperator,
    DliFlinkSqlJobOperator,
    DliRunFlinkJobOperator,
    DliStopFlinkJobOperator,
    DliTriggerSavepointOperator,
)
from airflow_provider_dli.sensors.dli import DliFlinkJobStatusSensor
from tests.airflow_engine import Task, deferred_or_not, make_dag, run_dag, run_task
from tests.dli_project import STREAM, Project, connect
from tests.every_task import DLI_JOB

pytestmark = [pytest.mark.live, pytest.mark.one_flink]

Kind = type[BaseOperator]
JAR, STOP, STATUS = DliFlinkJarJobOperator, DliStopFlinkJobOperator, DliFlinkJobStatusSensor
RETRIED, FINAL = 2, 1


def run(kind: Kind, **arguments: Any) -> Task:
    task, _ = run_task(kind, **{"retries": 1, "poll_interval": 0.2, "grace_period": 0.3, **arguments})
    return task


def fails(task: Task, tries: int, *told: str) -> None:
    """Make sure that a task failed after so many tries, and that its error's first line tells all of this."""
    assert (task.state, task.tries) == ("failed", tries), task.error
    for words in told:
        assert words in task.first_line


def both(tries: int, *told: str) -> None:
    """Make sure that an operator fails so, and a sensor on the worker and in the triggerer."""
    fails(run(JAR, **STREAM, job_name="orders"), tries, *told)
    for deferrable in (False, True):
        fails(run(STATUS, job_id=DLI_JOB, deferrable=deferrable), tries, *told)


def test_a_wrong_key(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    # A key of its own: too many wrong signatures lock it.
    project.dli.administer("POST", "iam/keys", {"access": "ANOTHERKEY", "secret": "right"})
    connect(monkeypatch, {**project.connection(), "login": "ANOTHERKEY", "password": "wr0ng-s3cret"})
    both(RETRIED, "The server answered 401: APIGW.0301: Incorrect IAM authentication information", "request id ")


def test_a_wrong_region(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, project.connection(region="mars-1", project_id=None))
    both(FINAL, "no project of the name 'mars-1'", "as project_id")


def test_a_clock_that_is_off_by_an_hour(project: Project) -> None:
    project.dli.shift_clock(3600)
    both(RETRIED, "APIGW.0301", "This machine's clock is ", "set the clock", "request id ")


def test_a_token_that_has_expired(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, project.connection(authentication="token", token="t0ken-s3cret"))
    both(RETRIED, "APIGW.0301", "request id ")


def test_no_dli_at_the_address(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, project.connection(endpoint="http://127.0.0.1:1"))
    both(RETRIED, "No connection: Connection refused", "Check the connection's address and port")


def test_a_connection_that_says_not_where(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, project.connection(endpoint=None, region=None))
    both(FINAL, "Connection 'dli_default': it needs a region, as in cn-north-4, or DLI's address as host or endpoint.")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            {"error_code": "DLI.13024", "error_msg": "No job-running queue selected."},
            "DLI.13024: No job-running queue selected",
        ),
        ({"error_code": "DLI.11016", "error_msg": "The bucket is not authorized."}, "Authorize DLI for the bucket"),
        ({"error_code": "DLI.1028", "error_msg": "Quota."}, "Ask for a higher quota, or end other jobs."),
    ],
)
def test_a_run_that_dli_refuses(project: Project, answer: dict[str, str], told: str) -> None:
    job_id = project.create("orders")
    project.dli.fault(method="POST", path="jobs/run$", status=400, body=[answer])
    fails(run(DliRunFlinkJobOperator, job_id=job_id), FINAL, answer["error_code"], told, "jobs/run")
    assert project.status(job_id) == "job_init"


def test_a_job_without_a_queue(project: Project) -> None:
    job_id = project.create("orders", queue_name=None)
    told = ("DLI.13024: No job-running queue selected", "Give the job a queue: queue_name.", "request id ")
    fails(run(DliRunFlinkJobOperator, job_id=job_id), FINAL, *told)


def test_a_queue_that_is_not_there(project: Project) -> None:
    task = run(JAR, **{**STREAM, "queue_name": "nowhere"}, job_name="orders")
    fails(task, FINAL, "DLI.0002: ", "nowhere", "Check the names of the queue", "request id ")
    assert not project.cluster.alive()


def test_a_bucket_that_dli_may_not_use(project: Project) -> None:
    task = run(JAR, **{**STREAM, "obs_bucket": "elsewhere"}, job_name="orders")
    fails(task, FINAL, "DLI.11016: ", "elsewhere", "Authorize DLI for the bucket first", "request id ")
    assert not project.jobs()


@deferred_or_not
@pytest.mark.parametrize("kind", [STOP, DliRunFlinkJobOperator, STATUS])
def test_a_job_that_is_not_there(project: Project, kind: Kind, deferrable: bool) -> None:
    told = f"There is no job {DLI_JOB} on DLI. It has no job that has not ended: is this the right connection?"
    fails(run(kind, job_id=DLI_JOB, deferrable=deferrable), FINAL, told)
    if kind is STATUS:  # It waits for a job of this name.
        task = run(kind, job_name="order", deferrable=deferrable, timeout=0.5, poke_interval=0.1)
        assert "Time" in type(task.errors[-1]).__name__
    else:
        fails(run(kind, job_name="order", deferrable=deferrable), FINAL, "No job is called 'order'. ")


def test_a_name_that_is_taken(project: Project) -> None:
    """By the time that the job is created; the list did not show it yet."""
    job_id = project.create("orders")
    project.dli.fault(method="GET", path="streaming/jobs$", answer={"is_success": "true", "job_list": {"jobs": []}})
    task = run(JAR, **STREAM, job_name="orders")
    assert (task.state, task.result) == ("success", job_id), task.error
    assert list(project.jobs()) == ["orders"]


def test_a_change_of_a_job_that_runs(project: Project) -> None:
    assert run(JAR, **STREAM, job_name="orders").state == "success"
    task = run(JAR, **{**STREAM, "arguments": ["--rate", "7"]}, job_name="orders")
    fails(task, FINAL, "differs in entrypoint_args, which DLI changes only while it does not run. Stop it first")


@deferred_or_not
def test_what_a_job_that_does_not_run_cannot_do(project: Project, deferrable: bool) -> None:
    job_id = project.running("orders")
    project.stop(job_id)
    given = {"job_id": job_id, "deferrable": deferrable}
    fails(run(STOP, **given), FINAL, f"job 'orders' ({job_id}) is job_cancel_success: ", "there is nothing to stop.")
    task = run(DliTriggerSavepointOperator, **given, savepoint_directory="state/backups")
    assert task.state == "failed"
    assert "'orders'" in task.first_line


def test_a_job_id_that_is_a_text(project: Project) -> None:
    told = "job_id must be the number that DLI has given to the job, as in 2387; got 'orders'."
    for kind in (STOP, DliDeleteFlinkJobOperator, STATUS):
        with pytest.raises(ValueError, match="job_id must be the number") as caught:
            kind(task_id="it", job_id="orders")
        assert str(caught.value) == told
        with make_dag(params={"job": "orders"}) as dag:
            kind(task_id="it", job_id="{{ params.job }}", retries=1)
        fails(run_dag(dag)["it"], FINAL, told)


def test_sql_that_is_wrong(project: Project) -> None:
    task = run(DliFlinkSqlJobOperator, sql="SELEKT 1", job_name="sql", queue_name="flink", obs_bucket="state")
    fails(task, RETRIED, "Job 'sql' job_submit_fail: ", "Non-query expression")


@pytest.mark.long
def test_a_jar_that_is_not_there(project: Project) -> None:
    task = run(JAR, **{**STREAM, "jar": "obs://jars/other.jar"}, job_name="orders")
    fails(task, RETRIED, "Job 'orders' job_submit_fail: There is no jar at obs://jars/other.jar")
    assert not project.cluster.alive()


def test_a_service_that_is_down(project: Project) -> None:
    job_id = project.create("orders")
    for deferrable in (False, True):
        project.dli.fault(path="streaming/jobs", status=503, body="<html>Down</html>", count=100)
        fails(run(STATUS, job_id=job_id, deferrable=deferrable), RETRIED, "The server answered 503: ", "request id ")
        project.dli.administer("DELETE", "faults")
