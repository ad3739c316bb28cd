"""A Flink cluster as a test looks at it: by plain HTTP, beside what is tested."""

from __future__ import annotations

from typing import Any

from tests.local.flink_jobs import FlinkJobs
from tests.local.waiting import wait_until

ENDED = {"FINISHED", "FAILED", "CANCELED"}


class Cluster(FlinkJobs):
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

    def running(self, entry_class: str, *arguments: str) -> str:
        """Start a job, and return its id once all its tasks run."""
        job_id = self.run(entry_class, *arguments)
        wait_until(lambda: self.jobs()[job_id]["tasks"]["running"] == self.jobs()[job_id]["tasks"]["total"])
        return job_id

    def comes_to(self, job_id: str, status: str) -> bool:
        return wait_until(lambda: self.status(job_id) == status)

    def comes_to_rest(self) -> bool:
        """Wait until nothing runs: a job that is being cancelled takes a moment."""
        return wait_until(lambda: not self.alive())

    def clear(self) -> None:
        """End all jobs."""
        for job_id in self.alive():
            self.cancel(job_id)
        self.comes_to_rest()
