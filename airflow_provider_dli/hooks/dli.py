"""The hooks for Huawei Cloud Data Lake Insight: one connection, and three kinds of work that it leads to."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any, TypeVar

from airflow_provider_dli.dli.client import Dli
from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.hooks.dli_connection import (
    find_project_of,
    object_store_of,
    target_of,
    web_address_of,
)
from airflow_provider_dli.hooks.dli_fields import FIELDS, UI_FIELD_BEHAVIOUR
from airflow_provider_dli.hooks.flow_hook import FlowHook
from airflow_provider_dli.hooks.object_store import OpenedStore
from airflow_provider_dli.jobs.dli.backend import DliBackend
from airflow_provider_dli.jobs.dli.spark import SparkBackend
from airflow_provider_dli.jobs.dli.sql import SqlBackend
from airflow_provider_dli.rest.redaction import without_user
from airflow_provider_dli.rest.target import Target

B = TypeVar("B", DliBackend, SparkBackend, SqlBackend)


class ProjectHook(FlowHook[B]):
    """Speaks to a project on DLI.

    ``hook.api`` has every operation of the REST API as a method, as in ``hook.api.flink_jobs.detail(2387)``;
    ``hook.run(flow)`` runs a flow of :mod:`airflow_provider_dli.jobs` on :attr:`backend`.

    :param dli_conn_id: the connection.
    :param grace_period: seconds for which transient errors are retried.
    """

    conn_name_attr = "dli_conn_id"
    default_conn_name = "dli_default"
    conn_type = "dli"
    hook_name = "Huawei Cloud DLI"
    fields = FIELDS
    ui_field_behaviour = UI_FIELD_BEHAVIOUR

    def __init__(self, dli_conn_id: str = default_conn_name, *, grace_period: float = 60.0) -> None:
        super().__init__(dli_conn_id, grace_period=grace_period)
        self.dli_conn_id = dli_conn_id

    @cached_property
    def api(self) -> Dli:
        """DLI in this project, every operation of its REST API a method."""
        return Dli(self.run, self.backend.gate)

    def who_answers(self) -> str:
        """Say who is asking, in which project, and how many queues there are."""
        project = self.run(self.backend.gate.project())
        queues = self.api.queues.overview(queue_type="all").queues or ()
        who = self._connection.login or self._extra.get("authentication") or "the connection's credentials"
        count = "1 queue" if len(queues) == 1 else f"{len(queues)} queues"
        return f"DLI answers {who} in project {project}: {count}."

    def further_answers(self) -> str:
        """Return whether the object store can be opened, where the connection names one.

        :raises ValueError: when it cannot.
        """
        address = object_store_of(self._extra)
        if not address:
            return ""
        OpenedStore(address, has_buckets=True).check()
        return f"The object store at {without_user(address)} can be opened."

    def get_conn(self) -> Dli:
        """Return DLI in this project, every operation of its REST API a method: the same as :attr:`api`."""
        return self.api

    @staticmethod
    def target_of(connection: Any, extra: dict[str, Any]) -> Target:
        """Return the target that a connection stands for."""
        return target_of(connection, extra)


class DliHook(ProjectHook[DliBackend]):
    """Speaks to a project on DLI; its flows are about Flink jobs.

    ``hook.api`` has every operation of the REST API as a method, as in ``hook.api.flink_jobs.detail(2387)``;
    ``hook.run(flow)`` runs a flow of :mod:`airflow_provider_dli.jobs` on :attr:`backend`.

    :param dli_conn_id: the connection.
    :param grace_period: seconds for which transient errors are retried.
    """

    @staticmethod
    def backend_of(connection: Any, extra: dict[str, Any]) -> DliBackend:
        """Return the Flink jobs of the project that a connection leads to."""
        address = object_store_of(extra)
        store = OpenedStore(address, has_buckets=True) if address else None
        # Files on this machine have its time; those of an object store have the cloud's.
        store_clock = time.time if address and address.startswith("file:") else None
        gate, console = Gate(find_project_of(connection, extra)), web_address_of(connection, extra)
        return DliBackend(gate, console, store, store_clock=store_clock)


class DliSparkHook(ProjectHook[SparkBackend]):
    """Speaks to a project on DLI; its flows are about Spark batches.

    :param dli_conn_id: the connection.
    :param grace_period: seconds for which transient errors are retried.
    """

    @staticmethod
    def backend_of(connection: Any, extra: dict[str, Any]) -> SparkBackend:
        """Return the Spark batches of the project that a connection leads to."""
        return SparkBackend(Gate(find_project_of(connection, extra)), web_address_of(connection, extra))


class DliSqlHook(ProjectHook[SqlBackend]):
    """Speaks to a project on DLI; its flows are about SQL jobs.

    :param dli_conn_id: the connection.
    :param grace_period: seconds for which transient errors are retried.
    """

    @staticmethod
    def backend_of(connection: Any, extra: dict[str, Any]) -> SqlBackend:
        """Return the SQL jobs of the project that a connection leads to."""
        return SqlBackend(Gate(find_project_of(connection, extra)), web_address_of(connection, extra))
