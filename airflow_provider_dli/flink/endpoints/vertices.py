"""A vertex of a job's graph, and all of its tasks: ``/jobs/:jobid/vertices/:vertexid``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.accumulators import UserAccumulator
from airflow_provider_dli.flink.endpoints.attempts import Aggregated, Attempt
from airflow_provider_dli.flink.endpoints.jobs import VertexTraffic
from airflow_provider_dli.flink.endpoints.metrics import Metric
from airflow_provider_dli.flink.version import Dialect
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Camel, Dashed, several
from airflow_provider_dli.rest.request import Answer


class VertexDetail(Dashed):
    """A vertex and its tasks.

    :param id: its id, 32 hex digits.
    :param name: the names of its operators.
    :param parallelism: how many tasks it has.
    :param max_parallelism: how many it can be given (Flink 1.13+).
    :param now: when Flink wrote this down.
    :param subtasks: the current attempt of each task.
    :param aggregated: their numbers together (Flink 1.16+).
    """

    id: str
    name: str | None = None
    parallelism: int | None = None
    max_parallelism: int | None = Field(None, alias="maxParallelism")
    now: int | None = None
    subtasks: tuple[Attempt, ...]
    aggregated: Aggregated | None = None


class VertexAccumulators(Dashed):
    """The accumulators of a vertex.

    :param id: the vertex's id.
    :param user_accumulators: its accumulators, those of all its tasks together.
    """

    id: str
    user_accumulators: tuple[UserAccumulator, ...]


class SubtaskBackpressure(Dashed):
    """How much backpressure a task is under.

    :param subtask: the task's index within its vertex, from 0.
    :param attempt_number: how many attempts came before this one (Flink 1.16+, where several run at once).
    :param backpressure_level: ``ok``, ``low`` or ``high``.
    :param backpressure_level_again: the same once more (Flink 1.15+).
    :param ratio: the share of time under backpressure, 0 to 1.
    :param idle_ratio: the share of time without work, 0 to 1 (Flink 1.13+).
    :param busy_ratio: the share of time at work, 0 to 1; may be no number (Flink 1.13+).
    :param other_concurrent_attempts: what runs beside it (Flink 1.16+).
    """

    subtask: int
    attempt_number: int | None = None
    backpressure_level: str | None = None
    backpressure_level_again: str | None = Field(None, alias="backpressureLevel")
    ratio: float | None = None
    idle_ratio: float | None = Field(None, alias="idleRatio")
    busy_ratio: float | None = Field(None, alias="busyRatio")
    other_concurrent_attempts: tuple[SubtaskBackpressure, ...] | None = None


class Backpressure(Dashed):
    """How much backpressure a vertex is under.

    :param status: ``ok``; ``deprecated`` while Flink has yet to find out, so ask again.
    :param backpressure_level: ``ok``, ``low`` or ``high``; None while Flink has yet to find out.
    :param backpressure_level_again: the same once more (Flink 1.15+).
    :param end_timestamp: when Flink found out.
    :param subtasks: each task by itself.
    """

    status: str
    backpressure_level: str | None = None
    backpressure_level_again: str | None = Field(None, alias="backpressureLevel")
    end_timestamp: int | None = None
    subtasks: tuple[SubtaskBackpressure, ...] | None = None


class FlameGraph(Camel):
    """Where the tasks of a vertex spend their time.

    :param end_timestamp: when that was measured; -1 where it was not yet, -2 where the cluster does not.
    :param data: the root of all stack frames: ``name``, ``value`` (how often it was seen) and ``children`` of its kind.
    """

    end_timestamp: int
    data: Mapping[str, Any] | None = None


class VertexTaskManager(Dashed):
    """The tasks of a vertex that run on one TaskManager.

    :param host: the TaskManager's host and port (Flink up to 1.20).
    :param endpoint: the same (Flink 1.19+).
    :param taskmanager_id: the TaskManager's id (Flink 1.10+).
    :param status: their state together, in Flink's words.
    :param start_time: when the first of them started; -1 while none has.
    :param end_time: when the last of them ended; -1 while they have not.
    :param duration: for how many milliseconds they have run; -1 while they have not.
    :param metrics: what they have read and written.
    :param status_counts: how many of them are in which state, in upper case.
    :param aggregated: their numbers together (Flink 1.16+).
    """

    host: str | None = None
    endpoint: str | None = None
    taskmanager_id: str | None = None
    status: str | None = None
    start_time: int | None = None
    end_time: int | None = None
    duration: int | None = None
    metrics: VertexTraffic | None = None
    status_counts: Mapping[str, int] = Field(default_factory=dict)
    aggregated: Aggregated | None = None


class VertexTaskManagers(Dashed):
    """A vertex, its tasks put together by TaskManager.

    :param id: the vertex's id.
    :param name: the names of its operators.
    :param now: when Flink wrote this down.
    :param taskmanagers: the TaskManagers that its tasks run on.
    """

    id: str
    name: str | None = None
    now: int | None = None
    taskmanagers: tuple[VertexTaskManager, ...]


class SubtaskTime(Dashed):
    """When a task came to which state.

    :param subtask: the task's index within its vertex, from 0.
    :param host: the host that it runs on (Flink up to 1.20).
    :param endpoint: host and port of the TaskManager that it runs on (Flink 1.19+).
    :param duration: for how many milliseconds it has run.
    :param timestamps: when it came to each state, in upper case; 0 where it did not.
    """

    subtask: int
    host: str | None = None
    endpoint: str | None = None
    duration: int | None = None
    timestamps: Mapping[str, int] = Field(default_factory=dict)


class SubtaskTimes(Dashed):
    """When the tasks of a vertex came to which state.

    :param id: the vertex's id.
    :param name: the names of its operators.
    :param now: when Flink wrote this down.
    :param subtasks: each task by itself.
    """

    id: str
    name: str | None = None
    now: int | None = None
    subtasks: tuple[SubtaskTime, ...]


def _flame_graph(answer: Answer) -> FlameGraph:
    """Read a flame graph: pydantic's own reader of JSON gives up at a hundred stack frames."""
    return FlameGraph.of(answer.json())


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid", VertexDetail.read)
def detail(job_id: str, vertex_id: str) -> Parts:
    """Ask for a vertex and the current attempt of each of its tasks. Up to 3 seconds old.

    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    """
    return Parts([job_id, vertex_id])


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid/accumulators", VertexAccumulators.read)
def accumulators(job_id: str, vertex_id: str) -> Parts:
    """Ask what a vertex's accumulators hold, those of all its tasks together.

    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    """
    return Parts([job_id, vertex_id])


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid/backpressure", Backpressure.read)
def backpressure(job_id: str, vertex_id: str) -> Parts:
    """Ask how much backpressure a vertex is under. Up to 1.12, the first question only makes Flink find out.

    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    """
    return Parts([job_id, vertex_id])


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid/flamegraph", _flame_graph, since="1.13")
def flame_graph(
    dialect: Dialect, job_id: str, vertex_id: str, *, kind: str | None = None, subtask: int | None = None
) -> Parts:
    """Ask where a vertex's tasks spend their time. Only where ``rest.flamegraph.enabled`` is set; it costs them some.

    :param dialect: how the cluster's version wants to be spoken to.
    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    :param kind: ``FULL``, ``ON_CPU`` (at work) or ``OFF_CPU`` (waiting); None for ``FULL``.
    :param subtask: one task alone, by its index from 0; None for all (Flink 1.17+).
    """
    if subtask is not None:
        dialect.require("subtask", (1, 17))
    return Parts([job_id, vertex_id], query={"type": kind, "subtaskindex": subtask})


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid/watermarks", several(Metric), since="1.10")
def watermarks(job_id: str, vertex_id: str) -> Parts:
    """Ask for the watermark of each task of a vertex; none where it has no watermarks.

    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    """
    return Parts([job_id, vertex_id])


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid/taskmanagers", VertexTaskManagers.read)
def taskmanagers(job_id: str, vertex_id: str) -> Parts:
    """Ask on which TaskManagers a vertex's tasks run, and how they do there.

    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    """
    return Parts([job_id, vertex_id])


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid/subtasktimes", SubtaskTimes.read)
def subtask_times(job_id: str, vertex_id: str) -> Parts:
    """Ask when each task of a vertex came to which state.

    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    """
    return Parts([job_id, vertex_id])
