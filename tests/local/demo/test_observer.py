from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.local.airflow.api import DagRun, LogLine
from airflow_provider_dli.local.airflow.client import AirflowClient
from airflow_provider_dli.local.demo.observer import Observer, savepoint_files
from airflow_provider_dli.local.demo.outcome import Outcome, SavepointFiles, StreamOnDli, TaskFailure
from airflow_provider_dli.local.demo.plan import BATCH_ON_DLI, SAVERS, STREAM_ON_DLI
from airflow_provider_dli.local.demo.project import Project
from airflow_provider_dli.local.demo.scene import Scene
from tests.local.demo.scenes import FILLED, ON_DLI, STREAMED, job, run, task


class Dli(Project):
    """A project in which a stream was run, whose bucket lies in a folder."""

    def __init__(self, obs: Path = Path("/nowhere")) -> None:
        self._obs = obs

    def stream(self, job_id: str) -> StreamOnDli:
        return replace(ON_DLI, job_id=job_id)

    def flink_id(self, job_id: str) -> str | None:
        return STREAMED

    def file(self, path: str) -> str:
        return path if ":" in path else (self._obs / path).as_uri()


class Airflow(AirflowClient):
    """An Airflow whose tasks have returned and written what a test wants."""

    def __init__(self, xcoms: dict[str, Any] | None = None, log: tuple[LogLine, ...] = ()) -> None:
        self._xcoms = xcoms or {}
        self._log = log

    def xcom(self, run: DagRun, task_id: str, key: str = "return_value") -> Any:
        return self._xcoms.get(f"{run.dag_id}.{task_id}" + (f" {key}" if key != "return_value" else ""))

    def log(self, run: DagRun, task_id: str, try_number: int = 1) -> tuple[LogLine, ...]:
        return self._log


def outcome_of(airflow: Airflow, scene: Scene, dli: Project | None = None) -> Outcome:
    observer = Observer(airflow, "http://127.0.0.1:1", dli or Dli())
    observer.scene = scene
    return observer.outcome()


@pytest.fixture
def savepoint(tmp_path: Path) -> Path:
    folder = tmp_path / "savepoint 1"
    (folder / "more").mkdir(parents=True)
    (folder / "_metadata").write_bytes(b"12345")
    (folder / "more" / "state").write_bytes(b"123")
    return folder


def test_all_files_of_a_savepoint_are_measured(savepoint: Path) -> None:
    for path in (savepoint.as_uri(), f"file:{savepoint}", str(savepoint)):
        assert savepoint_files(path) == SavepointFiles(path, 8, has_metadata=True)


def test_one_without_metadata_is_no_savepoint(savepoint: Path) -> None:
    (savepoint / "_metadata").unlink()
    assert savepoint_files(str(savepoint)) == SavepointFiles(str(savepoint), 3, has_metadata=False)


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    path = (tmp_path / "nowhere").as_uri()
    assert savepoint_files(path) == SavepointFiles(path, None, has_metadata=False)


def test_what_tasks_returned_is_kept_and_savepoints_are_looked_at(savepoint: Path) -> None:
    airflow = Airflow({"run_watch_stop.stop": savepoint.as_uri()})
    seen = outcome_of(airflow, Scene((run("run_watch_stop", task("stop"), task("backup")),)))
    _, backup, stop, *_ = SAVERS
    assert seen.results == {stop: savepoint.as_uri(), backup: None}
    assert seen.savepoints == {stop: SavepointFiles(savepoint.as_uri(), 8, has_metadata=True)}
    assert seen.failures == ()


def test_a_failed_task_comes_with_its_error_and_the_end_of_its_log() -> None:
    said = [LogLine(f"line {number}") for number in range(20)]
    log = (*said, LogLine("::endgroup::"), LogLine("Task failed", "JobFailed: no slot\nwith details"))
    seen = outcome_of(Airflow(log=log), Scene((run("run_watch_stop", task("stop", "failed")),)))
    last = (*(f"line {number}" for number in range(9, 20)), "Task failed")
    assert seen.failures == (TaskFailure(SAVERS[2], "JobFailed: no slot", last),)


def test_a_task_that_failed_without_a_word_is_told_too() -> None:
    seen = outcome_of(Airflow(), Scene((run("run_watch_stop", task("stop", "failed")),)))
    assert seen.failures == (TaskFailure(SAVERS[2], "It raised nothing.", ()),)


def test_jobs_of_dli_are_known_by_their_ids_on_flink(savepoint: Path) -> None:
    dag_id, path = STREAM_ON_DLI.dag_id, f"demo/{savepoint.name}"
    (savepoint.parent / "demo").mkdir()
    savepoint.rename(savepoint.parent / path)
    airflow = Airflow({str(STREAM_ON_DLI): "1001", f"{dag_id}.stop": path, f"{BATCH_ON_DLI} job_id": "7"})
    scene = Scene((run(dag_id, task("fill"), task("stream"), task("stop")),), (job(FILLED, "sql-7", "FINISHED"),))
    seen = outcome_of(airflow, scene, Dli(savepoint.parent))
    assert seen.flink_ids == {BATCH_ON_DLI: FILLED, STREAM_ON_DLI: STREAMED}
    assert seen.on_dli == ON_DLI
    assert seen.savepoints == {SAVERS[-1]: SavepointFiles(path, 8, has_metadata=True)}


def test_where_dli_ran_nothing_it_is_not_asked() -> None:
    seen = outcome_of(Airflow(), Scene((run(STREAM_ON_DLI.dag_id, task("fill", "failed")),)))
    assert (seen.flink_ids, seen.on_dli) == ({}, None)
