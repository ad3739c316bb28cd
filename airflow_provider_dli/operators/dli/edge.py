"""Operator for reports on jobs on edge nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_dli.operators.dli.base import DliOperator
from airflow_provider_dli.tasks.parameters import mappings, optional, text

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


class DliReportEdgeJobStatusOperator(DliOperator):
    """Report the status of Flink jobs on edge nodes to DLI, as their agents do. Newer regions no longer support this.

    Returns the number of reported jobs. A second report sets the same status again.

    :param jobs: the jobs, each a mapping with ``status`` and ``create_time`` (the time of the report in milliseconds
        since the epoch), and optionally ``job_id``, ``exceptions``, ``metrics`` and ``plan``. (templated)
    :param message_id: an id for this report. (templated)
    :param msg_confirm_topic: the topic where DLI confirms it; older regions want one. (templated)
    """

    readers = {
        **DliOperator.readers,
        "jobs": mappings,
        "message_id": text,
        "msg_confirm_topic": optional(text),
    }
    template_fields = tuple(readers)
    template_fields_renderers = {"jobs": "json"}

    def __init__(
        self,
        *,
        jobs: Sequence[Mapping[str, Any]],
        message_id: str,
        msg_confirm_topic: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.check(jobs=jobs, message_id=message_id, msg_confirm_topic=msg_confirm_topic)
        self.jobs = jobs
        self.message_id = message_id
        self.msg_confirm_topic = msg_confirm_topic

    def begin(self, context: Context, deadline: float | None) -> int:
        """Report."""
        self.hook.api.edge.report_jobs(self.jobs, self.message_id, msg_confirm_topic=self.msg_confirm_topic)
        return len(self.jobs)

    def complete(self, context: Context, result: int) -> int:
        """Return how many jobs were reported."""
        self.log.info("Reported %d jobs.", result)
        return result
