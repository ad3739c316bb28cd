"""What DLI measures of a Flink job: records and rates, of the job and of its sources and sinks."""

from __future__ import annotations

import math
from collections.abc import Sequence

from airflow_provider_dli.dli.endpoints import flink_metrics
from airflow_provider_dli.dli.endpoints.flink_metrics import Metrics, Stream
from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.jobs.backend import AGGREGATIONS, MetricSource
from airflow_provider_dli.jobs.dli.metric_names import NAMES, OF_JOB
from airflow_provider_dli.rest.flow import Flow


def ask_for(gate: Gate, job_id: str) -> Flow[Metrics | None]:
    """Return what DLI measures of a job; None while it has measured nothing.

    :param gate: knows the project.
    :param job_id: the job.
    """
    told = (yield from gate.ask(flink_metrics.metrics(job_id))).jobs
    return next((one.metrics for one in told if str(one.job_id) == job_id), None)


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
