"""``FlinkDisposeSavepointOperator`` on a real Flink."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, BaseOperator, Context

from airflow_provider_dli.local.demo_jobs import STREAMING_COUNT
from airflow_provider_dli.operators.flink import FlinkDisposeSavepointOperator, FlinkTriggerSavepointOperator
from tests.airflow_engine import Task, connect, deferred_or_not, make_dag, run_dag, run_task
from tests.cluster import Cluster
from tests.network.faults import BAD_GATEWAY, DROP_ANSWER, Fault, harming

pytestmark = pytest.mark.live


def run(kind: type[BaseOperator] = FlinkDisposeSavepointOperator, **arguments: Any) -> tuple[Task, str]:
    return run_task(kind, poll_interval=0.1, **{"retries": 1, **arguments})


def savepoint(cluster: Cluster, folder: Path) -> str:
    """Take a savepoint of a new job."""
    job_id = cluster.running(STREAMING_COUNT, "--checkpoint-interval", "0")
    return str(run(FlinkTriggerSavepointOperator, job_id=job_id, savepoint_directory=str(folder))[0].result)


def losing_its_first_try(when: str) -> type[BaseOperator]:
    """Return an operator whose worker loses its power in the first try, ``before`` or ``after`` the request."""

    class FailsOnce(FlinkDisposeSavepointOperator):
        def begin(self, context: Context, deadline: float | None) -> Any:
            is_first = context["ti"].try_number == 1
            if when == "before" and is_first:
                raise AirflowException("The worker has lost its power.")
            begun = super().begin(context, deadline)
            if is_first:
                self.hook.run(begun.on(self.hook.backend))
                raise AirflowException("The worker has lost its power.")
            return begun

    return FailsOnce


@pytest.mark.airflow_2
@deferred_or_not
def test_a_savepoint_is_deleted(cluster: Cluster, tmp_path: Path, deferrable: bool) -> None:
    folder = tmp_path / "of the job"
    path = savepoint(cluster, folder)
    assert list(folder.iterdir())
    task, log = run(savepoint_path=path, deferrable=deferrable)
    assert (task.state, task.tries) == ("success", 1), task.errors
    assert task.xcoms == {"return_value": path, "operation_id": task.xcoms["operation_id"]}
    assert f"Savepoint {path} is deleted." in log
    # Its own folder is gone, and the directory of the operation stays, empty.
    assert list(folder.rglob("*")) == [Path(path.removeprefix("file:")).parent]
    assert len(cluster.alive()) == 1


def test_another_tasks_result(cluster: Cluster, tmp_path: Path) -> None:
    job_id = cluster.running(STREAMING_COUNT, "--checkpoint-interval", "0")
    with make_dag(default_args={"poll_interval": 0.1}) as dag:
        taken = FlinkTriggerSavepointOperator(task_id="take", job_id=job_id, savepoint_directory=str(tmp_path))
        FlinkDisposeSavepointOperator(task_id="dispose", savepoint_path=taken.output)
    ran = run_dag(dag)
    assert ran["dispose"].result == ran["take"].result
    assert not list(tmp_path.rglob("savepoint-*"))


@pytest.mark.parametrize("form", ["{}/", "{}/_metadata"])
def test_other_ways_to_name_a_savepoint(cluster: Cluster, tmp_path: Path, form: str) -> None:
    path = savepoint(cluster, tmp_path)
    task, _ = run(savepoint_path=form.format(path))
    assert task.state == "success", task.errors
    assert not list(tmp_path.rglob("savepoint-*"))


@deferred_or_not
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_retry_is_content_with_what_the_first_try_did(
    cluster: Cluster, tmp_path: Path, when: str, deferrable: bool
) -> None:
    path = savepoint(cluster, tmp_path)
    task, log = run(losing_its_first_try(when), savepoint_path=path, deferrable=deferrable)
    assert (task.state, task.tries, task.result) == ("success", 2, path), task.errors
    assert (f"There is no savepoint {path} (any more)" in log) is (when == "after")
    assert not list(tmp_path.rglob("savepoint-*"))


@pytest.mark.parametrize("fault", [DROP_ANSWER, BAD_GATEWAY], ids=str)
@pytest.mark.parametrize("deferrable", [False, True], ids=["on the worker", "deferred"])
def test_an_answer_that_is_lost(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault, deferrable: bool
) -> None:
    path = savepoint(cluster, tmp_path)
    with harming(cluster.flink.port, "POST", "/savepoint-disposal", fault) as wire:
        connect(monkeypatch, wire.address)
        task, _ = run(savepoint_path=path, deferrable=deferrable)
    assert (task.state, task.tries) == ("success", 1), task.errors
    assert not list(tmp_path.rglob("savepoint-*"))


@deferred_or_not
def test_one_that_was_never_there(cluster: Cluster, tmp_path: Path, deferrable: bool) -> None:
    path = f"file:{tmp_path}/savepoint-1"
    task, _ = run(savepoint_path=path, deferrable=deferrable)
    assert (task.state, task.tries) == ("failed", 1)
    assert task.first_line == (
        f"Savepoint {path} was not deleted: FileNotFoundException: Cannot find checkpoint or savepoint file/directory "
        f"'{path}' on file system 'file'. Check savepoint_path: the JobManager must be able to see it. "
        "Set missing_ok where it may be gone."
    )
    task, log = run(savepoint_path=path, deferrable=deferrable, missing_ok=True)
    assert (task.state, task.tries, task.result) == ("success", 1, path)
    assert f"There is no savepoint {path} (any more)" in log


def test_what_is_no_savepoint(cluster: Cluster, tmp_path: Path) -> None:
    folder, file, other = tmp_path / "folder", tmp_path / "file", tmp_path / "other"
    folder.mkdir()
    (folder / "precious").touch()
    file.touch()
    other.mkdir()
    (other / "_metadata").write_text("I am a text")
    before = sorted(tmp_path.rglob("*"))
    for path, told in [
        (f"file:{folder}", "Cannot find meta data file '_metadata' in directory"),
        (str(file), "EOFException"),
        (str(other), "Unexpected magic number"),
        ("s3://bucket/savepoints/1", "for scheme 's3'"),
        ("nowhere:/savepoints/1", "Flink has no plugin for this kind of path."),
    ]:
        # Nor does it help that it may be missing.
        task, _ = run(savepoint_path=path, missing_ok=True)
        assert (task.state, task.tries) == ("failed", 1), path
        assert task.first_line.startswith(f"Savepoint {path} was not deleted: ")
        assert told in task.first_line
    assert sorted(tmp_path.rglob("*")) == before


def test_a_path_that_a_template_left_empty(cluster: Cluster) -> None:
    with make_dag(params={"path": ""}) as dag:
        FlinkDisposeSavepointOperator(task_id="it", savepoint_path="{{ params.path }}", retries=1)
    task = run_dag(dag)["it"]
    assert (task.tries, task.first_line) == (
        1,
        "savepoint_path is empty: the template or task that it comes from gave nothing.",
    )
