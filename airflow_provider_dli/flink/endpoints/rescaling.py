"""Changing a job's parallelism while it runs: ``/resource-requirements``, and ``/rescaling`` of old."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.failure import FailureCause
from airflow_provider_dli.flink.endpoints.operations import Operation, triggered
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Camel, Dashed, Members, nothing

_REQUIREMENTS = (
    "Use rescaling.set_requirements (PUT /jobs/:jobid/resource-requirements, Flink 1.18+ with the adaptive scheduler), "
    "or stop the job and run it again with another parallelism."
)


class Parallelism(NamedTuple):
    """Within what a vertex's parallelism may move.

    :param lower: how many tasks it must have, 1 or more.
    :param upper: how many it may have, up to the vertex's maximum parallelism.
    """

    lower: int
    upper: int


class ParallelismBounds(Camel):
    """Within what a vertex's parallelism may move, as Flink tells it.

    :param lower_bound: how many tasks it must have.
    :param upper_bound: how many it may have.
    """

    lower_bound: int
    upper_bound: int


class VertexRequirements(Members):
    """What one vertex requires.

    :param parallelism: within what its parallelism may move.
    """

    parallelism: ParallelismBounds


class Requirements(Members):
    """What the vertices of a job require; its members are called like the vertices' ids."""

    __pydantic_extra__: dict[str, VertexRequirements]

    @property
    def by_vertex(self) -> dict[str, Parallelism]:
        """Within what each vertex's parallelism may move, by the vertex's id, as :func:`set_requirements` takes it."""
        bounds = {vertex_id: told.parallelism for vertex_id, told in self.__pydantic_extra__.items()}
        return {vertex_id: Parallelism(one.lower_bound, one.upper_bound) for vertex_id, one in bounds.items()}


class RescalingResult(Dashed):
    """What a rescaling of old came to.

    :param failure_cause: why it did not end well.
    """

    failure_cause: FailureCause | None = None


class Rescaling(Operation):
    """How far a rescaling of old has come.

    :param operation: what it came to, once it has ended.
    """

    operation: RescalingResult | None = None


@FLINK.endpoint("GET /jobs/:jobid/resource-requirements", Requirements.read, since="1.18")
def requirements(job_id: str) -> Parts:
    """Ask within what the parallelism of a job's vertices may move. Adaptive scheduler only; anything else is a 500.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("PUT /jobs/:jobid/resource-requirements", nothing, since="1.18")
def set_requirements(job_id: str, vertices: Mapping[str, tuple[int, int]]) -> Parts:
    """Say within what the parallelism of a job's vertices may move. Adaptive scheduler only; anything else is a 500.

    Success means that it is noted down. The job is rescaled later, after a pause of 30 seconds and more unless the
    cluster is set otherwise, or never, where there are too few slots: watch the parallelism of its vertices.

    :param job_id: the job's id, 32 hex digits.
    :param vertices: the lower and the upper bound of every vertex, by its id; :class:`Parallelism` has both. None may
        be left out, neither may be less than 1, and the upper may not exceed the vertex's maximum parallelism.
    """
    body = {
        vertex_id: {"parallelism": {"lowerBound": lower, "upperBound": upper}}
        for vertex_id, (lower, upper) in vertices.items()
    }
    return Parts([job_id], json=body, repeatable=True)


@FLINK.endpoint("PATCH /jobs/:jobid/rescaling", triggered, until="1.8", instead=_REQUIREMENTS)
def trigger(job_id: str, parallelism: int) -> Parts:
    """Start to rescale a job, and return the operation's id. Flink has answered this with a 503 since 1.9.

    :param job_id: the job's id, 32 hex digits.
    :param parallelism: the parallelism of all its vertices, 1 or more.
    """
    return Parts([job_id], query={"parallelism": parallelism})


@FLINK.endpoint("GET /jobs/:jobid/rescaling/:triggerid", Rescaling.read, until="1.8", instead=_REQUIREMENTS)
def operation(job_id: str, trigger_id: str) -> Parts:
    """Ask how far a rescaling has come that :func:`trigger` has started.

    :param job_id: the job's id, 32 hex digits.
    :param trigger_id: the operation's id, 32 hex digits.
    """
    return Parts([job_id, trigger_id])
