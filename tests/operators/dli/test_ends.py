"""Stopping and deleting Flink jobs of DLI, and their savepoints, on the emulator in front of a real Flink."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, BaseOperator, Context

from airflow_provider_dli.operators.dli import (
    DliDeleteFlinkJobOperator,
    DliImportSavepointOperator,
    DliRunFlinkJobOperator,
    DliStopFlinkJobOperator,
    DliTriggerSavepointOperator,
)
from tests.airflow_engine import Task, deferred_or_not, make_dag, run_dag, run_task
from tests.dli_project import Project, connect
from tests.network.faults import LOG_IN, NO_BACK_END, TIMED_OUT, Fault, harming

pytestmark = [pytest.mark.live, pytest.mark.one_flink]
with_store_or_not = pytest.mark.parametrize("sees_store", [True, False], ids=["seeing the store", "blind"])

Kind = type[BaseOperator]
STOP, DELETE, SAVEPOINT = DliStopFlinkJobOperator, DliDeleteFlinkJobOperator, DliTriggerSavepointOperator
IMPORT, RUN = DliImportSavepointOperator, DliRunFlinkJobOperator
BACKUPS = "obs://state/backups/"
STOPS, SAVEPOINTS = "streaming/jobs/stop$", "/savepoint$"


def run(kind: Kind, **arguments: Any) -> tuple[Task, str]:
    return run_task(kind, poll_interval=0.2, **arguments)


def losing_its_first_try(kind: Any) -> Kind:
    """Return a kind of operator whose worker loses its power when it has asked for what it is to do."""

    class FailsOnce(kind):  # type: ignore[misc]
        def begin_with(self, context: Context, job_id: str, deadline: float | None) -> Any:
            begun = super().begin_with(context, job_id, deadline)
            if context["ti"].try_number == 1:
                raise AirflowException("The worker has lost its power.")
            return begun

    return FailsOnce


@pytest.mark.airflow_2
@deferred_or_not
def test_a_stop_with_a_savepoint(project: Project, deferrable: bool) -> None:
    job_id = project.running("orders")
    task, log = run(STOP, job_id=job_id, deferrable=deferrable)
    assert task.state == "success", log
    assert task.result.startswith(f"state/jobs/savepoint/{job_id}/")
    assert project.is_complete(task.result)
    assert task.xcoms == {
        "return_value": task.result,
        "savepoint_path": task.result,
        "has_savepoint": True,
        "job_id": job_id,
        "job_url": project.address,
        "_link_DliJobLink": project.address,
    }
    assert f"Job {job_id} is job_cancel_success; savepoint: {task.result}." in log
    assert (project.status(job_id), project.sent(STOPS)) == ("job_cancel_success", 1)


@deferred_or_not
def test_a_stop_without_a_savepoint(project: Project, deferrable: bool) -> None:
    job_id = project.running("orders")
    task, _ = run(STOP, job_name="orders", trigger_savepoint=False, deferrable=deferrable)
    assert (task.state, task.result) == ("success", None), task.error
    assert (task.xcoms["has_savepoint"], "savepoint_path" in task.xcoms) == (False, False)
    assert (project.status(job_id), project.detail(job_id)["has_savepoint"]) == ("job_cancel_success", False)


@deferred_or_not
def test_a_stop_of_a_job_that_does_not_run(project: Project, deferrable: bool) -> None:
    job_id = project.create("orders")
    given = {"job_id": job_id, "retries": 1, "deferrable": deferrable}
    task, _ = run(STOP, **given)
    assert (task.state, task.tries) == ("failed", 1)
    told = "it does not run, so no savepoint can be made, and there is nothing to stop."
    assert task.first_line == f"job 'orders' ({job_id}) is job_init: {told}"
    task, log = run(STOP, **given, trigger_savepoint=False)
    assert task.state == "success", task.error
    assert f"Nothing to stop: job 'orders' ({job_id}) is job_init." in log
    assert project.sent(STOPS) == 0


@deferred_or_not
def test_a_stop_without_a_savepoint_never_returns_an_older_one(project: Project, deferrable: bool) -> None:
    job_id = project.running("orders")
    backup, _ = run(SAVEPOINT, job_id=job_id, savepoint_directory=BACKUPS)
    task, log = run(STOP, job_id=job_id, trigger_savepoint=False, deferrable=deferrable)
    assert (task.state, task.result) == ("success", None), task.error
    assert (task.xcoms["has_savepoint"], "savepoint_path" in task.xcoms) == (False, False)
    assert project.detail(job_id)["savepoint_path"] == backup.result
    assert f"Job {job_id} is job_cancel_success; savepoint: none." in log


def test_a_stop_after_a_stop_names_the_savepoint_of_the_first_one(project: Project) -> None:
    """As that of a task that is cleared after it has stopped the job."""
    job_id = project.running("orders")
    first, _ = run(STOP, job_id=job_id)
    task, _ = run(STOP, job_id=job_id, retries=1)
    assert (task.state, task.tries) == ("failed", 1)
    assert task.xcoms["savepoint_path"] == first.result
    assert task.first_line.endswith(f"The savepoint {first.result} was made and is kept.")
    assert project.sent(STOPS) == 1


@deferred_or_not
@pytest.mark.parametrize("when", ["job_savepointing", "job_canceling"])
def test_a_stop_by_somebody_else_is_followed(
    project_where: Callable[..., Project], deferrable: bool, when: str
) -> None:
    project = project_where(savepointing_shows=2 if when == "job_savepointing" else 0)
    job_id = project.running("orders")
    project.ask_to_stop(job_id, trigger_savepoint=True)
    project.comes_to(job_id, when, "job_cancel_success")
    task, log = run(STOP, job_id=job_id, deferrable=deferrable)
    if task.state == "failed":
        # It had stopped before the task looked; the path is not lost.
        assert project.is_complete(task.xcoms["savepoint_path"]), log
    else:
        assert project.is_complete(task.result), log
        assert task.xcoms["savepoint_path"] == task.result
    assert project.sent(STOPS) == 1


@pytest.mark.parametrize("trigger_savepoint", [True, False], ids=["with a savepoint", "without"])
def test_a_stop_of_a_job_that_dli_restarts(project_where: Callable[..., Project], trigger_savepoint: bool) -> None:
    """Of such a job job_running_exception is no end."""
    project = project_where(restarts_show=True)
    job_id = project.create_restarting("orders")
    project.start(job_id)
    project.comes_to(job_id, "job_running_exception")
    task, log = run(STOP, job_id=job_id, trigger_savepoint=trigger_savepoint)
    assert task.state == "success", log
    assert bool(task.result and project.is_complete(task.result)) is trigger_savepoint
    assert (project.status(job_id), project.sent(STOPS)) == ("job_cancel_success", 1)


@deferred_or_not
def test_a_retry_follows_the_stop_of_the_first_try(project: Project, deferrable: bool) -> None:
    job_id = project.running("orders")
    task, log = run_task(losing_its_first_try(STOP), job_id=job_id, retries=1, deferrable=deferrable, poll_interval=0.2)
    assert (task.state, task.tries) == ("success", 2), log
    assert project.is_complete(task.result)
    assert project.sent(STOPS) == 1


@pytest.mark.parametrize("kind", [STOP, SAVEPOINT], ids=["stop", "savepoint"])
@with_store_or_not
def test_an_answer_that_is_lost(
    project: Project, monkeypatch: pytest.MonkeyPatch, kind: Kind, sees_store: bool
) -> None:
    if not sees_store:
        connect(monkeypatch, project.connection(object_store=None))
    job_id = project.running("orders")
    given: dict[str, Any] = {} if kind is STOP else {"savepoint_directory": BACKUPS}
    path = STOPS if kind is STOP else SAVEPOINTS
    project.dli.fault(method="POST", path=path, lose_answer=True)
    task, log = run(kind, job_id=job_id, **given, retries=1)
    assert (task.state, task.tries) == ("success", 1), log
    assert project.is_complete(task.result)
    assert project.sent(path) == 1
    assert len(list(project.obs("state").glob("**/_metadata"))) == 1


@pytest.mark.parametrize("fault", [TIMED_OUT, NO_BACK_END, LOG_IN], ids=str)
@pytest.mark.parametrize("kind", [STOP, SAVEPOINT], ids=["stop", "savepoint"])
def test_a_gateway_in_front_of_dli_that_answers(
    project: Project, monkeypatch: pytest.MonkeyPatch, kind: Kind, fault: Fault
) -> None:
    """After 408 the savepoint is looked for; what was not passed on is sent again."""
    job_id = project.running("orders")
    path = "jobs/stop" if kind is STOP else "jobs/*/savepoint"
    given: dict[str, Any] = {} if kind is STOP else {"savepoint_directory": BACKUPS}
    with harming(project.dli.settings.port, "POST", f"/v1.0/*/streaming/{path}", fault) as wire:
        connect(monkeypatch, project.connection(endpoint=wire.address))
        task, log = run(kind, job_id=job_id, **given, retries=1)
    assert (task.state, task.tries) == ("success", 1), log
    assert project.is_complete(task.result)
    assert project.sent(STOPS if kind is STOP else SAVEPOINTS) == 1
    assert len(list(project.obs("state").glob("**/_metadata"))) == 1


@with_store_or_not
@deferred_or_not
def test_a_savepoint_is_made_of_a_job_that_goes_on(
    project: Project, monkeypatch: pytest.MonkeyPatch, deferrable: bool, sees_store: bool
) -> None:
    if not sees_store:
        connect(monkeypatch, project.connection(object_store=None))
    job_id = project.running("orders")
    task, log = run(SAVEPOINT, job_id=job_id, savepoint_directory=BACKUPS, deferrable=deferrable)
    assert task.state == "success", log
    assert task.result.startswith("state/backups/")
    assert project.is_complete(task.result)
    assert task.xcoms["savepoint_path"] == task.result
    assert f"Savepoint {task.result}; the job is job_running." in log
    assert (project.status(job_id), project.sent(SAVEPOINTS)) == ("job_running", 1)


@with_store_or_not
@deferred_or_not
def test_a_retry_finds_the_savepoint_of_the_first_try(
    project: Project, monkeypatch: pytest.MonkeyPatch, deferrable: bool, sees_store: bool
) -> None:
    if not sees_store:
        connect(monkeypatch, project.connection(object_store=None))
    job_id = project.running("orders")
    given = {"job_id": job_id, "savepoint_directory": BACKUPS, "retries": 1, "deferrable": deferrable}
    task, log = run_task(losing_its_first_try(SAVEPOINT), **given, poll_interval=0.2)
    assert (task.state, task.tries) == ("success", 2), log
    assert project.is_complete(task.result)
    assert project.sent(SAVEPOINTS) == 1


@deferred_or_not
def test_a_wrong_object_store_loses_no_savepoint(
    project: Project, monkeypatch: pytest.MonkeyPatch, deferrable: bool
) -> None:
    job_id = project.running("orders")
    connect(monkeypatch, project.connection(object_store="file:///nowhere/obs"))
    task, log = run(SAVEPOINT, job_id=job_id, savepoint_directory=BACKUPS, deferrable=deferrable)
    assert task.state == "success", log
    assert project.is_complete(task.result)
    assert "there is no bucket 'state'. Check object_store in the connection's extra." in log
    assert project.sent(SAVEPOINTS) == 1


def test_each_run_makes_a_savepoint_of_its_own(project: Project) -> None:
    project.running("orders")
    paths = {run(SAVEPOINT, job_name="orders", savepoint_directory=BACKUPS)[0].result for _ in range(2)}
    assert [project.is_complete(path) for path in paths] == [True, True]


def test_a_savepoint_of_a_job_that_does_not_run(project: Project) -> None:
    job_id = project.running("orders")
    project.stop(job_id)
    task, _ = run(SAVEPOINT, job_id=job_id, savepoint_directory=BACKUPS, retries=1)
    assert task.state == "failed"
    told = f"job 'orders' ({job_id}) is job_cancel_success: it does not run, so no savepoint can be made."
    assert (task.first_line, task.tries) == (told, 1)
    assert project.sent(SAVEPOINTS) == 0


@deferred_or_not
@pytest.mark.parametrize("shows", [2, 0], ids=["seen in the making", "failed at once"])
def test_a_savepoint_that_cannot_be_written(
    project_where: Callable[..., Project], deferrable: bool, shows: float
) -> None:
    """DLI tells of no failure: the job is seen to make one, or not even that, and then there is none."""
    project = project_where(savepointing_shows=shows)
    job_id = project.running("orders")
    file = project.obs(project.put("state/file", "This is no folder."))
    given = {"savepoint_directory": "state/file", "deferrable": deferrable}
    task, _ = run_task(SAVEPOINT, job_id=job_id, **given, poll_interval=0.2 if shows else 2)
    assert task.state == "failed"
    told = f"job 'orders' ({job_id}) is job_running, and there is no complete savepoint in state/file/"
    assert task.first_line.startswith(told)
    assert f"Not a directory: '{file}" in task.first_line
    assert (project.status(job_id), project.sent(SAVEPOINTS)) == ("job_running", 1)


@deferred_or_not
def test_a_savepoint_in_a_bucket_that_nobody_has_authorized(
    project_where: Callable[..., Project], deferrable: bool
) -> None:
    project = project_where(authorize_buckets_by_hand=True)
    project.authorize("state")
    project.obs("backups").mkdir()
    job_id = project.running("orders")
    given = {"job_id": job_id, "savepoint_directory": "obs://backups/", "deferrable": deferrable, "retries": 1}
    task, _ = run(SAVEPOINT, **given)
    assert (task.state, task.tries) == ("failed", 1)
    assert "DLI.11016: The OBS bucket backups is not authorized for DLI. Authorize it first (POST " in task.first_line
    assert task.first_line.endswith("Authorize DLI for the bucket first, under Global Configuration in its console.")
    assert project.status(job_id) == "job_running"
    project.authorize("backups")
    task, _ = run(SAVEPOINT, **given)
    assert task.state == "success", task.error
    assert project.is_complete(task.result)


def test_a_savepoint_is_imported_and_run_from(project: Project) -> None:
    old, new = project.running("orders"), project.create("copy")
    project.counts(old)
    with make_dag(default_args={"poll_interval": 0.2}) as dag:
        backup = SAVEPOINT(task_id="backup", job_id=old, savepoint_directory=BACKUPS)
        take = IMPORT(task_id="take", job_id=new, savepoint_path=backup.output)
        take >> RUN(task_id="run", job_id=new, resume_savepoint=True)
    ran = run_dag(dag)
    assert ran.state == "success", {name: task.first_line for name, task in ran.tasks.items()}
    assert ran["take"].result == ran["backup"].result
    assert project.restored(new) > 0


def test_an_import_that_is_refused(project: Project) -> None:
    job_id = project.running("orders")
    task, _ = run(IMPORT, job_id=job_id, savepoint_path="state/nothing", retries=1)
    assert (task.state, task.tries) == ("failed", 1)
    told = "a savepoint can only be imported while it does not run."
    assert task.first_line == f"job 'orders' ({job_id}) is job_running: {told}"
    project.stop(job_id)
    task, _ = run(IMPORT, job_id=job_id, savepoint_path="state/nothing", retries=1)
    assert (task.state, task.tries) == ("failed", 1)
    assert "DLI.0002: state/nothing holds no savepoint: there is no _metadata in it" in task.first_line


def test_a_deletion(project: Project) -> None:
    job_id = project.running("orders")
    task, _ = run(DELETE, job_id=job_id, retries=1)
    assert (task.state, task.tries) == ("failed", 1)
    assert task.first_line == f"job 'orders' ({job_id}) is job_running: stop it before it is deleted."
    project.stop(job_id)
    for given, was_there in (
        ({"job_name": "orders"}, True),
        ({"job_name": "orders"}, False),
        ({"job_id": job_id}, False),
    ):
        task, _ = run(DELETE, **given)
        assert (task.state, task.result) == ("success", was_there), task.error
    assert not project.jobs()


def test_a_deletion_whose_answer_is_lost(project: Project) -> None:
    job_id = project.create("orders")
    project.dli.fault(method="DELETE", path=f"jobs/{job_id}$", lose_answer=True)
    task, _ = run(DELETE, job_id=job_id)
    assert (task.state, task.result) == ("success", True), task.error
    assert not project.jobs()
