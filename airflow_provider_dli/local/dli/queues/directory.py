"""Which queues there are, and what keeps one busy."""

from __future__ import annotations

from typing import Any, Final

from airflow_provider_dli.local.dli.refusals import Refusal, dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

#: The queues that an emulator begins with, and their types.
FIRST_QUEUES: Final = {"flink": "general", "spark": "general", "sql": "sql"}

#: Where jobs are kept, what holds their queue, what holds their state, and the states in which they need it.
_JOBS: Final = (
    ("flink_jobs", "queue_name", "status", {"job_submitting", "job_running", "job_savepointing", "job_canceling"}),
    ("spark_batches", "queue", "state", {"starting", "running", "recovering"}),
    ("sql_jobs", "queue_name", "status", {"LAUNCHING", "RUNNING", "SCALING"}),
)


class Directory:
    """The queues of the project. A name is the same in capital letters and in small ones, and kept in small ones.

    :param services: what remembers them.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._queues = services.store.kind("queues")

    def seed(self) -> None:
        """Make the first queues where there is none at all."""
        with self._services.store.change():
            if not self._queues.all():
                for name, queue_type in FIRST_QUEUES.items():
                    self.add({"queue_name": name, "queue_type": queue_type, "cu_count": 16, "create_time": 0})

    def add(self, given: dict[str, Any]) -> Document:
        """Add a queue; what is not given is as DLI has it for a new one.

        :raises Refusal: DLI.0006, if its name is taken.
        """
        name = given["queue_name"].lower()
        with self._services.store.change():
            if self._queues.get(name):
                raise dli("DLI.0006", f"The queue {name} exists already. Choose another name, or delete it first.")
            queue = {**self._defaults(), **given, "queue_name": name}
            self._queues.put(name, queue)
        return queue

    def find(self, name: str) -> Document:
        """Return a queue, which may still be on its way.

        :raises Refusal: if there is none of this name.
        """
        queue = self._queues.get(name.lower())
        if queue is None:
            raise self.missing(name)
        return queue

    def missing(self, name: str) -> Refusal:
        """Return the refusal where there is no queue of this name."""
        return dli(self._services.settings.switches.missing_queue, f"There is no queue named {name}.")

    def jobs_of(self, name: str) -> list[str]:
        """Return the jobs that need a queue now, each in words."""
        return [
            f"{kind.replace('_', ' ').removesuffix('es').removesuffix('s')} {job.get('id') or job.get('job_id')}"
            for kind, queue, state, needing in _JOBS
            for job in self._services.store.kind(kind).all()
            if job.get(queue) == name and job.get(state) in needing
        ]

    def _defaults(self) -> Document:
        number = self._queues.next_number()
        return {
            "queue_id": number,
            "owner": self._services.settings.user,
            "create_time": self._services.now(),
            "engine": "spark",
            "used_cu": 0,
            "charging_mode": 1,
            "resource_id": f"resource-{number}",
            "resource_mode": 1,
            "enterprise_project_id": "0",
            "cidr_in_vpc": "172.16.0.0/12",
            "platform": "x86_64",
            "feature": "basic",
            "resource_type": "container",
            "cu_spec": 16,
            "cu_scale_out_limit": 64,
            "cu_scale_in_limit": 16,
        }
