"""Protocol of DLI's Flink jobs, beyond that of every back end."""

from __future__ import annotations

from typing import Protocol

from airflow_provider_dli.dli.endpoints.flink_job import Job as Seen
from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.jobs.backend import Backend
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.jobs.object_store import Found
from airflow_provider_dli.rest.flow import Flow


class FlinkJobs(Backend, Protocol):
    """The Flink jobs of a project on DLI."""

    #: Knows the project.
    gate: Gate

    def detail(self, job_id: str) -> Flow[Seen | None]:
        """Return all that DLI tells of a job; None when it knows none with this id."""
        ...

    def known(self, job_id: str) -> Flow[Seen]:
        """Return all that DLI tells of a job that was seen before. Raises ``JobForgotten`` when it is gone."""
        ...

    def named(self, name: str) -> Flow[Job | None]:
        """Look for a job by its exact name; None where there is none."""
        ...

    def looking_in(self, path: str) -> FlinkJobs:
        """Return the same, with all checkpoints in one folder of the object store."""
        ...

    @property
    def sees_store(self) -> bool:
        """Whether the object store can be looked into."""
        ...

    def stored(self, path: str) -> Flow[tuple[Found, ...]]:
        """Return the complete checkpoints and savepoints in a folder of the object store, and below it."""
        ...
