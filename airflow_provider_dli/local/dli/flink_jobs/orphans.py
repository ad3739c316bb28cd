"""What still runs on the Flink of jobs that were deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.local.dli.flink import FlinkRunner
from airflow_provider_dli.local.dli.services import Services

#: Milliseconds in which a submission that was under way has come to something.
_UNDER_WAY: Final = 150_000


class Orphans:
    """The Flink jobs whose DLI jobs are gone; they are cancelled as soon as they can be.

    :param services: what remembers them.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._kind = services.store.kind("flink_orphans")

    def add(self, flink_job_id: str) -> None:
        """Remember a Flink job whose DLI job is deleted."""
        self._kind.put(flink_job_id, {"flink_job_id": flink_job_id, "since": self._services.now()})

    def ids(self) -> list[str]:
        """Return what is still to be cancelled."""
        return [orphan["flink_job_id"] for orphan in self._kind.all()]

    def cancel(self, runner: FlinkRunner, seen: Mapping[str, Job]) -> None:
        """Cancel what runs, and forget what has ended.

        :param runner: the Flink.
        :param seen: all jobs that it remembers.
        """
        for orphan in self._kind.all():
            job = seen.get(orphan["flink_job_id"])
            if job and not job.has_ended:
                runner.cancel(job.id)
            elif job or self._services.now() - orphan["since"] > _UNDER_WAY:
                self._kind.delete(orphan["flink_job_id"])
