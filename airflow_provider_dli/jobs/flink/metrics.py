"""A cluster's metrics: of a job, of its vertices, of the TaskManagers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from airflow_provider_dli.flink.endpoints import jobs, metrics, taskmanagers
from airflow_provider_dli.flink.endpoints.jobs import Vertex
from airflow_provider_dli.flink.endpoints.metrics import AggregatedMetric, Metric
from airflow_provider_dli.jobs.backend import AGGREGATIONS, MetricSource
from airflow_provider_dli.jobs.errors import ConditionNotReachable
from airflow_provider_dli.jobs.flink.questions import Questions
from airflow_provider_dli.jobs.look import ambiguous_vertex, no_such_vertex
from airflow_provider_dli.rest.flow import Flow, ask

# Flink takes request lines of 4096 characters; the rest is for the path and a gateway's prefix.
_LONGEST_QUERY = 3000


class Metrics(Questions):
    """The metrics of a cluster."""

    def metric(self, job_id: str, source: MetricSource) -> Flow[float | None]:
        """Read a metric; of several tasks or TaskManagers, those without a number are left out.

        Flink aggregates by itself. Where one value is NaN or infinite, so may be its aggregate; where one is a text,
        there is none. Then the values are read one by one.

        :return: None where it has no value, NaN where no value is a number yet.
        """
        if source.taskmanagers:
            return (yield from self._of_taskmanagers(job_id, source))
        if source.vertex:
            return (yield from self._of_vertex(job_id, source, source.vertex))
        found = yield from ask(metrics.of_job(job_id, [source.metric]))
        return _aggregated(job_id, source, found)

    def metric_names(self, job_id: str, source: MetricSource) -> Flow[tuple[str, ...]]:
        """List the metrics that there are where ``source`` is read."""
        found: Sequence[Metric | AggregatedMetric]
        if source.taskmanagers:
            found = yield from ask(metrics.of_taskmanagers((yield from self.gate.dialect())))
        elif source.vertex:
            vertex = yield from self._vertex(job_id, source.vertex)
            dialect = yield from self.gate.dialect()
            found = (yield from ask(metrics.of_subtasks(dialect, job_id, vertex.id))) if vertex else ()
        else:
            found = yield from ask(metrics.of_job(job_id))
        return tuple(metric.id for metric in found)

    def _of_vertex(self, job_id: str, source: MetricSource, name: str) -> Flow[float | None]:
        dialect = yield from self.gate.dialect()
        vertex = yield from self._vertex(job_id, name)
        if vertex is None:
            return None
        found = yield from ask(metrics.of_subtasks(dialect, job_id, vertex.id, [source.metric]))
        whole = found[0].reading(source.aggregation) if found else None
        if whole is not None and math.isfinite(whole):
            return whole
        values: list[Metric] = []
        for names in _batches([f"{task}.{source.metric}" for task in range(vertex.parallelism)]):
            values.extend((yield from ask(metrics.of_vertex(job_id, vertex.id, names))))
        if not values and not found and vertex.status == "FINISHED":
            raise ConditionNotReachable(
                f"Vertex {name!r} of job {job_id} has finished, and Flink keeps no metrics of it. Read the metric of "
                "a vertex that still runs, or of the whole job.",
                job_id=job_id,
            )
        return _aggregated(job_id, source, values) if values else whole

    def _of_taskmanagers(self, job_id: str, source: MetricSource) -> Flow[float | None]:
        dialect = yield from self.gate.dialect()
        found = yield from ask(metrics.of_taskmanagers(dialect, [source.metric]))
        whole = found[0].reading(source.aggregation) if found else None
        if whole is None or math.isfinite(whole):
            return whole
        values: list[Metric] = []
        for one in (yield from ask(taskmanagers.overview())).taskmanagers:
            values.extend((yield from ask(metrics.of_taskmanager(one.id, [source.metric]))))
        return _aggregated(job_id, source, values) if values else whole

    def _vertex(self, job_id: str, vertex: str) -> Flow[Vertex | None]:
        """Return a vertex by its id or name; None while the job is just being set up, and Flink names no vertices.

        :raises ConditionNotReachable: when the job has no such vertex, or several of this name.
        """
        detail = yield from self.ask_about(job_id, jobs.detail(job_id))
        vertices = detail.vertices if detail else ()
        if not vertices:
            return None
        named = [one for one in vertices if one.id == vertex] or [one for one in vertices if one.name == vertex]
        if not named:
            raise no_such_vertex(job_id, vertex, (one.name for one in vertices))
        if len(named) > 1:
            raise ambiguous_vertex(job_id, vertex, [one.id for one in named])
        return named[0]


def _aggregated(job_id: str, source: MetricSource, values: Sequence[Metric]) -> float | None:
    """Return one number of several values, without those that are no number.

    :raises ConditionNotReachable: when each of them is a text.
    """
    texts = [one.value for one in values if one.value is not None]
    numbers = [number for number in map(_number, texts) if number is not None]
    finite = [number for number in numbers if math.isfinite(number)]
    if finite:
        aggregate: float = AGGREGATIONS[source.aggregation](finite)
        return aggregate
    if texts and not numbers:
        raise ConditionNotReachable(f"Metric {source.metric!r} is no number: it says {texts[0]!r:.200}.", job_id=job_id)
    return math.nan if texts else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _batches(names: Sequence[str]) -> Iterator[list[str]]:
    """Yield names in groups that fit into the query of a request."""
    batch: list[str] = []
    length = 0
    for name in names:
        size = len(quote(f"{name},", safe=""))
        if batch and length + size > _LONGEST_QUERY:
            yield batch
            batch, length = [], 0
        batch.append(name)
        length += size
    if batch:
        yield batch
