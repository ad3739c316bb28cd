"""Waiting for a status, in the back end's own words."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.jobs.wait import wait_for_status
from airflow_provider_dli.tasks.job_sensor import JobSensor


class StatusSensor(JobSensor):
    """Waits until a job has one of some statuses. Returns the status.

    :param statuses: the statuses that end the wait, in the back end's words. A job that ends in another one fails the
        task. (templated)
    """

    def __init__(self, *, statuses: Collection[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check(statuses=statuses)
        self.statuses = statuses

    def wait(self, job_id: str | None) -> Call:
        """Return the call of the flow that waits."""
        return call(
            wait_for_status,
            job_id=job_id,
            statuses=list(self.statuses),
            poll_interval=self.poll_interval,
            recovery=0.0 if self.looks_once else self.grace_period,
        )

    def seen(self, result: Job) -> str:
        """Return the job's status."""
        return result.status
