"""What all operators for Flink share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_dli.links.flink import FlinkJobLink
from airflow_provider_dli.tasks.flink import FLINK
from airflow_provider_dli.tasks.flow_operator import FlowOperator, JobOperator

if TYPE_CHECKING:
    from airflow_provider_dli.hooks.flink import FlinkHook


class FlinkOperator(FlowOperator):
    """What all operators here share.

    :param flink_conn_id: the connection. (templated)
    """

    place = FLINK
    link = FlinkJobLink
    hook: FlinkHook
    template_fields: Sequence[str] = ("flink_conn_id",)

    def __init__(self, *, flink_conn_id: str = "flink_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.flink_conn_id = flink_conn_id


class FlinkJobOperator(JobOperator, FlinkOperator):
    """What operators share that do something with a job that is there.

    :param job_id: the job's id, 32 hex digits, or (templated)
    :param job_name: its exact name; of several, the one that has not ended. (templated)
    """

    template_fields: Sequence[str] = (*FlinkOperator.template_fields, "job_id", "job_name")
