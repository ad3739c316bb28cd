"""What all operators for DLI share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_dli.links.dli import DliJobLink
from airflow_provider_dli.tasks.dli import DLI
from airflow_provider_dli.tasks.flow_operator import FlowOperator, JobOperator

if TYPE_CHECKING:
    from airflow_provider_dli.hooks.dli import DliHook


class DliOperator(FlowOperator):
    """What all operators here share.

    :param dli_conn_id: the connection. (templated)
    """

    place = DLI
    link = DliJobLink
    hook: DliHook
    template_fields: Sequence[str] = ("dli_conn_id",)

    def __init__(self, *, dli_conn_id: str = "dli_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dli_conn_id = dli_conn_id


class DliJobOperator(JobOperator, DliOperator):
    """What operators share that do something with a Flink job that is there.

    :param job_id: the job's id, a number, or (templated)
    :param job_name: its exact name. (templated)
    """

    template_fields: Sequence[str] = (*DliOperator.template_fields, "job_id", "job_name")
    operator_extra_links = (DliJobLink(),)
