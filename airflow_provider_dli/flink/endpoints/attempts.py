"""One attempt at executing a task, as both its vertex and itself tell of it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import AliasChoices, Field

from airflow_provider_dli.flink.endpoints.jobs import VertexTraffic
from airflow_provider_dli.rest.members import Dashed


class Attempt(Dashed):
    """One attempt at executing a task.

    :param subtask: the task's index within its vertex, from 0.
    :param status: its state, in Flink's words.
    :param attempt: how many attempts came before it.
    :param host: the host that it runs on (Flink up to 1.20).
    :param endpoint: host and port of the TaskManager that it runs on (Flink 1.19+).
    :param taskmanager_id: the TaskManager's id (Flink 1.10+).
    :param start_time: when it started; -1 while it has not.
    :param start_time_again: the same once more, as 1.7 spells it and 1.10 and newer repeat it.
    :param end_time: when it ended; -1 while it has not.
    :param duration: for how many milliseconds it has run; -1 while it has not.
    :param metrics: what it has read and written.
    :param status_duration: for how many milliseconds it has been in which state, in upper case (Flink 1.16+).
    :param other_concurrent_attempts: what runs beside it, where the cluster starts slow tasks twice (Flink 1.16+).
    """

    subtask: int
    status: str
    attempt: int | None = None
    host: str | None = None
    endpoint: str | None = None
    taskmanager_id: str | None = None
    start_time: int | None = Field(
        None, validation_alias=AliasChoices("start-time", "start_time"), serialization_alias="start-time"
    )
    start_time_again: int | None = Field(None, alias="start_time")
    end_time: int | None = None
    duration: int | None = None
    metrics: VertexTraffic | None = None
    status_duration: Mapping[str, int] | None = None
    other_concurrent_attempts: tuple[Attempt, ...] | None = None


class Aggregated(Dashed):
    """Numbers of several tasks, each as ``min``, ``max``, ``avg``, ``sum``, ``median``, ``p25``, ``p75`` and ``p95``.

    :param metrics: what they have read and written.
    :param status_duration: for how many milliseconds they have been in which state.
    """

    metrics: Mapping[str, Mapping[str, int | float]] | None = None
    status_duration: Mapping[str, Mapping[str, int | float]] | None = None
