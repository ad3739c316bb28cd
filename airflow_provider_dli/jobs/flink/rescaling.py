"""Slots of a cluster, and the parallelism of its jobs."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_dli.flink.endpoints import cluster, job_settings, jobs, rescaling
from airflow_provider_dli.jobs.flink import answers
from airflow_provider_dli.jobs.flink.questions import Questions
from airflow_provider_dli.jobs.model import Bounds, Capacity, Vertex
from airflow_provider_dli.rest.flow import Flow, ask


class Rescaling(Questions):
    """The room of a cluster, and what its jobs take of it."""

    def capacity(self) -> Flow[Capacity]:
        """Return how many slots are free."""
        seen = yield from ask(cluster.overview())
        return Capacity(seen.slots_available, seen.slots_total)

    def vertices(self, job_id: str) -> Flow[tuple[Vertex, ...]]:
        """Return a job's vertices; up to three seconds old."""
        detail = yield from self.ask_about(job_id, jobs.detail(job_id))
        return tuple(answers.vertex(one) for one in detail.vertices) if detail else ()

    def default_parallelism(self, job_id: str) -> Flow[int | None]:
        """Return the parallelism that a job was started with; None where it has none of its own."""
        settings = yield from self.ask_about(job_id, job_settings.configuration(job_id))
        execution = settings.execution_config if settings else None
        parallelism = execution.job_parallelism if execution else None
        return parallelism if parallelism and parallelism > 0 else None

    def rescales_in_place(self, job_id: str) -> Flow[bool]:
        """Return whether a job runs under the adaptive scheduler; since 2.3 Flink shows it for each job."""
        detail = yield from self.ask_about(job_id, jobs.detail(job_id))
        if detail and detail.scheduler_type:
            return detail.scheduler_type == "Adaptive"
        return bool((yield from ask(cluster.configuration())).features.web_rescale)

    def bounds(self, job_id: str) -> Flow[Mapping[str, Bounds]]:
        """Return what a job's vertices require."""
        seen = (yield from self.gate.ask(rescaling.requirements(job_id))).by_vertex
        return {vertex_id: Bounds(*one) for vertex_id, one in seen.items()}

    def set_bounds(self, job_id: str, bounds: Mapping[str, Bounds]) -> Flow[None]:
        """Set what a job's vertices require."""
        yield from self.gate.ask(rescaling.set_requirements(job_id, bounds))
