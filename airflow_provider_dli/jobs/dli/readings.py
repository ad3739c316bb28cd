"""DLI's metrics of a Flink job: records and rates, of the job and of its sources and sinks."""

from __future__ import annotations

import math
from collections.abc import Sequence

from airflow_provider_dli.dli.advice import NO_SUCH_API
from airflow_provider_dli.dli.api import code_of
from airflow_provider_dli.dli.endpoints import flink_metrics
from airflow_provider_dli.dli.endpoints.flink_metrics import JobMetrics, Metrics, Stream
from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.jobs.backend import AGGREGATIONS, MetricSource
from airflow_provider_dli.jobs.dli.metric_names import NAMES, OF_JOB
from airflow_provider_dli.jobs.look import no_such_vertex
from airflow_provider_dli.rest.errors import NotFound
from airflow_provider_dli.rest.flow import Flow


def ask_for(gate: Gate, job_id: str) -> Flow[Metrics | None]:
    """Return what DLI measures of a job; None while it has measured nothing.

    :param gate: knows the project.
    :param job_id: the job.
    """
    jobs: Sequence[JobMetrics]
    try:
        jobs = (yield from gate.ask(flink_metrics.metrics(job_id))).jobs
    except NotFound as error:
        if code_of(error.answer) not in NO_SUCH_API:
            raise
        jobs = yield from _ask_old_path(gate, job_id, error)
    return next((one.metrics for one in jobs if str(one.job_id) == job_id), None)


def _ask_old_path(gate: Gate, job_id: str, error: NotFound) -> Flow[Sequence[JobMetrics]]:
    """Return what DLI measures, from the path of 2020, which is the only one of some regions."""
    try:
        return (yield from gate.ask(flink_metrics.cloud_stream_metrics(job_id))).jobs
    except NotFound:
        raise error from None


def check_vertex(measured: Metrics | None, source: MetricSource, job_id: str) -> None:
    """Check that a job has the source or sink whose metric is wanted.

    :param measured: what DLI measures of a job; while it has measured no source or sink, nothing is checked.
    :param source: which number is wanted.
    :param job_id: the job.
    :raises ConditionNotReachable: when it has others; names them.
    """
    if measured is None or source.vertex is None or source.metric in OF_JOB or source.metric not in NAMES:
        return
    names = [each.name or "" for each in _streams(measured, source.metric.partition(".")[0], None)]
    if names and source.vertex not in names:
        raise no_such_vertex(job_id, source.vertex, names)


def reading(measured: Metrics | None, source: MetricSource) -> float | None:
    """Return one number of what was measured; None where it has no value.

    :param measured: what DLI measures of a job.
    :param source: which number: one of :data:`.NAMES`; ``vertex`` is the name of a source or sink.
    """
    if measured is None or source.metric not in NAMES:
        return None
    if source.metric in OF_JOB:
        value: float | None = getattr(measured, source.metric)
        return value
    streams, _, member = source.metric.partition(".")
    values = [getattr(each, member) for each in _streams(measured, streams, source.vertex)]
    known = [value for value in values if value is not None and math.isfinite(value)]
    return AGGREGATIONS[source.aggregation](known) if known else None


def _streams(measured: Metrics, kind: str, name: str | None) -> Sequence[Stream]:
    return [each for each in getattr(measured, kind) or () if name in {None, each.name}]
