"""The SQL jobs that the emulator remembers."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any, Final

from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document
from airflow_provider_dli.local.dli.tags import Tags

#: The states of a job that has not ended.
ACTIVE: Final = ("LAUNCHING", "RUNNING")

#: What their tags are kept under.
RESOURCE_TYPE: Final = "dli_sql_job"


class SqlJobs:
    """The SQL jobs of the project.

    :param services: what remembers them.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._jobs = services.store.kind("sql_jobs")

    def add(self, kind: str, statement: str, told: dict[str, Any]) -> Document:
        """Add a job that is about to be started.

        :param kind: the kind of work, as DLI calls it.
        :param statement: its SQL.
        :param told: what its caller has told of it.
        """
        conf = dict(one.partition("=")[::2] for one in told.get("conf") or [])
        job = {
            "engine_type": "spark",
            **told,
            "job_id": str(uuid.uuid4()),
            "job_type": kind,
            "job_mode": "async",
            "status": "LAUNCHING",
            "statement": statement,
            "queue_name": told.get("queue_name") or "default",
            "owner": self._services.settings.user,
            "start_time": self._services.now(),
            "end_time": None,
            "message": "",
            "detail": "",
            "input_size": 0,
            "result_count": 0,
            "user_conf": json.dumps(conf),
            "flink_job": None,
        }
        self._jobs.put(job["job_id"], job)
        Tags(self._services).add(RESOURCE_TYPE, job["job_id"], told.get("tags") or [])
        return job

    def find(self, job_id: str) -> Document:
        """Return a job.

        :raises Refusal: DLI.0002, when there is none.
        """
        job = self._jobs.get(job_id)
        if job is None:
            raise dli("DLI.0002", f"There is no SQL job {job_id}.")
        return self._with_duration(job)

    def all(self) -> list[Document]:
        """Return all jobs, the oldest first."""
        return [self._with_duration(job) for job in self._jobs.all()]

    def active(self) -> list[Document]:
        """Return the jobs that have not ended."""
        return [job for job in self._jobs.all() if job["status"] in ACTIVE]

    def change(self, job_id: str, **members: Any) -> Document:
        """Change a job and return it."""
        self._jobs.update(job_id, lambda job: job.update(members))
        return self.find(job_id)

    def end(self, job_id: str, status: str, message: str = "", **members: Any) -> Document:
        """Change a job that has ended, and return it."""
        return self.change(job_id, status=status, message=message, end_time=self._services.now(), **members)

    def forget(self, job_id: str) -> None:
        """Remove a job that never came to be."""
        self._jobs.delete(job_id)
        Tags(self._services).forget(RESOURCE_TYPE, job_id)

    def result(self, job_id: str) -> Path:
        """Return the folder of a job's rows."""
        return self._services.settings.folder / "sql_results" / job_id

    def _with_duration(self, job: Document) -> Document:
        return {**job, "duration": (job["end_time"] or self._services.now()) - job["start_time"]}
