"""Base of the requests to a cluster: its jobs, its version, and the meaning of a 404."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from airflow_provider_dli.flink.endpoints import jobs
from airflow_provider_dli.flink.gate import Gate
from airflow_provider_dli.jobs.flink import answers
from airflow_provider_dli.jobs.look import forgotten
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.rest.errors import Conflict, NotFound
from airflow_provider_dli.rest.flow import Flow, ask
from airflow_provider_dli.rest.request import Request

T = TypeVar("T")


class Questions:
    """The jobs of a cluster that speaks Flink's REST API.

    :param web_address: where people find Flink's web UI.

    Its :attr:`gate` knows the cluster's version.
    """

    called = "the cluster"
    forgets = (
        "Its JobManager was restarted without high availability, or the job ended longer ago than the cluster "
        "remembers (an hour, unless set otherwise)."
    )

    def __init__(self, web_address: str) -> None:
        self._web_address = web_address
        self.gate = Gate()

    def find(self, job_id: str) -> Flow[Job | None]:
        """Return a job from ``/jobs/overview``: live, and with one request for all jobs that are watched."""
        summary = (yield from ask(jobs.overview())).by_id.get(job_id)
        return answers.job(summary) if summary else None

    def find_apart(self, job_id: str) -> Flow[Job | None]:
        """Return a job that the list of jobs lacks, from ``/jobs/:jobid``; up to three seconds old."""
        try:
            return answers.job_of((yield from ask(jobs.detail(job_id))))
        except NotFound:
            return None

    def all_jobs(self) -> Flow[Mapping[str, Job]]:
        """Return all jobs that the cluster remembers, by id."""
        rows = (yield from ask(jobs.overview())).by_id
        return {job_id: answers.job(row) for job_id, row in rows.items()}

    def jobs_named(self, name: str) -> Flow[Sequence[Job]]:
        """Return the jobs of a name; of those that have ended there may be several."""
        return [job for job in (yield from self.all_jobs()).values() if job.name == name]

    def job_url(self, job_id: str) -> str:
        """Return the address of a job's page in Flink's web UI; it finds ended jobs as well."""
        return f"{self._web_address}/#/job/running/{job_id}/overview"

    def ask_about(self, job_id: str, request: Request[T]) -> Flow[T | None]:
        """Send a request about a job; return None where Flink has nothing of the kind, or no longer.

        Flink responds to both with a 404, as it does for a job that it does not know.

        :raises JobForgotten: when the job is gone.
        """
        try:
            return (yield from self.gate.ask(request))
        except (NotFound, Conflict) as error:
            if (yield from self.find(job_id)):
                return None
            raise forgotten(self, job_id) from error
