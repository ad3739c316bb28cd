"""Running, stopping and deleting Flink jobs, several at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from fastapi import APIRouter

from airflow_provider_dli.local.dli.flink_jobs.checks import check_bucket, check_runnable
from airflow_provider_dli.local.dli.flink_jobs.documents import FlinkJobs, is_active
from airflow_provider_dli.local.dli.flink_jobs.members import EDGE_JOB, JOB_IDS
from airflow_provider_dli.local.dli.flink_jobs.orphans import Orphans
from airflow_provider_dli.local.dli.flink_jobs.views import accepted
from airflow_provider_dli.local.dli.operations import Operation, routed
from airflow_provider_dli.local.dli.parameters import GivenBody, Member, checked, flag
from airflow_provider_dli.local.dli.refusals import Refusal, dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document


class Actions:
    """The operations that run, stop and delete jobs. Each only says what shall be; the keeper carries it out.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._switches = services.settings.switches
        self._jobs = FlinkJobs(services)
        self._orphans = Orphans(services)

    def routes(self) -> APIRouter:
        """Return the operations."""
        jobs = "/v1.0/{project_id}/streaming/jobs"
        return routed(
            Operation("POST", f"{jobs}/run", self.run),
            Operation("POST", f"{jobs}/stop", self.stop),
            Operation("POST", f"{jobs}/delete", self.delete_several),
            Operation("DELETE", f"{jobs}/{{job_id}}", self.delete),
        )

    def run(self, body: GivenBody) -> list[Document]:
        """Run jobs; the answer has an element for each."""
        given = _checked(body, flag("resume_savepoint", default=False))
        resume = given["resume_savepoint"]
        return self._each(given["job_ids"], lambda job: self._run(job, resume), "The Flink job is submitted.")

    def stop(self, body: GivenBody) -> list[Document]:
        """Stop jobs; where that works for all of them, the answer has one element."""
        given = _checked(body, flag("trigger_savepoint", default=False))
        savepoint = given["trigger_savepoint"]
        sentence = "The request for stopping the Flink jobs is delivered."
        return self._each(given["job_ids"], lambda job: self._stop(job, savepoint), sentence)[:1]

    def delete_several(self, body: GivenBody) -> list[Document]:
        """Delete jobs; where that works for all of them, the answer has one element."""
        return self._each(_checked(body)["job_ids"], self._delete, "The Flink jobs are deleted successfully.")[:1]

    def delete(self, job_id: str) -> Document:
        """Delete a job, in whatever state it is."""
        with self._services.store.change():
            self._delete(self._jobs.find(job_id))
        return accepted(self._services, "The Flink job is deleted successfully.")

    def _each(self, job_ids: list[int], act: Callable[[Document], None], sentence: str) -> list[Document]:
        outcomes = [self._outcome(job_id, act, sentence) for job_id in job_ids]
        wrong = sum("error_code" in outcome for outcome in outcomes)
        if wrong == len(outcomes):
            raise Refusal(400, outcomes)
        if wrong:
            raise Refusal(self._switches.partly_wrong_batch_status, outcomes)
        return outcomes

    def _outcome(self, job_id: int, act: Callable[[Document], None], sentence: str) -> Document:
        try:
            with self._services.store.change():
                act(self._jobs.find(job_id))
        except Refusal as refusal:
            return dict(refusal.body)
        return accepted(self._services, sentence)

    def _run(self, job: Document, resume: bool) -> None:
        if is_active(job) or _runs_at_edge(job):
            return _refuse(self._switches.refuse_run_of_running, job, "cannot be run again before it has ended")
        check_runnable(self._services, job)
        if resume and not job["savepoint_path"]:
            raise dli("DLI.0002", f"The job {job['name']} has no savepoint to resume from: run it without one.")
        told: Document
        if job["job_type"] == EDGE_JOB:
            told = {"status": "job_submitting", "status_desc": ""}
        else:
            told = {"run": self._new_run(job["savepoint_path"] if resume else None), "status_desc": ""}
        self._jobs.update(job["job_id"], lambda held: held.update(told))
        return None

    def _new_run(self, restored_from: str | None) -> Document:
        # The id is there before anything is submitted: a restarted emulator finds what a killed one has begun.
        return {
            "active": True,
            "phase": "accepted",
            "flink_job_id": uuid4().hex,
            "asked": self._services.now(),
            "restored_from": restored_from,
            "began_running": False,
            "restarting": False,
            "stop_failed": False,
            "stop": None,
            "savepoint": None,
        }

    def _stop(self, job: Document, with_savepoint: bool) -> None:
        if _runs_at_edge(job):
            self._jobs.update(job["job_id"], lambda held: held.update(status="job_canceling"))
            return None
        if not is_active(job) or job["run"]["stop"]:
            return _refuse(self._switches.refuse_stop_of_stopped, job, "cannot be stopped")
        stop = self._savepoint_of(job) if with_savepoint else {}
        stop = {"asked": self._services.now(), "with_savepoint": with_savepoint, **stop}
        self._jobs.update(job["job_id"], lambda held: held["run"].update(stop=stop, stop_failed=False))
        return None

    def _savepoint_of(self, job: Document) -> Document:
        bucket = job["config"]["obs_bucket"]
        if not bucket:
            raise dli("DLI.0001", f"The job {job['name']} has no obs_bucket to write a savepoint to: update it first.")
        check_bucket(self._services, bucket)
        moment = time.strftime("%Y-%m-%d_%H-%M-%S", time.localtime(self._services.clock()))
        folder = f"{bucket}/jobs/savepoint/{job['job_id']}/{moment}"
        return {"folder": folder, "operation_id": uuid4().hex, "begun": False}

    def _delete(self, job: Document) -> None:
        if is_active(job):
            self._orphans.add(job["run"]["flink_job_id"])
        self._jobs.delete(job["job_id"])


def _runs_at_edge(job: Document) -> bool:
    return job["job_type"] == EDGE_JOB and job["status"] in {"job_submitting", "job_downloading", "job_running"}


def _checked(body: Any, *members: Member) -> dict[str, Any]:
    """Read the body of a batch call, whose refusals are lists."""
    try:
        return checked(body, JOB_IDS, *members)
    except Refusal as refusal:
        raise Refusal(refusal.status, [refusal.body]) from None


def _refuse(refuses: bool, job: Document, sentence: str) -> None:
    if refuses:
        raise dli("DLI.0007", f"The job {job['name']} is {job['status']}; it {sentence}.")
