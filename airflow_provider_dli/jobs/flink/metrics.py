"""A cluster's metrics: of a job, of its vertices, of the TaskManagers."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_dli.flink.endpoints import jobs, metrics
from airflow_provider_dli.flink.endpoints.metrics import AggregatedMetric, Metric
from airflow_provider_dli.jobs.backend import MetricSource
from airflow_provider_dli.jobs.errors import ConditionNotReachable
from airflow_provider_dli.jobs.flink.questions import Questions
from airflow_provider_dli.jobs.look import no_such_vertex
from airflow_provider_dli.rest.flow import Flow, ask


class Metrics(Questions):
    """The metrics of a cluster."""

    def metric(self, job_id: str, source: MetricSource) -> Flow[float | None]:
        """Read a metric, aggregated where there are several of it."""
        found = yield from self._metrics(job_id, source, [source.metric])
        reading = found[0].reading(source.aggregation) if found else None
        try:
            return None if reading is None else float(reading)
        except ValueError:
            told = f"Metric {source.metric!r} is no number: it says {reading!r}."
            raise ConditionNotReachable(told, job_id=job_id) from None

    def metric_names(self, job_id: str, source: MetricSource) -> Flow[tuple[str, ...]]:
        """List the metrics that there are where ``source`` looks."""
        return tuple(metric.id for metric in (yield from self._metrics(job_id, source, [])))

    def _metrics(
        self, job_id: str, source: MetricSource, names: Sequence[str]
    ) -> Flow[tuple[Metric, ...] | tuple[AggregatedMetric, ...]]:
        dialect = yield from self.gate.dialect()
        if source.taskmanagers:
            return (yield from ask(metrics.of_taskmanagers(dialect, names)))
        if not source.vertex:
            return (yield from ask(metrics.of_job(job_id, names)))
        vertex_id = yield from self._vertex_id(job_id, source.vertex)
        return (yield from ask(metrics.of_subtasks(dialect, job_id, vertex_id, names))) if vertex_id else ()

    def _vertex_id(self, job_id: str, vertex: str) -> Flow[str | None]:
        """Return a vertex's id; None while the job is just being set up, and Flink names no vertices."""
        detail = yield from self.ask_about(job_id, jobs.detail(job_id))
        vertices = detail.vertices if detail else ()
        for one in vertices:
            if vertex in {one.id, one.name}:
                return one.id
        if not vertices:
            return None
        raise no_such_vertex(job_id, vertex, (one.name for one in vertices))
