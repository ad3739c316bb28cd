"""``FlinkSqlOperator``: the gateway is an imitation, the jobs that its statements start are real."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, Context

from airflow_provider_dli.jobs.flink.marks import read
from airflow_provider_dli.jobs.sql import JOB_ID
from airflow_provider_dli.local.demo_jobs import STREAMING_COUNT
from airflow_provider_dli.operators.flink import FlinkSqlOperator
from tests.airflow_engine import Task, connect, context_of, deferred_or_not, make_dag, run_dag, run_task
from tests.cluster import Cluster
from tests.flink.sql.gateway import CLOSE, EXECUTE, OPEN, Gateway, Outcome, failing, select
from tests.flink.sql.gateway_on_flink import GatewayOnFlink, gateway_on
from tests.local.waiting import wait_until
from tests.rest.server import Handler, close

pytestmark = [pytest.mark.live, pytest.mark.one_flink]


@pytest.fixture
def gateway(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayOnFlink]:
    with gateway_on(cluster) as gateway:
        connect(monkeypatch, cluster.address, sql_gateway=gateway.server.address)
        yield gateway


class FailsOnce(FlinkSqlOperator):
    """Loses its first try when the job is already there."""

    def complete(self, context: Context, result: Any) -> Any:
        if context["ti"].try_number == 1:
            raise AirflowException("The worker has lost its power.")
        return super().complete(context, result)


def run(sql: Any, operator: type[FlinkSqlOperator] = FlinkSqlOperator, **arguments: Any) -> Task:
    task, _ = run_task(operator, sql=sql, poll_interval=0.2, **arguments)
    return task


def all_is_closed(gateway: Gateway) -> bool:
    return len(gateway.closed) == gateway.calls[OPEN] and not gateway.sessions


@pytest.mark.airflow_2
@deferred_or_not
def test_a_stream_is_started_and_runs_on(cluster: Cluster, gateway: GatewayOnFlink, deferrable: bool) -> None:
    task = run("CREATE TABLE t (a INT); INSERT INTO t SELECT 1;", deferrable=deferrable)
    assert (task.state, task.error) == ("success", "")
    assert cluster.alive() == gateway.started == [task.result] == [task.xcoms["job_id"]]
    assert task.xcoms["job_url"] == f"{cluster.address}/#/job/running/{task.result}/overview"
    assert cluster.jobs()[task.result]["tasks"]["running"] == 2
    assert all_is_closed(gateway)


@deferred_or_not
def test_a_batch_is_waited_for(cluster: Cluster, gateway: GatewayOnFlink, deferrable: bool) -> None:
    task = run("INSERT INTO bounded SELECT 1", wait_until="finished", deferrable=deferrable)
    assert cluster.status(task.result) == "FINISHED"


@deferred_or_not
def test_a_retry_starts_no_second_job(cluster: Cluster, gateway: GatewayOnFlink, deferrable: bool) -> None:
    task = run("CREATE TABLE t (a INT); INSERT INTO t SELECT 1", FailsOnce, retries=1, deferrable=deferrable)
    assert (task.state, task.tries) == ("success", 2)
    assert gateway.started == [task.result] == cluster.alive()
    assert [one.split()[0] for one in gateway.statements] == ["CREATE", "INSERT", "CREATE"]


def test_a_job_that_an_earlier_try_started_does_not_hide_another(cluster: Cluster, gateway: GatewayOnFlink) -> None:
    """The gateway is lost between two statements: only the second one is executed again."""

    def lose_the_second(operation: str) -> None:
        if operation == EXECUTE and len(gateway.statements) == 1:
            gateway.before = lambda _: None
            raise LookupError("Out of order.")

    gateway.before = lose_the_second
    task = run(["INSERT INTO a SELECT 1", "INSERT INTO b SELECT 2"], retries=1)
    assert (task.state, task.tries) == ("success", 2)
    assert gateway.statements == ["INSERT INTO a SELECT 1", "INSERT INTO b SELECT 2"]
    assert set(gateway.started) == set(cluster.alive())
    assert task.result == gateway.started[-1]


class TestAJobThatIsThereAllTheSame:
    """The task goes on with it, in the same try."""

    def test_when_the_answer_was_lost(self, cluster: Cluster, gateway: GatewayOnFlink) -> None:
        def lose_the_answer(handler: Handler) -> None:
            if b"INSERT" not in (body := handler.server.received[-1].body):
                return gateway(handler)
            gateway.answer(handler.command, handler.path, body)
            wait_until(lambda: gateway.started)
            return close(handler)

        gateway.server.says(lose_the_answer)
        task = run(["USE x", "INSERT INTO t SELECT 1"])
        assert (task.state, task.error) == ("success", "")
        assert gateway.started == cluster.alive() == [task.result]
        assert gateway.statements == ["USE x", "INSERT INTO t SELECT 1", "USE x"]
        assert all_is_closed(gateway)

    def test_when_the_statement_of_a_killed_try_was_still_at_work(
        self, cluster: Cluster, gateway: GatewayOnFlink
    ) -> None:
        def start_the_first(operation: str) -> None:
            if operation == EXECUTE:
                cluster.run(STREAMING_COUNT, jobId=gateway.bodies[-1]["executionConfig"][JOB_ID])

        gateway.before = start_the_first
        task, log = run_task(FlinkSqlOperator, sql="INSERT INTO t SELECT 1", poll_interval=0.2)
        assert task.state == "success", log
        assert cluster.alive() == [task.result]
        assert "has already been submitted" in log
        assert gateway.started == []


def test_a_statement_that_has_not_begun_is_executed_by_the_next_try(cluster: Cluster, gateway: GatewayOnFlink) -> None:
    gateway.server.says(gateway, gateway, close, gateway)
    task = run("INSERT INTO t SELECT 1", retries=1)
    assert (task.state, task.tries) == ("success", 2)
    assert gateway.started == cluster.alive() == [task.result]


def test_the_next_try_after_a_failed_job_starts_a_new_one(cluster: Cluster, gateway: GatewayOnFlink) -> None:
    class CancelsTheFirst(FailsOnce):
        def complete(self, context: Context, result: Any) -> Any:
            if context["ti"].try_number == 1:
                cluster.cancel(result.id)
                cluster.comes_to(result.id, "CANCELED")
            return super().complete(context, result)

    task = run("INSERT INTO t SELECT 1", CancelsTheFirst, retries=1)
    assert [cluster.status(job_id) for job_id in gateway.started] == ["CANCELED", "RUNNING"]
    assert task.result == gateway.started[1]


@pytest.mark.airflow_2
def test_rows_become_the_result(gateway: GatewayOnFlink) -> None:
    gateway.on("SELECT", select([1, 2], [3]))
    assert run("USE x; SELECT n FROM t").result == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_rows_are_bounded(gateway: GatewayOnFlink) -> None:
    gateway.on("SELECT", select([1, 2], [3, 4], endless=True))
    task, log = run_task(FlinkSqlOperator, sql="SELECT n FROM t", max_rows=3)
    assert task.result == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert "The query has more than 3 rows" in log
    assert all_is_closed(gateway)


def test_what_returns_nothing_returns_nothing(gateway: GatewayOnFlink) -> None:
    assert run("CREATE TABLE t (a INT)").result is None


def test_a_statement_that_is_wrong_is_not_tried_again(gateway: GatewayOnFlink) -> None:
    gateway.on("SELCT", failing("org.apache.flink.sql.parser.impl.ParseException: Encountered 'SELCT' at line 1."))
    task = run("USE x; SELCT 1", retries=2)
    assert (task.state, task.tries) == ("failed", 1)
    assert task.first_line == (
        "ParseException: Encountered 'SELCT' at line 1. This came of statement 2 of 2 (SELCT 1)."
    )
    assert all_is_closed(gateway)


def test_settings_and_templates(gateway: GatewayOnFlink, cluster: Cluster) -> None:
    with make_dag(params={"table": "t"}) as dag:
        FlinkSqlOperator(
            task_id="it",
            sql=["USE {{ params.table }}"],
            flink_configuration={"parallelism.default": "{{ 1 + 1 }}"},
            job_name="count of {{ params.table }}",
            restore_from="s3://{{ params.table }}",
        )
    assert run_dag(dag)["it"].state == "success"
    key = "execution.state-recovery.path"
    (opened,) = [body for body in gateway.bodies if body and "properties" in body]
    assert opened["properties"] == {
        "parallelism.default": "2",
        "pipeline.name": "count of t",
        key: "s3://t",
    }
    assert gateway.statements == ["USE t"]


@pytest.mark.parametrize(
    ("script", "is_marked"),
    [("INSERT INTO t SELECT 1", True), ("SET 'pipeline.global-job-parameters' = 'a:b'; INSERT INTO t SELECT 1", False)],
)
def test_a_job_bears_the_mark_of_its_task(gateway: GatewayOnFlink, script: str, is_marked: bool) -> None:
    """Unless the script sets the parameters by which Flink keeps it: they are the user's."""
    given = {"pipeline.global-job-parameters": "region:eu"}
    task = run(script, flink_configuration=given, wait_until="submitted", on_kill="cancel")
    settings = next(body["executionConfig"] for body in gateway.bodies if body and body.get("executionConfig"))
    parameters = settings.get("pipeline.global-job-parameters")
    assert (parameters is not None) is is_marked
    if is_marked:
        pairs = dict(pair.split(":") for pair in parameters.split(","))
        mark = read(pairs)
        assert mark
        assert (mark.program_id, mark.on_kill, mark.wait_until) == (task.result, "cancel", "submitted")
        assert pairs["region"] == "eu"


def test_a_script_may_be_a_file(gateway: GatewayOnFlink, tmp_path: Path) -> None:
    (tmp_path / "script.sql").write_text("USE {{ params.table }};\n-- why\nUSE y;\n")
    with make_dag(params={"table": "t"}, template_searchpath=str(tmp_path)) as dag:
        FlinkSqlOperator(task_id="it", sql="script.sql")
    assert run_dag(dag)["it"].state == "success"
    assert gateway.statements == ["USE t", "-- why\nUSE y"]


@pytest.mark.parametrize(("on_kill", "status"), [("cancel", "CANCELED"), ("detach", "RUNNING")])
def test_a_kill_while_it_waits_does_what_on_kill_says(
    cluster: Cluster, gateway: GatewayOnFlink, on_kill: str, status: str
) -> None:
    task = FlinkSqlOperator(
        task_id="it", sql="INSERT INTO t SELECT 1", wait_until="finished", on_kill=on_kill, poll_interval=0.2
    )
    context = context_of(task)
    with ThreadPoolExecutor() as threads:
        result = threads.submit(task.execute, context)
        wait_until(lambda: "job_id" in context["ti"].xcoms)
        task.on_kill()
        assert cluster.comes_to(context["ti"].xcoms["job_id"], status)
        cluster.clear()
        assert "was cancelled" in str(result.exception())


def test_a_kill_closes_the_session_that_is_at_work(gateway: GatewayOnFlink) -> None:
    gateway.on("SELECT", Outcome(not_ready=10_000))
    task = FlinkSqlOperator(task_id="it", sql="SELECT 1", poll_interval=0.1)
    with ThreadPoolExecutor() as threads:
        result = threads.submit(task.execute, context_of(task))
        wait_until(lambda: gateway.operations and gateway.operations[0].looks)
        task.on_kill()
        assert gateway.calls[CLOSE] >= 1
        assert not gateway.sessions
        assert "has closed the session" in str(result.exception()) or "No clear answer" in str(result.exception())


def test_a_connection_without_a_gateway_is_told_what_it_lacks(cluster: Cluster) -> None:
    task = run("SELECT 1", retries=1)
    assert (task.state, task.tries) == ("failed", 1)
    assert "extra needs sql_gateway, as in http://sql.example.com:8083; it has none." in task.first_line


@pytest.mark.parametrize("sql", ["", [], [""], " ; -- nothing"])
def test_no_statement_at_all(gateway: GatewayOnFlink, sql: Any) -> None:
    with make_dag(params={"sql": sql}, render_template_as_native_obj=True) as dag:
        FlinkSqlOperator(task_id="it", sql="{{ params.sql }}")
    task = run_dag(dag)["it"]
    assert task.state == "failed"
    assert task.first_line.startswith("sql ")
    assert gateway.paths == []
