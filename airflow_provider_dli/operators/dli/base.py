"""What all operators for DLI share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_dli.links.dli import DliJobLink
from airflow_provider_dli.tasks.dli import DLI, GLOBAL_VARIABLES
from airflow_provider_dli.tasks.flow_operator import FlowOperator, JobOperator
from airflow_provider_dli.tasks.parameters import Reader, job_number, optional, text

if TYPE_CHECKING:
    from airflow_provider_dli.hooks.dli import DliHook


class DliOperator(FlowOperator):
    """What all operators here share.

    :param dli_conn_id: the connection. (templated)
    """

    place = DLI
    link = DliJobLink
    hook: DliHook
    readers: ClassVar[Mapping[str, Reader]] = {"dli_conn_id": text}
    template_fields: Sequence[str] = tuple(readers)
    undefined_advice = GLOBAL_VARIABLES

    def __init__(self, *, dli_conn_id: str = "dli_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check(dli_conn_id=dli_conn_id)
        self.dli_conn_id = dli_conn_id


class DliJobOperator(JobOperator, DliOperator):
    """What operators share that do something with a Flink job that is there.

    :param job_id: the job's id, a number, or (templated)
    :param job_name: its exact name. (templated)
    """

    readers = {**DliOperator.readers, "job_id": optional(job_number), "job_name": optional(text)}
    template_fields: Sequence[str] = tuple(readers)
    operator_extra_links = (DliJobLink(),)
