"""Savepoints of running jobs, and savepoints for jobs that are to run."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import uuid4

from fastapi import APIRouter

from airflow_provider_dli.local.dli.flink_jobs.checks import check_bucket, located
from airflow_provider_dli.local.dli.flink_jobs.documents import FlinkJobs, is_active
from airflow_provider_dli.local.dli.flink_jobs.views import accepted
from airflow_provider_dli.local.dli.obs import ObjectStore
from airflow_provider_dli.local.dli.operations import Operation, routed
from airflow_provider_dli.local.dli.parameters import GivenBody, checked, integer, text
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

#: What the service behind says of a savepoint that it has taken note of; it stands as JSON in a message.
_TAKEN: Final = json.dumps({"is_success": "true", "message": "api.msg.deal_savepoint_success"}, separators=(",", ":"))


class Savepoints:
    """The operations on savepoints.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._jobs = FlinkJobs(services)
        self._objects = ObjectStore(services.settings.obs)

    def routes(self) -> APIRouter:
        """Return the operations."""
        job = "/v1.0/{project_id}/streaming/jobs/{job_id}"
        return routed(
            Operation("POST", f"{job}/savepoint", self.trigger),
            Operation("POST", f"{job}/import-savepoint", self.take_over),
        )

    def trigger(self, job_id: str, body: GivenBody) -> Document:
        """Have a running job make a savepoint; the answer says no more than that it was asked to."""
        given = checked(
            body, text("action", required=True, allowed=("TRIGGER",)), text("savepoint_path", required=True)
        )
        folder = self._objects.address(located(self._objects, given["savepoint_path"], "savepoint_path"))
        with self._services.store.change():
            job = self._jobs.find(job_id)
            check_bucket(self._services, folder.partition("/")[0])
            self._trigger(job, folder)
        return accepted(self._services, _TAKEN)

    def take_over(self, job_id: str, body: GivenBody) -> Document:
        """Make a savepoint, or a checkpoint, that lies in OBS the one that the job can start from."""
        given = checked(body, integer("job_id", required=True), text("savepoint_path", required=True))
        if str(given["job_id"]) != job_id:
            raise dli("DLI.0001", f"The parameter job_id is {given['job_id']} in the body and {job_id} in the path.")
        path = located(self._objects, given["savepoint_path"], "savepoint_path")
        with self._services.store.change():
            job = self._jobs.find(job_id)
            if is_active(job):
                raise dli("DLI.0007", f"The job {job['name']} is {job['status']}: stop it to import a savepoint.")
            if not (path / "_metadata").is_file():
                raise dli("DLI.0002", f"{given['savepoint_path']} holds no savepoint: there is no _metadata in it.")
            found: dict[str, Any] = {"savepoint_path": self._objects.address(path), "has_savepoint": True}
            self._jobs.update(job_id, lambda held: held.update(found))
        return accepted(self._services, "The savepoint is imported successfully.")

    def _trigger(self, job: Document, folder: str) -> None:
        run = job["run"]
        if not is_active(job) or not run["began_running"] or run["stop"] or run["savepoint"]:
            if self._services.settings.switches.refuse_savepoint_of_stopped:
                raise dli("DLI.0007", f"The job {job['name']} is {job['status']}: a savepoint needs job_running.")
            return
        asked = {"folder": folder, "asked": self._services.now(), "operation_id": uuid4().hex, "begun": False}
        self._jobs.update(job["job_id"], lambda held: held["run"].update(savepoint=asked))
