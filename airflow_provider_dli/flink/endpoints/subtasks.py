"""The tasks of a vertex, one by one: ``/jobs/:jobid/vertices/:vertexid/subtasks``."""

from __future__ import annotations

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.accumulators import UserAccumulator
from airflow_provider_dli.flink.endpoints.attempts import Attempt
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Dashed


class SubtaskAccumulators(Dashed):
    """The accumulators of one task.

    :param subtask: the task's index within its vertex, from 0.
    :param attempt: how many attempts came before the current one.
    :param host: the host that it runs on (Flink up to 1.20).
    :param endpoint: host and port of the TaskManager that it runs on (Flink 1.19+).
    :param user_accumulators: its accumulators.
    """

    subtask: int
    attempt: int | None = None
    host: str | None = None
    endpoint: str | None = None
    user_accumulators: tuple[UserAccumulator, ...]


class SubtasksAccumulators(Dashed):
    """The accumulators of all tasks of a vertex.

    :param id: the vertex's id.
    :param parallelism: how many tasks it has.
    :param subtasks: each task by itself.
    """

    id: str
    parallelism: int | None = None
    subtasks: tuple[SubtaskAccumulators, ...]


class AttemptAccumulators(Dashed):
    """The accumulators of one attempt at executing a task.

    :param subtask: the task's index within its vertex, from 0.
    :param attempt: how many attempts came before it.
    :param id: the attempt's id.
    :param user_accumulators: its accumulators.
    """

    subtask: int
    attempt: int | None = None
    id: str
    user_accumulators: tuple[UserAccumulator, ...]


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid/subtasks/accumulators", SubtasksAccumulators.read)
def accumulators(job_id: str, vertex_id: str) -> Parts:
    """Ask what the accumulators of each task of a vertex hold.

    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    """
    return Parts([job_id, vertex_id])


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid/subtasks/:subtaskindex", Attempt.read)
def detail(job_id: str, vertex_id: str, subtask: int) -> Parts:
    """Ask for the current attempt of a task, or its last.

    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    :param subtask: the task's index, from 0.
    """
    return Parts([job_id, vertex_id, str(subtask)])


@FLINK.endpoint("GET /jobs/:jobid/vertices/:vertexid/subtasks/:subtaskindex/attempts/:attempt", Attempt.read)
def attempt(job_id: str, vertex_id: str, subtask: int, attempt: int) -> Parts:
    """Ask for one attempt at executing a task; there is another for each time that it failed.

    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    :param subtask: the task's index, from 0.
    :param attempt: which attempt, from 0.
    """
    return Parts([job_id, vertex_id, str(subtask), str(attempt)])


@FLINK.endpoint(
    "GET /jobs/:jobid/vertices/:vertexid/subtasks/:subtaskindex/attempts/:attempt/accumulators",
    AttemptAccumulators.read,
)
def attempt_accumulators(job_id: str, vertex_id: str, subtask: int, attempt: int) -> Parts:
    """Ask what the accumulators of one attempt at executing a task hold.

    :param job_id: the job's id, 32 hex digits.
    :param vertex_id: the vertex's id, 32 hex digits.
    :param subtask: the task's index, from 0.
    :param attempt: which attempt, from 0.
    """
    return Parts([job_id, vertex_id, str(subtask), str(attempt)])
