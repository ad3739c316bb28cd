"""Graphs of Flink jobs: as they run, and as their SQL would make them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.written import Json, json_text
from airflow_provider_dli.dli.members import Decoded, Told
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Dashed, Members


class Vertex(Dashed):
    """A vertex of a job's graph.

    :param id: its id, 32 hex digits.
    :param name: its name.
    :param parallelism: how many tasks it has.
    :param status: its status, as in ``RUNNING``.
    :param start_time: when it started, in milliseconds since the epoch; -1 before that.
    :param end_time: when it ended; -1 before that.
    :param duration: milliseconds that it has run.
    :param tasks: how many of its tasks are in which status.
    :param metrics: records and bytes that it has read and written.
    """

    id: str | None = None
    name: str | None = None
    parallelism: int | None = None
    status: str | None = None
    start_time: int | None = None
    end_time: int | None = None
    duration: int | None = None
    tasks: Mapping[str, int] | None = None
    metrics: Mapping[str, Any] | None = None


class Plan(Members):
    """The plan of a job.

    :param jid: Flink's id of the job, 32 hex digits.
    :param name: its name.
    :param nodes: its operators, as Flink tells them.
    """

    jid: str | None = None
    name: str | None = None
    nodes: tuple[Mapping[str, Any], ...] | None = None


class ExecutionGraph(Dashed):
    """A job as Flink itself tells of it. Regions differ in how much of it there is.

    :param jid: Flink's id of the job, 32 hex digits; not the one that DLI knows it by.
    :param name: its name.
    :param is_stoppable: whether it can be stopped.
    :param state: its state, as in ``RUNNING`` or ``CANCELLING``; not DLI's status.
    :param start_time: when it started, in milliseconds since the epoch.
    :param end_time: when it ended; -1 before that.
    :param duration: milliseconds that it has run.
    :param now: the time of Flink's clock.
    :param timestamps: when it came into each state.
    :param vertices: its vertices.
    :param status_counts: how many vertices are in which status.
    :param plan: its plan.
    """

    jid: str | None = None
    name: str | None = None
    is_stoppable: bool | None = Field(None, alias="isStoppable")
    state: str | None = None
    start_time: int | None = None
    end_time: int | None = None
    duration: int | None = None
    now: int | None = None
    timestamps: Mapping[str, int] | None = None
    vertices: tuple[Vertex, ...] | None = None
    status_counts: Mapping[str, int] | None = None
    plan: Plan | None = None


class Executed(Told):
    """What is told of a job as it runs.

    :param execute_graph: the job as Flink itself tells of it.
    """

    execute_graph: ExecutionGraph | None = None


class Generated(Told):
    """What graph SQL would make.

    :param stream_graph: the graph: ``nodes``, and the ids of its operators in ``operator_list``; DLI sends JSON in a
        text, and here stands what that says.
    :param error_code: why there is none.
    """

    stream_graph: Decoded = None
    error_code: str | None = None


@DLI.endpoint("GET /v1.0/{project_id}/streaming/jobs/:job_id/execute-graph", Executed.read)
def execute(job_id: int | str) -> Parts:
    """Ask for a Flink job as Flink itself tells of it.

    :param job_id: its id.
    """
    return Parts([str(job_id)])


@DLI.endpoint("POST /v3/{project_id}/streaming/jobs/:job_id/gen-graph", Generated.read)
def generate(
    job_id: int | str,
    sql_body: str,
    *,
    graph_type: str | None = None,
    job_type: str | None = None,
    flink_version: str | None = None,
    cu_number: int | None = None,
    manager_cu_number: int | None = None,
    parallel_number: int | None = None,
    tm_cus: int | None = None,
    tm_slot_num: int | None = None,
    operator_config: Json | None = None,
    static_estimator: bool | None = None,
    static_estimator_config: Json | None = None,
) -> Parts:
    """Ask which graph SQL would make; it starts nothing. Only for open-source SQL, and not for Flink 1.15.

    :param job_id: the id of the job.
    :param sql_body: the statements.
    :param graph_type: ``simple_graph`` or ``job_graph``.
    :param job_type: ``flink_opensource_sql_job``.
    :param flink_version: ``1.10`` or ``1.12``.
    :param cu_number: CUs in all, JobManager included; 2 by default.
    :param manager_cu_number: CUs of the JobManager; 1 by default.
    :param parallel_number: the parallelism, 1 to 2000; 1 by default.
    :param tm_cus: CUs of a TaskManager; 1 by default.
    :param tm_slot_num: task slots of a TaskManager; by default as many as the parallelism needs.
    :param operator_config: the parallelism of each operator.
    :param static_estimator: whether to estimate resources.
    :param static_estimator_config: rates and hits of each operator; needed to estimate.
    """
    body = {
        "sql_body": sql_body,
        "graph_type": graph_type,
        "job_type": job_type,
        "flink_version": flink_version,
        "cu_number": cu_number,
        "manager_cu_number": manager_cu_number,
        "parallel_number": parallel_number,
        "tm_cus": tm_cus,
        "tm_slot_num": tm_slot_num,
        "operator_config": json_text(operator_config),
        "static_estimator": static_estimator,
        "static_estimator_config": json_text(static_estimator_config),
    }
    return Parts([str(job_id)], json=body, repeatable=True)
