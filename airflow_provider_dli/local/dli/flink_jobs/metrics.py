"""What Flink jobs read and write, in figures."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from airflow_provider_dli.local.dli.flink import FlinkRunner, FlinkTroubleError
from airflow_provider_dli.local.dli.flink_jobs.documents import FlinkJobs, is_active
from airflow_provider_dli.local.dli.flink_jobs.figures import Stream, Traffic, traffic
from airflow_provider_dli.local.dli.flink_jobs.members import JOB_IDS
from airflow_provider_dli.local.dli.operations import Operation, routed, success
from airflow_provider_dli.local.dli.parameters import GivenBody, checked
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document


class Metrics:
    """The operations that tell figures, in today's form and in that of Cloud Stream.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._jobs = FlinkJobs(services)
        address = services.settings.flink
        self._runner = FlinkRunner(address) if address else None

    def routes(self) -> APIRouter:
        """Return the operations."""
        return routed(
            Operation("POST", "/v1.0/{project_id}/streaming/jobs/metrics", self.show),
            Operation("POST", "/v1.0/{project_id}/jobs/metrics", self.show_as_cloud_stream),
        )

    def show(self, body: GivenBody) -> Document:
        """Show the figures of jobs."""
        return success("Message output succeeded.", metrics={"jobs": self._of(body)})

    def show_as_cloud_stream(self, body: GivenBody) -> Document:
        """Show the figures of jobs in the form of 2020."""
        jobs = self._of(body)
        now = self._services.now()
        return {"message_id": "CS.10001", "message": "", "current_time": now, "payload": {"jobs": jobs}}

    def _of(self, body: Any) -> list[Document]:
        jobs = [self._jobs.find(job_id) for job_id in checked(body, JOB_IDS)["job_ids"]]
        empty = self._services.settings.switches.metrics_without_data_are_listed
        told = [(job["job_id"], self._traffic(job)) for job in jobs]
        return [_shown(job_id, seen or Traffic()) for job_id, seen in told if seen or empty]

    def _traffic(self, job: Document) -> Traffic | None:
        if self._runner is None or not is_active(job) or not job["run"]["began_running"]:
            return None
        try:
            return traffic(self._runner, job["run"]["flink_job_id"])
        except FlinkTroubleError as error:
            raise dli("DLI.0999", str(error)) from error


def _shown(job_id: int, seen: Traffic) -> Document:
    return {
        "job_id": job_id,
        "metrics": {
            "sources": [_stream(one) for one in seen.sources],
            "sinks": [_stream(one) for one in seen.sinks],
            "total_read_rate": sum(one.rate for one in seen.sources),
            "total_write_rate": sum(one.rate for one in seen.sinks),
        },
    }


def _stream(one: Stream) -> Document:
    return {"name": one.name, "records": one.records, "corrupted_records": 0}
