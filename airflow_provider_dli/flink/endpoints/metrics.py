"""Metrics. Values are refreshed at most every 10 seconds, by being asked for; unknown names are left out.

Without ``names``, each of these lists which metrics there are, without their values. Of an unknown job there are none.
"""

from __future__ import annotations

from collections.abc import Collection

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.version import Dialect
from airflow_provider_dli.rest.endpoint import Parts, Scalar
from airflow_provider_dli.rest.members import Members, several


class Metric(Members):
    """One metric of one thing.

    :param id: its name.
    :param value: its value, as text, which may be no number at all; None where only names were asked for.
    """

    id: str
    value: str | None = None

    def reading(self, aggregation: str) -> str | None:
        """Return the value: there is nothing to aggregate."""
        return self.value


class AggregatedMetric(Members):
    """One metric of several things; None for what was not asked for.

    :param id: its name.
    :param min: the smallest value.
    :param max: the greatest.
    :param avg: their mean.
    :param sum: their sum.
    :param skew: how unevenly they are spread, in percent (Flink 1.20+).
    """

    id: str
    min: float | None = None
    max: float | None = None
    avg: float | None = None
    sum: float | None = None
    skew: float | None = None

    def reading(self, aggregation: str) -> float | None:
        """Return one of its numbers.

        :param aggregation: ``min``, ``max``, ``avg``, ``sum`` or ``skew``.
        """
        number: float | None = getattr(self, aggregation)
        return number


@FLINK.endpoint("GET /jobmanager/metrics", several(Metric))
def of_jobmanager(names: Collection[str] = ()) -> Parts:
    """Ask for metrics of the JobManager.

    :param names: their names; none to list which there are.
    """
    return Parts(query=_wanted(names))


@FLINK.endpoint("GET /taskmanagers/metrics", several(AggregatedMetric))
def of_taskmanagers(
    dialect: Dialect,
    names: Collection[str] = (),
    *,
    aggregations: Collection[str] = (),
    taskmanager_ids: Collection[str] = (),
) -> Parts:
    """Ask for metrics of TaskManagers, aggregated.

    :param dialect: how the cluster's version wants to be spoken to.
    :param names: their names; none to list which there are.
    :param aggregations: some of ``min``, ``max``, ``avg``, ``sum`` and ``skew`` (Flink 1.20+); none for all.
    :param taskmanager_ids: which TaskManagers; none for all.
    """
    return Parts(query={**_aggregated(dialect, names, aggregations), "taskmanagers": _joined(taskmanager_ids)})


@FLINK.endpoint("GET /taskmanagers/:taskmanagerid/metrics", several(Metric))
def of_taskmanager(taskmanager_id: str, names: Collection[str] = ()) -> Parts:
    """Ask for metrics of one TaskManager.

    :param taskmanager_id: the TaskManager's id.
    :param names: their names; none to list which there are.
    """
    return Parts([taskmanager_id], query=_wanted(names))


@FLINK.endpoint("GET /jobs/metrics", several(AggregatedMetric))
def of_jobs(
    dialect: Dialect,
    names: Collection[str] = (),
    *,
    aggregations: Collection[str] = (),
    job_ids: Collection[str] = (),
) -> Parts:
    """Ask for metrics of jobs, aggregated; ended ones are mixed in, as long as their metrics are remembered.

    :param dialect: how the cluster's version wants to be spoken to.
    :param names: their names; none to list which there are.
    :param aggregations: some of ``min``, ``max``, ``avg``, ``sum`` and ``skew`` (Flink 1.20+); none for all.
    :param job_ids: which jobs; none for all.
    """
    return Parts(query={**_aggregated(dialect, names, aggregations), "jobs": _joined(job_ids)})


@FLINK.endpoint("GET /jobs/:jobid/metrics", several(Metric))
def of_job(job_id: str, names: Collection[str] = ()) -> Parts:
    """Ask for metrics of one job as a whole.

    :param job_id: the job's id, 32 hex digits.
    :param names: their names; none to list which there are.
    """
    return Parts([job_id], query=_wanted(names))


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid/metrics", several(Metric))
def of_vertex(job_id: str, vertex_id: str, names: Collection[str] = ()) -> Parts:
    """Ask for metrics of a vertex, each task's by itself: their names begin with the task's index, as in ``0.lag``.

    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    :param names: their names; none to list which there are.
    """
    return Parts([job_id, vertex_id], query=_wanted(names))


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid/subtasks/metrics", several(AggregatedMetric))
def of_subtasks(
    dialect: Dialect,
    job_id: str,
    vertex_id: str,
    names: Collection[str] = (),
    *,
    aggregations: Collection[str] = (),
    subtasks: str | None = None,
) -> Parts:
    """Ask for metrics of the tasks of a vertex, aggregated.

    :param dialect: how the cluster's version wants to be spoken to.
    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    :param names: their names; none to list which there are.
    :param aggregations: some of ``min``, ``max``, ``avg``, ``sum`` and ``skew`` (Flink 1.20+); none for all.
    :param subtasks: which tasks, by index, from 0, as in ``1,3-5``; None for all.
    """
    return Parts([job_id, vertex_id], query={**_aggregated(dialect, names, aggregations), "subtasks": subtasks})


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid/subtasks/:subtaskindex/metrics", several(Metric))
def of_subtask(job_id: str, vertex_id: str, subtask: int, names: Collection[str] = ()) -> Parts:
    """Ask for metrics of one task.

    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    :param subtask: the task's index, from 0.
    :param names: their names; none to list which there are.
    """
    return Parts([job_id, vertex_id, str(subtask)], query=_wanted(names))


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid/jm-operator-metrics", several(Metric), since="1.20")
def of_coordinators(job_id: str, vertex_id: str, names: Collection[str] = ()) -> Parts:
    """Ask for metrics of what coordinates a vertex's operators on the JobManager, as a source's splits.

    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    :param names: their names; none to list which there are.
    """
    return Parts([job_id, vertex_id], query=_wanted(names))


def _wanted(names: Collection[str]) -> dict[str, Scalar | None]:
    return {"get": _joined(names)}


def _aggregated(dialect: Dialect, names: Collection[str], aggregations: Collection[str]) -> dict[str, Scalar | None]:
    if "skew" in aggregations:
        dialect.require("aggregation skew", (1, 20))
    return {"get": _joined(names), "agg": _joined(aggregations)}


def _joined(words: Collection[str]) -> str | None:
    return ",".join([words] if isinstance(words, str) else words) or None
