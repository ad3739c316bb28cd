"""The hook for clusters that speak Flink's REST API."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_dli.flink.client import Flink
from airflow_provider_dli.flink.sql.client import SqlGateway
from airflow_provider_dli.flink.sql.gate import SqlGate
from airflow_provider_dli.hooks.connection_fields import text
from airflow_provider_dli.hooks.flink_connection import (
    sql_target_of,
    target_of,
    web_address_of,
)
from airflow_provider_dli.hooks.flink_fields import FIELDS, UI_FIELD_BEHAVIOUR
from airflow_provider_dli.hooks.flow_hook import FlowHook
from airflow_provider_dli.hooks.reading import Settings
from airflow_provider_dli.jobs.flink import FlinkBackend
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target

if TYPE_CHECKING:
    from airflow_provider_dli.jobs.flink.orphans import OrphanedJob

T = TypeVar("T")


class FlinkHook(FlowHook[FlinkBackend]):
    """Speaks to a cluster through Flink's REST API.

    ``hook.api`` has every operation of the REST API as a method, as in ``hook.api.jobs.overview()``; ``hook.run(flow)``
    runs a flow of :mod:`airflow_provider_dli.jobs` on :attr:`backend`.

    :param flink_conn_id: the connection.
    :param grace_period: seconds for which transient errors are retried.
    """

    conn_name_attr = "flink_conn_id"
    default_conn_name = "flink_default"
    conn_type = "flink"
    hook_name = "Apache Flink"
    fields = FIELDS
    ui_field_behaviour = UI_FIELD_BEHAVIOUR

    def __init__(self, flink_conn_id: str = default_conn_name, *, grace_period: float = 60.0) -> None:
        super().__init__(flink_conn_id, grace_period=grace_period)
        self.flink_conn_id = flink_conn_id

    def run_on_sql_gateway(self, flow: Flow[T], deadline: float | None = None) -> T:
        """Run a flow that speaks to the SQL Gateway to its end, and return its result.

        :param flow: the flow.
        :param deadline: until when it may wait, a moment of the monotonic clock; None for as long as it takes.
        :raises WaitTimedOut: when it wants to wait longer.
        """
        return self._run(self._sql_driver, flow, deadline)

    def run_apart_on_sql_gateway(self, flow: Flow[T], seconds: float) -> T:
        """Run a flow that speaks to the SQL Gateway beside another one, as a kill does.

        :param flow: the flow.
        :param seconds: how long it may take, whatever the gateway does.
        """
        return self._run_apart(self._sql_target, flow, seconds, grace_period=0.0)

    @cached_property
    def api(self) -> Flink:
        """The cluster, every operation of its REST API a method."""
        return Flink(self.run, self.backend.gate)

    @cached_property
    def sql(self) -> SqlGateway:
        """The cluster's SQL Gateway, every operation of its REST API a method.

        :raises ValueError: when the connection names none.
        """
        return SqlGateway(self.run_on_sql_gateway, self.sql_gate)

    @cached_property
    def sql_gate(self) -> SqlGate:
        """What is known of the SQL Gateway's versions."""
        return SqlGate(self._sql_target.addresses[0])

    def orphaned_jobs(self) -> Sequence[OrphanedJob]:
        """Return jobs that run on although their task has ended and should have ended them.

        Airflow tells a deferred task of a kill only through a triggerer. While none has the task's trigger, as for some
        30 s after a triggerer was lost, the kill reaches nobody, and the job runs on. Jobs are recognised by the marks
        that tasks of this provider give them (Flink 1.17+), with an ``on_kill`` other than ``detach``.

        Call this inside a task: it asks Airflow for the states of tasks. It sends ``GET /jobs/overview``, and
        ``GET /jobs/:jobid/config`` for each job that has not ended.

        :raises RestError: when the cluster cannot be reached within the grace period.
        """
        from airflow_provider_dli.jobs.flink.orphans import key_of, orphans, running_marked_jobs
        from airflow_provider_dli.tasks.identity import namespace
        from airflow_provider_dli.tasks.task_states import task_states

        jobs = self.run(running_marked_jobs(self.backend))
        states = task_states({key_of(one.mark) for one in jobs})
        return orphans(jobs, states, namespace())

    def who_answers(self) -> str:
        """Say which Flink answers, and how many slots are free."""
        seen = self.api.cluster.overview()
        return (
            f"Flink {seen.flink_version}: {seen.slots_available} of {seen.slots_total} slots are free "
            f"on {seen.taskmanagers} TaskManagers."
        )

    def further_answers(self) -> str:
        """Return which version the SQL Gateway has, where the connection names one.

        :raises ValueError: when it cannot be used.
        """
        if not text(self._extra, "sql_gateway"):
            return ""
        try:
            return f"SQL Gateway: {self.sql.gateway.info().version}."
        except Exception as error:
            raise ValueError(f"Its SQL Gateway (sql_gateway) cannot be used: {error}") from error

    def get_conn(self) -> Flink:
        """Return the cluster, every operation of its REST API a method: the same as :attr:`api`."""
        return self.api

    @staticmethod
    def target_of(connection: Any, extra: dict[str, Any]) -> Target:
        """Return the target that a connection stands for."""
        return target_of(connection, extra)

    @staticmethod
    def backend_of(connection: Any, extra: dict[str, Any]) -> FlinkBackend:
        """Return the back end that a connection stands for."""
        return FlinkBackend(web_address_of(connection, target_of(connection, extra), extra))

    def _take(self, settings: Settings) -> None:
        sql = None
        if "_sql_target" in vars(self):
            target = sql_target_of(self.target_of(*settings), settings.extra)
            sql = (target, Sender(target))
        super()._take(settings)
        if sql:
            self._sql_target = sql[0]
            self._sql_driver.use(sql[1])

    @cached_property
    def _sql_target(self) -> Target:
        return sql_target_of(self._target, self._extra)

    @cached_property
    def _sql_driver(self) -> Driver:
        return Driver(Sender(self._sql_target), self.log.info)
