"""Spark batches and SQL of DLI, on the emulator: its batches are processes, its SQL runs on a real Flink."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, BaseOperator, Context, get_current_context, task

from airflow_provider_dli.operators.dli import DliSparkBatchOperator, DliSqlOperator
from tests.airflow_engine import Task, context_of, deferred_or_not, make_dag, run_dag, run_task
from tests.dli_project import Project
from tests.local.waiting import wait_until

pytestmark = [pytest.mark.live, pytest.mark.one_flink]

Kind = type[BaseOperator]
BATCHES, SUBMIT = "/v2.0/{project_id}/batches", "jobs/submit-job$"
NUMBERS = "(VALUES (1, 'a'), (2, 'b'), (3, 'c')) AS t (id, name)"
ENDLESS = "import time\nprint('begun')\ntime.sleep(600)\n"


def run(kind: Kind, **arguments: Any) -> tuple[Task, str]:
    return run_task(kind, poll_interval=0.2, **arguments)


def spark(project: Project, program: str, **arguments: Any) -> tuple[Task, str]:
    return run(DliSparkBatchOperator, file=project.put("jars/job.py", program), queue_name="sql", **arguments)


def batches(project: Project) -> list[dict[str, Any]]:
    """All batches, the newest first."""
    found: list[dict[str, Any]] = project.call("GET", BATCHES)["sessions"]
    return found


class LosesItsFirstTry:
    """Loses its first try when the work is done."""

    def complete(self, context: Context, result: Any) -> Any:
        if context["ti"].try_number == 1:
            raise AirflowException("The worker has lost its power.")
        return super().complete(context, result)  # type: ignore[misc]


class FailingBatch(LosesItsFirstTry, DliSparkBatchOperator):
    pass


class FailingSql(LosesItsFirstTry, DliSqlOperator):
    pass


@pytest.mark.airflow_2
@deferred_or_not
def test_a_batch_is_run_to_its_end(project: Project, deferrable: bool) -> None:
    task, log = spark(project, "import sys; print(sys.argv[1:])", arguments=["a b", "c"], deferrable=deferrable)
    assert task.state == "success", log
    newest = batches(project)[0]
    assert (newest["id"], newest["state"], newest["log"]) == (task.result, "success", ["['a b', 'c']"])
    assert newest["name"].startswith("test_")
    url = project.address
    assert task.xcoms == {"return_value": task.result, "job_id": task.result, "job_url": url, "_link_DliJobLink": url}


@deferred_or_not
def test_a_batch_that_fails_says_what_it_said_last(project: Project, deferrable: bool) -> None:
    before = len(batches(project))
    task, _ = spark(project, "raise ValueError('bad input')", job_name="nightly", retries=1, deferrable=deferrable)
    assert (task.state, task.tries) == ("failed", 2)
    assert task.first_line.startswith("Job 'nightly-")
    assert "' dead: ValueError: bad input (" in task.first_line
    assert len(batches(project)) - before == 2


@pytest.mark.parametrize("how", ["a worker dies", "an answer is lost"])
def test_a_retry_starts_no_second_batch(project: Project, how: str) -> None:
    before = len(batches(project))
    if how == "an answer is lost":
        project.dli.fault(method="POST", path="/batches$", lose_answer=True)
    kind = FailingBatch if how == "a worker dies" else DliSparkBatchOperator
    file = project.put("jars/job.py", "print('done')")
    task, log = run(kind, file=file, queue_name="sql", retries=1)
    assert task.state == "success", log
    assert len(batches(project)) - before == 1


@deferred_or_not
def test_a_batch_that_takes_too_long_is_cancelled(project: Project, deferrable: bool) -> None:
    task, _ = spark(project, ENDLESS, timeout=2, deferrable=deferrable)
    assert task.state == "failed"
    job_id = task.xcoms["job_id"]
    assert task.first_line.startswith("Timed out after 2 s. Last seen: job ")
    assert task.first_line.endswith(f"Job {job_id} is being cancelled, as on_kill='cancel' says.")
    assert wait_until(lambda: batches(project)[0]["state"] == "dead")


def test_a_kill_cancels_a_batch(project: Project) -> None:
    file = project.put("jars/job.py", ENDLESS)
    task = DliSparkBatchOperator(task_id="it", file=file, queue_name="sql", poll_interval=0.2)
    with ThreadPoolExecutor() as threads:
        result = threads.submit(task.execute, context_of(task))
        wait_until(lambda: task._job_id and batches(project)[0]["state"] == "running")
        task.on_kill()
        assert "dead: begun" in str(result.exception(timeout=30))
    assert batches(project)[0]["state"] == "dead"


def test_a_batch_is_left_where_its_start_was_all_that_was_wanted(project: Project) -> None:
    task, _ = spark(project, ENDLESS, wait_until="running")
    assert task.state == "success", task.error
    assert batches(project)[0]["state"] == "running"
    project.call("DELETE", f"{BATCHES}/{task.result}")


def test_a_batch_that_is_refused(project: Project) -> None:
    file = project.put("jars/job.py", "")
    task, _ = run(DliSparkBatchOperator, file=file, queue_name="nowhere", retries=1)
    assert (task.state, task.tries) == ("failed", 1)
    assert "DLI.0002: " in task.first_line
    assert "Check the names of the queue and of what else the job uses." in task.first_line
    task, _ = run(DliSparkBatchOperator, file=file, queue_name="sql", settings={"numExecutor": 2})
    assert task.first_line.startswith("settings has 'numExecutor', which DLI does not know: did you mean num_executors")


@pytest.mark.airflow_2
@deferred_or_not
def test_the_rows_of_a_query(project: Project, deferrable: bool) -> None:
    sql = f"SELECT id, name FROM {NUMBERS}"
    task, log = run(DliSqlOperator, sql=sql, deferrable=deferrable)
    assert task.state == "success", log
    assert [{**row, "id": int(row["id"])} for row in task.result] == [
        {"id": 1, "name": "a"},
        {"id": 2, "name": "b"},
        {"id": 3, "name": "c"},
    ]
    assert task.xcoms["job_url"] == project.address


def test_no_more_rows_than_are_wanted(project: Project) -> None:
    with make_dag(params={"from": NUMBERS}) as dag:
        DliSqlOperator(task_id="it", sql="SELECT id FROM {{ params.from }}", max_rows=2, tags={"team": "data"})
    ran = run_dag(dag)
    assert len(ran["it"].result) == 2, ran["it"].error
    assert "The query has 3 rows; 2 of them are returned." in ran.log
    listed = project.call("GET", "/v1.0/{project_id}/jobs?tags=team%3Ddata")["jobs"]
    assert ran["it"].xcoms["job_id"] in {job["job_id"] for job in listed}


@deferred_or_not
def test_what_is_no_query_has_no_rows(project: Project, deferrable: bool) -> None:
    task, log = run(DliSqlOperator, sql="CREATE DATABASE IF NOT EXISTS sales", deferrable=deferrable)
    assert (task.state, task.result) == ("success", None), log
    task, log = run(DliSqlOperator, sql="SHOW TABLES", database="sales")
    assert task.state == "success", log


def test_a_statement_that_is_wrong(project: Project) -> None:
    task, _ = run(DliSqlOperator, sql="SELEKT 1", retries=1)
    assert (task.state, task.tries) == ("failed", 1)
    assert "DLI.0004: Non-query expression encountered in illegal context" in task.first_line
    task, _ = run(DliSqlOperator, sql="SELECT 1", database="nowhere", retries=1)
    assert (task.state, task.tries) == ("failed", 1)
    assert "There is no database named nowhere" in task.first_line


@deferred_or_not
def test_a_statement_that_fails(project: Project, deferrable: bool) -> None:
    sql = f"SELECT 1 / (id - id) AS broken FROM {NUMBERS}"
    task, _ = run(DliSqlOperator, sql=sql, deferrable=deferrable)
    assert task.state == "failed"
    assert "by zero" in task.first_line


@pytest.mark.airflow_2
def test_each_execution_and_each_run_submits_its_own_statement(project: Project) -> None:
    with make_dag() as dag:

        @task
        def twice() -> list[Any]:
            context = get_current_context()
            statements = ("SELECT 'first' AS told", "SELECT 'second' AS told")
            operators = [DliSqlOperator(task_id=f"it_{n}", sql=sql) for n, sql in enumerate(statements)]
            return [operator.execute(context) for operator in operators]

        twice()
    for number in (1, 2):
        ran = run_dag(dag)
        assert ran["twice"].result == [[{"told": "first"}], [{"told": "second"}]], ran["twice"].error
        assert project.sent(SUBMIT) == 2 * number


@pytest.mark.parametrize("how", ["a worker dies", "an answer is lost"])
def test_a_retry_submits_no_second_statement(project: Project, how: str) -> None:
    if how == "an answer is lost":
        project.dli.fault(method="POST", path=SUBMIT, lose_answer=True)
    kind = FailingSql if how == "a worker dies" else DliSqlOperator
    task, log = run(kind, sql=f"SELECT id FROM {NUMBERS}", retries=1)
    assert task.state == "success", log
    assert len(task.result) == 3
    assert project.sent(SUBMIT) == 1
