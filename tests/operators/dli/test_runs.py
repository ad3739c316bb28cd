"""The operators that define and run Flink jobs of DLI, on the emulator in front of a real Flink."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, BaseOperator, Context

from airflow_provider_dli.hooks.dli import DliHook
from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.dli import once, start
from airflow_provider_dli.jobs.dli.start import run_or_attach
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.operators.dli import (
    DliFlinkJarJobOperator,
    DliFlinkSqlJobOperator,
    DliReportEdgeJobStatusOperator,
    DliRunFlinkJobOperator,
)
from tests.airflow_engine import Task, context_of, deferred_or_not, make_dag, run_dag, run_task
from tests.dli_project import BATCH, STREAM, Project, connect
from tests.local.waiting import wait_until
from tests.network.faults import Fault, harming
from tests.network.wire import Exchange

pytestmark = [pytest.mark.live, pytest.mark.one_flink]

Kind = type[BaseOperator]
JAR, SQL, RUN = DliFlinkJarJobOperator, DliFlinkSqlJobOperator, DliRunFlinkJobOperator
CREATE, RUNS, CHANGE = "streaming/(flink|sql)-jobs$", "streaming/jobs/run$", "streaming/(flink|sql)-jobs/"
NUMBERS = """
CREATE TABLE numbers (a BIGINT) WITH ('connector' = 'datagen', {options});
CREATE TABLE received (a BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO received SELECT a FROM numbers;
"""
BOUNDED = NUMBERS.format(options="'number-of-rows' = '20'")
ENDLESS = NUMBERS.format(options="'rows-per-second' = '50'")


class FailsOnce(DliFlinkJarJobOperator):
    """Loses its first try when the job runs already."""

    def complete(self, context: Context, result: Job) -> str:
        if context["ti"].try_number == 1:
            raise AirflowException("The worker has lost its power.")
        return super().complete(context, result)


@pytest.fixture
def worker() -> Iterator[Callable[..., tuple[DliFlinkJarJobOperator, Any, Future[Any]]]]:
    """Begins to run an operator as a worker does, to be killed in the middle."""
    with ThreadPoolExecutor() as threads:

        def begin(**arguments: Any) -> tuple[DliFlinkJarJobOperator, Any, Future[Any]]:
            task = DliFlinkJarJobOperator(task_id="it", poll_interval=0.2, **arguments)
            context = context_of(task)
            return task, context, threads.submit(task.execute, context)

        yield begin


def run(kind: Kind, **arguments: Any) -> tuple[Task, str]:
    return run_task(kind, poll_interval=0.2, **arguments)


def sent(project: Project) -> dict[str, int]:
    """How often a job was created, changed and run."""
    return {
        "created": project.sent(CREATE),
        "changed": project.sent(CHANGE, "PUT"),
        "run": project.sent(RUNS),
    }


@pytest.mark.airflow_2
@deferred_or_not
def test_a_batch_job_is_created_and_run_to_its_end(project: Project, deferrable: bool) -> None:
    task, log = run(JAR, **BATCH, job_name="batch", wait_until="finished", deferrable=deferrable)
    assert task.state == "success", log
    job_id = project.jobs()["batch"]
    assert project.status(job_id) == "job_finish"
    assert task.xcoms == {
        "return_value": job_id,
        "job_id": job_id,
        "job_url": project.address,
        "_link_DliJobLink": project.address,
    }
    assert f"Created job 'batch' ({job_id})." in log
    assert f"job 'batch' ({job_id}) is job_finish, as wanted: finished." in log
    assert sent(project) == {"created": 1, "changed": 0, "run": 1}


@deferred_or_not
def test_a_wait_ends_when_what_it_is_for_has_come(project: Project, deferrable: bool) -> None:
    submitted, log = run(JAR, **STREAM, job_name="a", wait_until="submitted", deferrable=deferrable)
    assert submitted.state == "success", submitted.error
    assert "trigger" not in log
    running, _ = run(JAR, **STREAM, job_name="b", wait_until="running", deferrable=deferrable)
    assert project.status(running.result) == "job_running"
    arguments = ["--rate", "200", "--checkpoint-interval", "100"]
    given = {**STREAM, "arguments": arguments, "settings": {"checkpoint_path": "state/own"}}
    folder = project.obs("state/own").as_uri()
    configuration = {
        "execution.checkpointing.dir": folder,
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    }
    task, _ = run(
        JAR, **given, job_name="c", flink_configuration=configuration, wait_until="checkpointed", deferrable=deferrable
    )
    assert task.state == "success", task.error
    assert list(project.obs("state/own").glob("**/_metadata"))


def test_a_second_run_attaches_where_nothing_has_changed(project: Project) -> None:
    given = {
        **STREAM,
        "job_name": "orders",
        "settings": {"parallel_number": 1},
        "queue_name": "Flink",
        "tags": {"team": "data"},
    }
    first, _ = run(JAR, **given)
    before = project.flink_job(first.result)
    project.look_away()
    second, log = run(JAR, **given)
    assert second.state == "success", second.error
    assert second.result == first.result
    assert f"job 'orders' ({first.result}) is job_running, and is as defined." in log
    assert f"Attached: job 'orders' ({first.result}) is job_running; it was started before." in log
    assert sent(project) == {"created": 0, "changed": 0, "run": 0}
    assert project.flink_job(first.result) == before


def test_what_may_change_while_it_runs_is_changed(project: Project) -> None:
    first, _ = run(JAR, **STREAM, job_name="orders")
    settings = {"smn_topic": "alarms", "restart_when_exception": True, "resume_max_num": 3}
    second, log = run(JAR, **STREAM, job_name="orders", settings=settings)
    assert second.state == "success", second.error
    assert "smn_topic None -> 'alarms'" in log
    assert project.detail(first.result)["job_config"]["smn_topic"] == "alarms"
    assert project.status(first.result) == "job_running"


@deferred_or_not
def test_what_may_not_change_while_it_runs_fails_the_task(project: Project, deferrable: bool) -> None:
    first, _ = run(JAR, **STREAM, job_name="orders")
    project.look_away()
    given = {**STREAM, "arguments": ["--rate", "300"], "settings": {"parallel_number": 2}}
    task, _ = run(JAR, **given, job_name="orders", retries=1, deferrable=deferrable)
    assert (task.state, task.tries) == ("failed", 1)
    assert task.first_line == (
        f"job 'orders' ({first.result}) is job_running, and differs in entrypoint_args, parallel_number, which DLI "
        "changes only while it does not run. Stop it first (DliStopFlinkJobOperator with trigger_savepoint=True), and "
        "run it again with resume_savepoint=True."
    )
    assert sent(project) == {"created": 0, "changed": 0, "run": 0}
    assert project.status(first.result) == "job_running"


def test_what_differs_is_changed_and_said_while_it_does_not_run(project: Project) -> None:
    first, _ = run(JAR, **BATCH, job_name="batch", wait_until="finished")
    project.look_away()
    given = {**BATCH, "arguments": ["--records", "30"], "settings": {"parallel_number": 2}}
    task, log = run(JAR, **given, job_name="batch", wait_until="finished")
    assert task.state == "success", task.error
    (told,) = re.findall(rf"Changed job 'batch' \({first.result}\): ([^.]*)\.", log)
    assert set(told.split(", ")) == {"parallel_number 1 -> 2", "entrypoint_args"}
    assert sent(project) == {"created": 0, "changed": 1, "run": 1}
    assert project.detail(first.result)["job_config"]["parallel_number"] == 2


def test_a_job_goes_on_from_its_newest_savepoint(project: Project) -> None:
    first, _ = run(JAR, **STREAM, job_name="orders")
    project.counts(first.result)
    project.stop(first.result, trigger_savepoint=True)
    task, _ = run(JAR, **STREAM, job_name="orders", resume_savepoint=True)
    assert task.state == "success", task.error
    assert project.restored(task.result) > 0


def test_another_job_goes_on_from_a_savepoint_of_ones_choice(project: Project) -> None:
    first = project.running("orders")
    project.counts(first)
    project.stop(first, trigger_savepoint=True)
    path = project.detail(first)["savepoint_path"]
    task, _ = run(JAR, **STREAM, job_name="copy", restore_from=f"obs://{path}/")
    assert task.state == "success", task.error
    assert task.result != first
    assert project.restored(task.result) > 0


@pytest.mark.parametrize(
    "restoring", [{"restore_from": "state/never/was"}, {"resume_savepoint": True}, {"restore_from": "latest"}], ids=str
)
def test_a_job_that_runs_restores_nothing(project: Project, restoring: dict[str, Any]) -> None:
    job_id = project.running("orders")
    project.look_away()
    task, _ = run(RUN, job_id=job_id, retries=1, **restoring)
    assert (task.state, task.tries) == ("failed", 1)
    told = f"job 'orders' ({job_id}) is job_running: nothing was restored, because it runs already."
    assert task.first_line.startswith(told)
    assert sent(project) == {"created": 0, "changed": 0, "run": 0}
    assert project.status(job_id) == "job_running"


def test_a_retry_attaches_to_the_run_in_which_it_has_restored(project: Project) -> None:
    first = project.running("orders")
    project.counts(first)
    project.stop(first, trigger_savepoint=True)
    project.look_away()
    task, log = run_task(
        FailsOnce, **STREAM, job_name="orders", resume_savepoint=True, retries=1, retry_exponential_backoff=False
    )
    assert (task.state, task.tries) == ("success", 2), log
    assert sent(project)["run"] == 1
    assert project.restored(task.result) > 0


@pytest.mark.parametrize("ahead", [-600, -10, 10, 600], ids="DLI is {} s ahead".format)
def test_clocks_may_differ(project: Project, ahead: float) -> None:
    """Without a ledger, ages tell whose run it is: that of the run by DLI's clock, that of the DAG run by Airflow's."""
    project.dli.shift_clock(ahead)
    job_id = project.create("batch", main_class=BATCH["entry_class"], entrypoint_args="--records 20")
    hook, began = DliHook(), time.time()

    def run_once_more(run_age: float, **members: Any) -> Job:
        attempt = Attempt(Identity("dag", "run", "task"), "run", **members)
        job: Job = hook.run(run_or_attach(hook.backend, job_id=job_id, attempt=attempt, run_age=run_age))
        return job

    run_once_more(0)
    project.comes_to(job_id, "job_finish")
    assert run_once_more(time.time() - began, is_retry=True).status == "job_finish"
    assert project.sent(RUNS) == 1
    # A DAG run that is younger than the job's run has not started it.
    wait_until(lambda: (hook.run(hook.backend.find(job_id)).age or 0) > 2)
    run_once_more(0, is_retry=True)
    assert project.sent(RUNS) == 2


@deferred_or_not
def test_a_retry_attaches_to_the_run_of_the_first_try(project: Project, deferrable: bool) -> None:
    task, log = run_task(FailsOnce, **STREAM, job_name="orders", retries=1, deferrable=deferrable, poll_interval=0.2)
    assert (task.state, task.tries) == ("success", 2), log
    assert sent(project) == {"created": 1, "changed": 0, "run": 1}


@deferred_or_not
def test_a_retry_does_not_run_a_batch_again_that_has_finished(project: Project, deferrable: bool) -> None:
    given = {**BATCH, "job_name": "batch", "wait_until": "finished", "retries": 1, "poll_interval": 0.2}
    task, log = run_task(FailsOnce, **given, deferrable=deferrable)
    assert (task.state, task.tries) == ("success", 2), log
    assert "an earlier try of this task ran it." in log
    assert sent(project) == {"created": 1, "changed": 0, "run": 1}


def test_a_task_that_runs_anew_runs_a_batch_anew(project: Project) -> None:
    for _ in range(2):
        task, _ = run(JAR, **BATCH, job_name="batch", wait_until="finished")
        assert task.state == "success", task.error
    assert sent(project) == {"created": 1, "changed": 0, "run": 2}


@pytest.mark.parametrize("path", ["flink-jobs$", "jobs/run$"], ids=["of the creation", "of the run"])
@pytest.mark.parametrize("fault", [{"lose_answer": True}, {"drop": True}], ids=str)
def test_an_answer_that_is_lost(
    project: Project, monkeypatch: pytest.MonkeyPatch, path: str, fault: dict[str, Any]
) -> None:
    """Carried out or not: there is one job in the end, and one run of it."""
    monkeypatch.setattr(start, "_LOOKS_AFTER_RUN", (0.5, 0.5, 1))
    monkeypatch.setattr(once, "_LOOKS_AFTER_UNCLEAR", (0.5, 0.5))
    alive = set(project.cluster.jobs())
    project.dli.fault(method="POST", path=path, **fault)
    task, log = run(JAR, **STREAM, job_name="orders", retries=1, grace_period=0.5)
    assert project.dli.administer("GET", "faults") == {"faults": []}
    if fault.get("lose_answer"):
        assert (task.state, task.tries) == ("success", 1), log
        assert sent(project) == {"created": 1, "changed": 0, "run": 1}
    else:
        assert (task.state, task.tries) == ("success", 2), log
    assert list(project.jobs()) == ["orders"]
    assert len(set(project.cluster.jobs()) - alive) == 1


@deferred_or_not
def test_a_sql_job_is_run_to_its_end_and_left_as_it_is(project: Project, deferrable: bool) -> None:
    given = {"job_name": "sql", "sql": BOUNDED, "queue_name": "flink", "obs_bucket": "state", "wait_until": "finished"}
    task, log = run(SQL, **given, deferrable=deferrable)
    assert task.state == "success", log
    assert project.status(task.result) == "job_finish"
    assert project.detail(task.result)["job_type"] == "flink_opensource_sql_job"
    again, log = run(SQL, **given, deferrable=deferrable)
    assert again.result == task.result, log
    assert "and is as defined." in log
    assert sent(project) == {"created": 1, "changed": 0, "run": 2}


def test_a_sql_job_that_checkpoints_is_not_changed_by_the_same_settings(project: Project) -> None:
    settings = {"checkpoint_enabled": True, "checkpoint_interval": 1, "checkpoint_mode": 1, "parallel_number": 1}
    given: dict[str, Any] = {"job_name": "sql", "sql": ENDLESS, "queue_name": "flink", "obs_bucket": "state"}
    given |= {
        "settings": settings,
        "flink_configuration": {"table.exec.state.ttl": "1 h"},
        "wait_until": "checkpointed",
    }
    first, _ = run(SQL, **given)
    assert first.state == "success", first.error
    second, log = run(SQL, **given)
    assert second.state == "success", second.error
    assert "and is as defined." in log
    assert sent(project) == {"created": 1, "changed": 0, "run": 1}


def test_a_job_of_the_other_kind(project: Project) -> None:
    job_id = project.create("orders")
    task, _ = run(SQL, job_name="orders", sql=BOUNDED, queue_name="flink", retries=1)
    assert (task.state, task.tries) == ("failed", 1)
    told = (
        f"Job 'orders' ({job_id}) exists already, as a flink_jar_job, and this task defines a "
        "flink_opensource_sql_job: DLI cannot change the type of a job. Choose another job_name, or delete that job."
    )
    assert task.first_line == told


@deferred_or_not
def test_a_job_that_fails_says_why(project: Project, deferrable: bool) -> None:
    given = {**STREAM, "arguments": ["--rate", "200", "--fail-after", "5"]}
    task, _ = run(JAR, **given, job_name="orders", wait_until="finished", retries=1, deferrable=deferrable)
    assert (task.state, task.tries) == ("failed", 2)
    assert task.first_line.startswith("Job 'orders' job_running_exception: ")
    assert "told to fail after 5 records" in task.first_line
    assert sent(project) == {"created": 1, "changed": 0, "run": 2}


@pytest.mark.parametrize("kind", [JAR, SQL], ids=["jar", "sql"])
def test_a_bucket_that_nobody_has_authorized(project_where: Callable[..., Project], kind: Kind) -> None:
    project = project_where(authorize_buckets_by_hand=True)
    sql = {"sql": BOUNDED, "queue_name": "flink", "obs_bucket": "state"}
    given = {**(BATCH if kind is JAR else sql), "job_name": "orders", "wait_until": "finished", "retries": 1}
    task, _ = run(kind, **given)
    assert (task.state, task.tries) == ("failed", 1)
    assert "DLI.11016: The OBS bucket state is not authorized for DLI. Authorize it first (POST " in task.first_line
    assert task.first_line.endswith("Authorize DLI for the bucket first, under Global Configuration in its console.")
    assert not project.jobs()
    project.authorize("state")
    task, _ = run(kind, **given)
    assert task.state == "success", task.error


def needed_by(kind: Kind, project: Project) -> dict[str, Any]:
    """Return what an operator needs to run the job that is called orders, once that is there where it must be."""
    if kind is RUN:
        project.create("orders")
    return {"job_name": "orders", **(STREAM if kind is JAR else {})}


defined_or_not = pytest.mark.parametrize("kind", [JAR, RUN], ids=["defined", "there before"])


@defined_or_not
def test_a_job_is_known_before_it_is_run(project: Project, kind: Kind) -> None:
    given = needed_by(kind, project)
    refusal = {"error_code": "DLI.1028", "error_msg": "Quota."}
    project.dli.fault(method="POST", path="jobs/run$", status=400, body=[refusal])
    task, _ = run(kind, **given)
    assert task.state == "failed"
    assert task.xcoms == {
        "job_id": project.jobs()["orders"],
        "job_url": project.address,
        "_link_DliJobLink": project.address,
    }


@defined_or_not
def test_a_job_is_published_once(project: Project, kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    task = kind(task_id="it", wait_until="submitted", **needed_by(kind, project))
    context, pushed = context_of(task), []
    monkeypatch.setattr(context["ti"], "xcom_push", lambda key, value: pushed.append(key))
    assert task.execute(context) == project.jobs()["orders"]
    assert sorted(pushed) == ["_link_DliJobLink", "job_id", "job_url"]


@deferred_or_not
def test_a_job_that_is_there_is_run_by_its_id_and_by_its_name(project: Project, deferrable: bool) -> None:
    by_id, by_name = project.create("by id"), project.create("by name")
    first, _ = run(RUN, job_id=int(by_id), deferrable=deferrable)
    second, _ = run(RUN, job_name="by name", deferrable=deferrable)
    assert [first.result, second.result] == [by_id, by_name], (first.error, second.error)
    assert [project.status(each) for each in (by_id, by_name)] == ["job_running"] * 2
    assert first.xcoms["job_url"] == project.address


def test_a_job_is_imported_to_and_run_in_one_task(project: Project) -> None:
    job_id = project.running("orders")
    project.counts(job_id)
    project.stop(job_id, trigger_savepoint=True)
    path = project.detail(job_id)["savepoint_path"]
    other = project.create("copy")
    task, _ = run(RUN, job_id=other, restore_from=path)
    assert task.state == "success", task.error
    assert project.restored(other) > 0


@deferred_or_not
def test_a_batch_job_that_takes_too_long_is_cancelled(project: Project, deferrable: bool) -> None:
    task, _ = run(JAR, **STREAM, job_name="orders", wait_until="finished", timeout=3, deferrable=deferrable)
    assert task.state == "failed"
    job_id = task.xcoms["job_id"]
    assert task.first_line == (
        f"Timed out after 3 s. Last seen: job 'orders' ({job_id}) is job_running; waiting until finished. "
        f"Job {job_id} is being cancelled, as on_kill='cancel' says."
    )
    assert project.comes_to(job_id, "job_cancel_success")
    assert not project.detail(job_id)["has_savepoint"]


@deferred_or_not
def test_a_job_that_takes_too_long_may_be_stopped(project: Project, deferrable: bool) -> None:
    given = {**STREAM, "job_name": "orders", "wait_until": "finished", "on_kill": "stop_with_savepoint"}
    task, _ = run(JAR, **given, timeout=3, deferrable=deferrable)
    assert task.state == "failed"
    assert project.status(task.xcoms["job_id"]) == "job_cancel_success"
    assert task.first_line.endswith(f"was stopped with savepoint {task.xcoms['savepoint_path']}")
    assert project.is_complete(task.xcoms["savepoint_path"])


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"wait_until": "finished"}, "job_cancel_success"),
        ({"wait_until": "finished", "on_kill": "detach"}, "job_running"),
        ({"wait_until": "finished", "on_kill": "stop_with_savepoint"}, "job_cancel_success"),
    ],
)
def test_a_kill_does_what_on_kill_says(project: Project, worker: Any, given: dict[str, Any], status: str) -> None:
    task, context, result = worker(**STREAM, job_name="orders", **given)
    wait_until(lambda: "orders" in project.jobs())
    job_id = project.jobs()["orders"]
    project.comes_to(job_id, "job_running")
    wait_until(lambda: not task._is_submitting)
    assert context["ti"].xcoms["_link_DliJobLink"] == project.address
    assert not result.done()
    task.on_kill()
    assert project.comes_to(job_id, status)
    assert project.detail(job_id)["has_savepoint"] == (given.get("on_kill") == "stop_with_savepoint")
    project.clear()
    assert str(result.exception(timeout=60))


def test_a_kill_while_the_run_is_on_its_way(project: Project, worker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is carried out, and its answer comes only after the kill."""
    is_carried_out, is_killed = threading.Event(), threading.Event()

    def hold_back(exchange: Exchange) -> None:
        answer = exchange.carry_out()
        is_carried_out.set()
        is_killed.wait(60)
        exchange.answer(answer)

    fault = Fault("the answer comes after the kill", hold_back)
    with harming(project.dli.settings.port, "POST", "/v1.0/*/streaming/jobs/run", fault) as wire:
        connect(monkeypatch, project.connection(endpoint=wire.address))
        task, _, result = worker(**STREAM, job_name="orders", wait_until="finished")
        assert is_carried_out.wait(60)
        task.on_kill()
        is_killed.set()
        told = str(result.exception(timeout=60))
    job_id = project.jobs()["orders"]
    assert "was cancelled" in told or project.status(job_id) == "job_cancel_success"
    assert not project.cluster.alive()


@pytest.mark.parametrize(
    ("kind", "given"), [(RUN, {}), (JAR, {**STREAM, "arguments": ["--rate", "7"]})], ids=["as it is", "defined anew"]
)
def test_the_kill_of_an_earlier_try_comes_late(project: Project, kind: Kind, given: dict[str, Any]) -> None:
    """A task was cleared: its next try finds the job that the trigger of the first one is about to stop."""
    job_id = project.running("orders")
    task = kind(task_id="it", job_name="orders", on_kill="cancel", poll_interval=0.2, **given)
    project.look_away()
    with ThreadPoolExecutor() as threads:
        result = threads.submit(task.execute, context_of(task, try_number=2, max_tries=1))
        wait_until(lambda: project.sent("streaming/jobs$", "GET"))
        project.stop(job_id)
        assert result.result(timeout=60) == job_id
    assert project.status(job_id) == "job_running"
    assert project.sent("jobs/run$") == 1


def test_a_kill_while_that_of_an_earlier_try_is_waited_for(project: Project) -> None:
    """Airflow 3 lets a task that it kills go on for some seconds: the job must not be run again in these."""
    job_id = project.running("orders")
    task = RUN(task_id="it", job_name="orders", on_kill="cancel", poll_interval=0.2)
    project.look_away()
    with ThreadPoolExecutor() as threads:
        result = threads.submit(task.execute, context_of(task, try_number=2, max_tries=1))
        wait_until(lambda: task._job_id)
        task.on_kill()
        assert str(result.exception(timeout=60)).startswith("The task was killed")
    assert project.comes_to(job_id, "job_cancel_success")
    assert not project.sent("jobs/run$")


def test_mapped_tasks_have_jobs_of_their_own(project: Project) -> None:
    with make_dag() as dag:
        given = {**BATCH, "wait_until": "finished", "poll_interval": 0.2}
        JAR.partial(task_id="each", **given).expand(job_name=["a", "b"])
    ran = run_dag(dag)
    assert {name: project.jobs()[name] for name in "ab"} == {"a": ran["each[0]"].result, "b": ran["each[1]"].result}


def test_what_is_given_arrives(project: Project) -> None:
    params = {"arguments": ["--records", "25"], "settings": {"parallel_number": 2}, "name": "called so", "day": "21"}
    with make_dag(params=params, render_template_as_native_obj=True) as dag:
        JAR(
            task_id="it",
            **{**BATCH, "arguments": "{{ params.arguments }}"},
            job_name="{{ params.name }}",
            flink_configuration={"pipeline.max-parallelism": "64"},
            settings="{{ params.settings }}",
            tags={"day": "{{ params.day }}"},
            wait_until="finished",
            poll_interval=0.2,
        )
    task = run_dag(dag)["it"]
    assert task.state == "success", task.error
    detail = project.detail(project.jobs()["called so"])
    config = {**detail, **detail["job_config"]}
    assert (config["entrypoint_args"], config["parallel_number"]) == ("--records 25", 2)
    assert "pipeline.max-parallelism" in config["runtime_config"]


def test_a_setting_that_nobody_knows(project: Project) -> None:
    task, _ = run(JAR, **STREAM, job_name="orders", settings={"parallel": 2}, retries=1)
    assert (task.state, task.tries) == ("failed", 1)
    assert task.first_line.startswith("settings has 'parallel', which DLI does not know: did you mean parallel_number")
    assert not project.jobs()


def test_an_edge_job_has_the_status_that_is_reported(project: Project) -> None:
    job_id = project.create("edge")
    jobs = [
        {
            "job_id": int(job_id),
            "status": "job_running_exception",
            "create_time": 1,
            "exceptions": {"error_cause": "no power"},
        }
    ]
    task, _ = run(DliReportEdgeJobStatusOperator, jobs=jobs, message_id="m-{{ ti.try_number }}", msg_confirm_topic="t")
    assert (task.state, task.result) == ("success", 1), task.error
    assert (project.status(job_id), project.detail(job_id)["status_desc"]) == ("job_running_exception", "no power")
