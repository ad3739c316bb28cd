"""Taking jobs out into a file, and in from one."""

from __future__ import annotations

import json
import time
import zipfile
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter

from airflow_provider_dli.local.dli.flink_jobs.checks import located
from airflow_provider_dli.local.dli.flink_jobs.documents import OF_THE_JOB, FlinkJobs, is_active
from airflow_provider_dli.local.dli.flink_jobs.views import accepted
from airflow_provider_dli.local.dli.obs import ObjectStore
from airflow_provider_dli.local.dli.operations import Operation, routed
from airflow_provider_dli.local.dli.parameters import GivenBody, checked, flag, from_json, integers, text
from airflow_provider_dli.local.dli.refusals import Refusal, dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

#: The id that a job gets which was not taken in.
_NONE: Final = -1


class Transfer:
    """The operations that export jobs and import them.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._jobs = FlinkJobs(services)
        self._objects = ObjectStore(services.settings.obs)

    def routes(self) -> APIRouter:
        """Return the operations."""
        jobs = "/v1.0/{project_id}/streaming/jobs"
        return routed(
            Operation("POST", f"{jobs}/export", self.take_out), Operation("POST", f"{jobs}/import", self.take_in)
        )

    def take_out(self, body: GivenBody) -> Document:
        """Write jobs to a file in OBS."""
        given = checked(
            body, text("obs_dir", required=True), flag("is_selected", required=True), integers("job_selected")
        )
        if given["is_selected"] and not given["job_selected"]:
            raise dli("DLI.0001", "The parameter job_selected is mandatory when is_selected is true.")
        selected = given["job_selected"] if given["is_selected"] else None
        jobs = self._jobs.all() if selected is None else [self._jobs.find(job_id) for job_id in selected]
        folder = located(self._objects, given["obs_dir"], "obs_dir")
        file = _write(folder, [{**job, "tags": self._jobs.tags(job["job_id"])} for job in jobs], self._services.clock())
        return accepted(
            self._services, "The Flink jobs are exported successfully.", zip_file=[self._objects.address(file)]
        )

    def take_in(self, body: GivenBody) -> Document:
        """Read jobs from a file in OBS, or from all of them in a folder."""
        given = checked(body, text("zip_file", required=True), flag("is_cover", default=False))
        path = located(self._objects, given["zip_file"], "zip_file")
        files = sorted(path.glob("*.zip")) if path.is_dir() else [path]
        jobs = [job for file in files for job in _read(file, given["zip_file"])]
        with self._services.store.change():
            mapping = [self._place(job, given["is_cover"]) for job in jobs]
        return accepted(self._services, "The Flink jobs are imported successfully.", job_mapping=mapping)

    def _place(self, job: Document, cover: bool) -> Document:
        told = {**{name: job.get(name) for name in OF_THE_JOB}, **job["config"], "tags": job.get("tags")}
        held = self._jobs.named(job["name"])
        if held is None:
            new, remark = self._jobs.add(job["job_type"], told)["job_id"], "Job created."
        elif not cover or is_active(held):
            why = "it runs" if cover else "it exists, and is_cover is false"
            new, remark = _NONE, f"The job {job['name']} was left alone: {why}."
        else:
            new, remark = self._cover(held, job, told), "Job overwritten."
        return {"old_job_id": job["job_id"], "new_job_id": new, "remark": remark}

    def _cover(self, held: Document, job: Document, told: dict[str, Any]) -> int:
        number: int = held["job_id"]
        self._jobs.tell(number, told)
        self._jobs.update(number, lambda one: one.update(status="job_init", status_desc="", job_type=job["job_type"]))
        return number


def _write(folder: Path, jobs: list[Document], clock: float) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"flink-jobs_{time.strftime('%Y-%m-%d_%H-%M-%S', time.localtime(clock))}.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for job in jobs:
            kept = {name: job.get(name) for name in ("job_id", "job_type", *OF_THE_JOB, "config", "tags")}
            archive.writestr(f"{job['job_id']}.json", json.dumps(kept))
    return file


def _read(file: Path, address: str) -> list[Document]:
    try:
        with zipfile.ZipFile(file) as archive:
            return [_job(from_json(archive.read(name))) for name in sorted(archive.namelist())]
    except OSError:
        raise dli("DLI.0002", f"There is no file {address} in OBS.") from None
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError):
        raise _unreadable(address) from None


def _job(read: Any) -> Document:
    """Return a job that was read, with everything that it cannot do without."""
    return {**read, "name": str(read["name"]), "job_type": str(read["job_type"]), "config": dict(read["config"])}


def _unreadable(address: str) -> Refusal:
    return dli("DLI.0018", f"{address} is no file that jobs were exported to.")
