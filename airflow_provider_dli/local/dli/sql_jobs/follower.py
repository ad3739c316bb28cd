"""The thread that sees how SQL jobs end."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.local.dli.flink import FlinkRunner, FlinkTroubleError
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.sql_jobs.documents import SqlJobs
from airflow_provider_dli.local.dli.sql_jobs.results import Result, TargetExistsError
from airflow_provider_dli.local.dli.store import Document

_LOG: Final = logging.getLogger(__name__)
_LOOK_EVERY: Final = 0.1  # seconds


class Follower:
    """Follows SQL jobs to their end, for as long as the emulator runs.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._address = services.settings.flink
        self._jobs = SqlJobs(services)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="sql-jobs", daemon=True)
        for job in self._jobs.active():
            if job["flink_job"] is None:
                self._jobs.end(job["job_id"], "FAILED", "The emulator ended while this job was being started.")

    @asynccontextmanager
    async def lifespan(self, _: Any) -> AsyncIterator[None]:
        """Follow the jobs while the application runs."""
        if self._address is None:
            yield
            return
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join()

    def _follow(self) -> None:
        assert self._address is not None
        runner = FlinkRunner(self._address)
        while not self._over.wait(_LOOK_EVERY):
            try:
                self._look(runner)
            except FlinkTroubleError as error:
                _LOG.warning("The Flink is not to be had, its SQL jobs wait: %s", error)
            except Exception:
                _LOG.exception("The SQL jobs could not be looked after; they are looked after again.")

    def _look(self, runner: FlinkRunner) -> None:
        started = [job for job in self._jobs.active() if job["flink_job"]]
        seen = runner.jobs() if started else {}
        for job in started:
            self._step(job, seen.get(job["flink_job"]), runner)

    def _step(self, job: Document, seen: Job | None, runner: FlinkRunner) -> None:
        if seen is None:
            self._jobs.end(job["job_id"], "FAILED", "The Flink that ran this job knows it no more.")
        elif seen.state is JobState.FINISHED:
            self._finish(job)
        elif seen.state is JobState.FAILED:
            self._jobs.end(job["job_id"], "FAILED", runner.failure(job["flink_job"]).cause)
        elif seen.state is JobState.CANCELED:
            self._jobs.end(job["job_id"], "CANCELLED")
        elif seen.state is not JobState.STARTING and job["status"] != "RUNNING":
            self._jobs.change(job["job_id"], status="RUNNING")

    def _finish(self, job: Document) -> None:
        result = Result(self._jobs.result(job["job_id"]))
        try:
            if job.get("export_to"):
                result.export(Path(job["export_to"]), job)
        except (TargetExistsError, OSError, UnicodeError) as error:
            self._jobs.end(job["job_id"], "FAILED", str(error))
            return
        self._jobs.end(job["job_id"], "FINISHED", **result.summary())
