"""What all operators for Flink share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_dli.links.flink import FlinkJobLink
from airflow_provider_dli.tasks.flink import FLINK
from airflow_provider_dli.tasks.flow_operator import FlowOperator, JobOperator
from airflow_provider_dli.tasks.parameters import Reader, job_identifier, optional, text

if TYPE_CHECKING:
    from airflow_provider_dli.hooks.flink import FlinkHook


class FlinkOperator(FlowOperator):
    """What all operators here share.

    :param flink_conn_id: the connection. (templated)
    """

    place = FLINK
    link = FlinkJobLink
    hook: FlinkHook
    readers: ClassVar[Mapping[str, Reader]] = {"flink_conn_id": text}
    template_fields: Sequence[str] = tuple(readers)

    def __init__(self, *, flink_conn_id: str = "flink_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check(flink_conn_id=flink_conn_id)
        self.flink_conn_id = flink_conn_id


class FlinkJobOperator(JobOperator, FlinkOperator):
    """What operators share that do something with a job that is there.

    :param job_id: the job's id, 32 hex digits, or (templated)
    :param job_name: its exact name; of several, the one that has not ended. (templated)
    """

    readers = {**FlinkOperator.readers, "job_id": optional(job_identifier), "job_name": optional(text)}
    template_fields: Sequence[str] = tuple(readers)
