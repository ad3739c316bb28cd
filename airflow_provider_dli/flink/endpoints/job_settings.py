"""What a job was started with: ``/jobs/:jobid/plan`` and ``/jobs/:jobid/config``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.plan import Plan
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Dashed, Members


class JobPlan(Members):
    """What ``/jobs/:jobid/plan`` tells; :attr:`graph` reads every version's answer alike.

    :param plan: the plan; None where Flink 1.7 in its legacy mode tells it without this member around it.
    """

    plan: Plan | None = None

    @property
    def graph(self) -> Plan:
        """The plan."""
        return self.plan or Plan.of(self.others)


class ExecutionConfiguration(Dashed):
    """How a job is executed.

    :param execution_mode: how records are exchanged, as in ``PIPELINED`` (Flink up to 1.20).
    :param restart_strategy: what is done when it fails, for people.
    :param job_parallelism: its parallelism; -1 where it has none of its own.
    :param object_reuse_mode: whether records are handed on without a copy.
    :param user_config: what its program has set for itself.
    """

    execution_mode: str | None = None
    restart_strategy: str | None = None
    job_parallelism: int | None = None
    object_reuse_mode: bool | None = None
    user_config: Mapping[str, Any] | None = None


class JobConfiguration(Dashed):
    """What ``/jobs/:jobid/config`` tells.

    :param jid: the job's id.
    :param name: its name.
    :param execution_config: how it is executed.
    """

    jid: str
    name: str | None = None
    execution_config: ExecutionConfiguration | None = None


@FLINK.endpoint("GET /jobs/:jobid/plan", JobPlan.read)
def plan(job_id: str) -> Parts:
    """Ask for a job's plan: its operators, and how records go from one to the other.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("GET /jobs/:jobid/config", JobConfiguration.read)
def configuration(job_id: str) -> Parts:
    """Ask how a job is executed: its parallelism, its restarts, and what its program has set.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])
