"""Metrics of jobs, vertices and TaskManagers. Values are refreshed at most every 10 seconds, by being asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.request import Answer

# Flink aggregates over subtasks or TaskManagers in these ways.
AGGREGATIONS = ("min", "max", "avg", "sum")


def _ids(answer: Answer) -> tuple[str, ...]:
    return tuple(metric["id"] for metric in answer.json())


def _values(answer: Answer) -> Mapping[str, Mapping[str, float | str]]:
    return {metric["id"]: _numbers(metric) for metric in answer.json()}


def _numbers(metric: Mapping[str, Any]) -> dict[str, float | str]:
    """Read the numbers of one metric; a job's own metric has one ``value``, as text, which may be no number at all."""
    return {name: _number(value) for name, value in metric.items() if name != "id"}


def _number(value: Any) -> float | str:
    try:
        return float(value)
    except ValueError:
        return str(value)


@FLINK.endpoint("GET /jobs/:jobid/metrics", _ids)
def job_metric_names(job_id: str) -> Parts:
    """List the names of a job's metrics. Of an unknown job: none.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("GET /jobs/:jobid/metrics", _values)
def job_metric(job_id: str, name: str) -> Parts:
    """Ask for one metric of a job; nothing where it has no such metric.

    :param job_id: the job's id, 32 hex digits.
    :param name: the metric's name.
    """
    return Parts([job_id], query={"get": name})


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid/subtasks/metrics", _ids)
def vertex_metric_names(job_id: str, vertex_id: str) -> Parts:
    """List the names of the metrics of a vertex's subtasks.

    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    """
    return Parts([job_id, vertex_id])


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid/subtasks/metrics", _values)
def vertex_metric(job_id: str, vertex_id: str, name: str) -> Parts:
    """Ask for one metric, aggregated over a vertex's subtasks.

    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    :param name: the metric's name.
    """
    return Parts([job_id, vertex_id], query={"get": name})


@FLINK.endpoint("GET /taskmanagers/metrics", _ids)
def taskmanager_metric_names() -> Parts:
    """List the names of the metrics of all TaskManagers."""
    return Parts()


@FLINK.endpoint("GET /taskmanagers/metrics", _values)
def taskmanager_metric(name: str) -> Parts:
    """Ask for one metric, aggregated over all TaskManagers.

    :param name: the metric's name.
    """
    return Parts(query={"get": name})
