"""The plan of a job: which operators it has, and how records go from one to the other."""

from __future__ import annotations

from typing import Any

from airflow_provider_dli.rest.members import Members


class PlanInput(Members):
    """An edge of a plan.

    :param id: the node that the records come from.
    :param num: which input of the node this is, from 0.
    :param ship_strategy: how they are dealt out, as in ``HASH`` or ``FORWARD``.
    :param exchange: whether they flow while they are made, as in ``pipelined_bounded``.
    :param local_strategy: what is done with them on arrival.
    :param caching: whether they are kept.
    """

    id: str
    num: int = 0
    ship_strategy: str | None = None
    exchange: str | None = None
    local_strategy: str | None = None
    caching: str | None = None


class PlanNode(Members):
    """A node of a plan; its id is the id of a vertex of the job.

    :param id: its id, 32 hex digits.
    :param parallelism: how many tasks it has.
    :param description: its operators, for people.
    :param operator: the kind of operator, where told.
    :param operator_strategy: how it works, where told.
    :param optimizer_properties: what the optimizer found, where told.
    :param inputs: the edges that lead to it.
    """

    id: str
    parallelism: int | None = None
    description: str = ""
    operator: str = ""
    operator_strategy: str = ""
    optimizer_properties: Any = None
    inputs: tuple[PlanInput, ...] = ()


class Plan(Members):
    """The plan of a job; all of it is missing while the job waits for its first slots (adaptive scheduler).

    :param jid: the job's id.
    :param name: the job's name.
    :param type: ``STREAMING`` or ``BATCH``, where told.
    :param nodes: its nodes.
    """

    jid: str | None = None
    name: str | None = None
    type: str | None = None
    nodes: tuple[PlanNode, ...] = ()
