"""The Flink jobs that the emulator remembers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from airflow_provider_dli.local.dli.refusals import Refusal, dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document
from airflow_provider_dli.local.dli.tags import Tags

#: The first job has the number after this one.
_BEFORE_THE_FIRST: Final = 1000

#: What of a job is no configuration.
OF_THE_JOB: Final = (
    "name",
    "desc",
    "queue_name",
    "sql_body",
    "run_mode",
    "main_class",
    "entrypoint_args",
    "edge_group_ids",
)
_TAGGED: Final = "dli_flink_job"


class FlinkJobs:
    """The Flink jobs of the project.

    :param services: what remembers them.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._kind = services.store.kind("flink_jobs")
        self._tags = Tags(services)

    def add(self, job_type: str, told: dict[str, Any]) -> Document:
        """Add a job as a draft.

        :param job_type: what it is.
        :param told: all that its body has told.
        :raises Refusal: when its name is taken.
        """
        with self._services.store.change():
            self.check_name(told["name"])
            number = _BEFORE_THE_FIRST + self._kind.next_number()
            job = {**self._draft(number), "job_type": job_type, **_split(told)}
            self._kind.put(number, job)
            self._tags.add(_TAGGED, str(number), told.get("tags") or ())
        return job

    def find(self, job_id: object) -> Document:
        """Return a job.

        :raises Refusal: DLI.16001, when there is none.
        """
        job = self._kind.get(job_id)
        if job is None:
            raise missing(job_id)
        return job

    def all(self) -> list[Document]:
        """Return all jobs, the oldest first."""
        return self._kind.all()

    def named(self, name: str) -> Document | None:
        """Return the job of a name."""
        return next(iter(self._kind.having("name", name)), None)

    def active(self) -> list[Document]:
        """Return the jobs that run, or are about to, the oldest first."""
        return self._kind.having("active", True)

    def check_name(self, name: str, own: int | None = None) -> None:
        """Check that a name is free, or a job's own.

        :raises Refusal: when it is taken.
        """
        code = self._services.settings.switches.duplicate_job_name
        holder = self.named(name) if code else None
        if code and holder and holder["job_id"] != own:
            raise dli(code, f"A job named {name} exists already; its id is {holder['job_id']}. Choose another name.")

    def tell(self, job_id: object, told: dict[str, Any]) -> Document:
        """Change what a job is told.

        :param job_id: the job.
        :param told: the members that change.
        """

        def change(job: Document) -> None:
            new = _split(told)
            config = {**job["config"], **new.pop("config")}
            job.update(new, config=config, update_time=self._services.now())

        return self.update(job_id, change)

    def update(self, job_id: object, change: Callable[[Document], None]) -> Document:
        """Change a job where it stands, and return it.

        :raises Refusal: DLI.16001, when there is none.
        """
        job = self._kind.update(job_id, change)
        if job is None:
            raise missing(job_id)
        return job

    def change(self, job_id: object, change: Callable[[Document], None]) -> None:
        """Change a job where it stands; nothing happens where it is gone."""
        self._kind.update(job_id, change)

    def delete(self, job_id: object) -> None:
        """Remove a job."""
        self._kind.delete(job_id)
        self._tags.forget(_TAGGED, str(job_id))

    def tags(self, job_id: object) -> list[dict[str, str]]:
        """Return a job's tags."""
        return [{"key": key, "value": value} for key, value in self._tags.of(_TAGGED, str(job_id)).items()]

    def tagged(self, asked: str | None) -> Callable[[Document], bool]:
        """Return what tells whether a job has all tags of a filter, as in ``team=search,env``."""
        has_all = self._tags.matching(_TAGGED, asked)
        return lambda job: has_all(str(job["job_id"]))

    def _draft(self, number: int) -> Document:
        now, settings = self._services.now(), self._services.settings
        return {
            "job_id": number,
            "user_name": settings.user,
            "user_id": f"user-of-{settings.project_id}",
            "project_id": settings.project_id,
            "status": "job_init",
            "status_desc": "",
            "create_time": now,
            "update_time": now,
            "start_time": None,
            "end_time": None,
            "root_id": -1,
            "graph_editor_enabled": False,
            "has_savepoint": False,
            "restart_times": 0,
            "savepoint_path": None,
            "run": None,
        }


def missing(job_id: object) -> Refusal:
    """Return the refusal where there is no such job."""
    return dli("DLI.16001", f"The Flink job {job_id} does not exist.")


def is_active(job: Document) -> bool:
    """Tell whether a job runs, or is about to, whatever its status still says."""
    return bool(job["run"] and job["run"]["active"])


def _split(told: dict[str, Any]) -> Document:
    """Return what is told of a job, with its configuration by itself."""
    beside = {name: value for name, value in told.items() if name in OF_THE_JOB}
    config = {name: value for name, value in told.items() if name not in {*OF_THE_JOB, "tags"}}
    return {**beside, "config": config}
