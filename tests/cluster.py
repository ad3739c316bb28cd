"""A Flink cluster as a test looks at it: by plain HTTP, beside what is tested."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any

import httpx

from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo_jobs import JAR
from tests.local.flink_jobs import FlinkJobs
from tests.local.waiting import wait_until

ENDED = {"FINISHED", "FAILED", "CANCELED"}
#: What lets a Flink give a running job another parallelism, at once.
ADAPTIVE_SCHEDULER = {
    "web.refresh-interval": "50",
    "jobmanager.scheduler": "adaptive",
    # Flink 1.20, and 2.x.
    "jobmanager.adaptive-scheduler.scaling-interval.min": "0 s",
    "jobmanager.adaptive-scheduler.resource-stabilization-timeout": "0 s",
    "jobmanager.adaptive-scheduler.executing.cooldown-after-rescaling": "0 s",
    "jobmanager.adaptive-scheduler.executing.resource-stabilization-timeout": "0 s",
    "jobmanager.adaptive-scheduler.submission.resource-stabilization-timeout": "0 s",
}


class Cluster(FlinkJobs):
    def __init__(self, flink: LocalFlink) -> None:
        super().__init__(flink)
        #: The ids of the jobs that a test itself has started.
        self.started: list[str] = []

    @property
    def address(self) -> str:
        return self.flink.address

    def jobs(self) -> dict[str, dict[str, Any]]:
        """All jobs that the cluster remembers, by id."""
        return {job["jid"]: job for job in self.get("/jobs/overview")["jobs"]}

    def alive(self) -> list[str]:
        """The ids of the jobs that have not ended."""
        return [job_id for job_id, job in self.jobs().items() if job["state"] not in ENDED]

    def status(self, job_id: str) -> str:
        return str(self.jobs()[job_id]["state"])

    def jars(self) -> list[str]:
        return [jar["id"] for jar in self.get("/jars")["files"]]

    def upload(self, name: str) -> str:
        """Upload a jar under a name, and return its id."""
        with JAR.open("rb") as file:
            told = httpx.post(f"{self.address}/jars/upload", files={"jarfile": (name, file)}, trust_env=False)
        return str(told.raise_for_status().json()["filename"]).rpartition("/")[2]

    def savepoints_of(self, job_id: str) -> list[str]:
        """The paths of a job's savepoints, on the disk, where the REST API would be seconds late."""
        made = self.flink.savepoints.rglob(f"savepoint-{job_id[:6]}-*/_metadata") if self.flink.savepoints else ()
        return [f"file:{each.parent}" for each in made]

    def run(self, entry_class: str, *arguments: str, **body: Any) -> str:
        self.started.append(super().run(entry_class, *arguments, **body))
        return self.started[-1]

    def running(self, entry_class: str, *arguments: str) -> str:
        """Start a job, and return its id once all its tasks run."""
        job_id = self.run(entry_class, *arguments)
        wait_until(lambda: self.jobs()[job_id]["tasks"]["running"] == self.jobs()[job_id]["tasks"]["total"])
        return job_id

    def comes_to(self, job_id: str, status: str) -> bool:
        return wait_until(lambda: self.status(job_id) == status)

    def comes_to_rest(self, but_for: Collection[str] = ()) -> bool:
        """Wait until nothing runs but these: a job that is being cancelled takes a moment."""
        return wait_until(lambda: set(self.alive()) <= set(but_for))

    def clear(self) -> None:
        """End all jobs; one may end by itself while it is being cancelled."""
        for job_id in self.alive():
            with suppress(httpx.HTTPStatusError):
                self.cancel(job_id)
        self.comes_to_rest()
