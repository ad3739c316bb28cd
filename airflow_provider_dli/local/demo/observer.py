"""Looking at Airflow, Flink and DLI, through their REST APIs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

from airflow_provider_dli.jobs.flink import FlinkBackend
from airflow_provider_dli.local.airflow.api import DagRun, LogLine
from airflow_provider_dli.local.airflow.client import AirflowClient
from airflow_provider_dli.local.demo.jobs_seen import look_at_jobs
from airflow_provider_dli.local.demo.outcome import Outcome, SavepointFiles, TaskFailure
from airflow_provider_dli.local.demo.plan import BATCH_ON_DLI, SAVERS, STREAM_ON_DLI, TaskName
from airflow_provider_dli.local.demo.project import Project
from airflow_provider_dli.local.demo.scene import RunSeen, Scene
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import Patience, patiently
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target

T = TypeVar("T")

#: How many lines of a failed task's log are shown.
_LOG_LINES: Final = 12


class Observer:
    """Looks at the runs of an Airflow, and at the jobs of a Flink and of a DLI in front of it.

    :param airflow: the Airflow.
    :param flink_address: where Flink's REST API is.
    :param project: the project on DLI.
    """

    def __init__(self, airflow: AirflowClient, flink_address: str, project: Project) -> None:
        self._airflow = airflow
        self._project = project
        self._backend = FlinkBackend(flink_address)
        self._driver = Driver(Sender(Target((flink_address,))), lambda sentence: None)
        self._runs: list[DagRun] = []
        self.scene = Scene()

    def start(self, dag_id: str) -> None:
        """Run a DAG, and look at its run from now on."""
        self._runs.append(self._airflow.start(dag_id))

    def look(self) -> Scene:
        """Look at everything, and return what is seen."""
        known = {seen.job.id: seen for seen in self.scene.jobs}
        jobs = self._drive(look_at_jobs(self._backend, known))
        self.scene = Scene(tuple(map(self._look_at_run, self._runs)), jobs, time.time())
        return self.scene

    def outcome(self) -> Outcome:
        """Return what came of everything that was seen last."""
        results = self._results()
        job_id = results.get(STREAM_ON_DLI)
        return Outcome(
            self.scene,
            results,
            {task: self._savepoint(results[task]) for task in SAVERS if results.get(task)},
            tuple(self._failures()),
            self._flink_ids(job_id),
            self._project.stream(job_id) if job_id else None,
        )

    def _savepoint(self, path: str) -> SavepointFiles:
        # DLI writes paths as OBS has them: bucket/key.
        return replace(savepoint_files(self._project.file(path)), path=path)

    def _flink_ids(self, job_id: str | None) -> dict[TaskName, str]:
        """Return which jobs of Flink those of DLI are.

        :param job_id: the stream's id on DLI, if it was started.
        """
        filled = self._project.named(self.scene, self._xcom(BATCH_ON_DLI, "job_id"))
        streamed = self._project.flink_id(job_id) if job_id else None
        return {task: found for task, found in ((BATCH_ON_DLI, filled), (STREAM_ON_DLI, streamed)) if found}

    def _xcom(self, task: TaskName, key: str) -> Any:
        run = next((seen.run for seen in self.scene.runs if seen.run.dag_id == task.dag_id), None)
        return self._airflow.xcom(run, task.task_id, key) if run else None

    def _look_at_run(self, run: DagRun) -> RunSeen:
        return RunSeen(self._airflow.look(run), self._airflow.page(run), self._airflow.tasks(run))

    def _results(self) -> Mapping[TaskName, Any]:
        return {
            TaskName(seen.run.dag_id, task.task_id): self._airflow.xcom(seen.run, task.task_id)
            for seen in self.scene.runs
            for task in seen.tasks
        }

    def _failures(self) -> Iterator[TaskFailure]:
        for seen in self.scene.runs:
            for task in seen.tasks:
                if task.state == "failed":
                    log = self._airflow.log(seen.run, task.task_id, task.try_number)
                    yield _failure(TaskName(seen.run.dag_id, task.task_id), log)

    def _drive(self, flow: Flow[T]) -> T:
        return self._driver.run(patiently(flow, Patience(grace=20)))


def savepoint_files(path: str) -> SavepointFiles:
    """Look at what lies on the disk where a savepoint should be.

    :param path: where, as Flink writes it: ``file:/...``.
    """
    directory = Path(unquote(urlsplit(path).path))
    if not directory.is_dir():
        return SavepointFiles(path, None, has_metadata=False)
    files = [file for file in directory.rglob("*") if file.is_file()]
    return SavepointFiles(path, sum(file.stat().st_size for file in files), (directory / "_metadata").is_file())


def _failure(task: TaskName, log: Sequence[LogLine]) -> TaskFailure:
    errors = [line.error for line in log if line.error]
    said = [line.text for line in log if not line.text.startswith("::")]
    return TaskFailure(task, errors[-1].splitlines()[0] if errors else "It raised nothing.", tuple(said[-_LOG_LINES:]))
