"""Operators that take savepoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.jobs.model import Begun, Savepoint
from airflow_provider_dli.jobs.savepoint import begin, follow_savepoint
from airflow_provider_dli.links.flink import FlinkJobLink
from airflow_provider_dli.operators.flink.base import FlinkJobOperator
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.tasks.identity import attempt_of
from airflow_provider_dli.tasks.parameters import check_choice

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

FORMATS = ("CANONICAL", "NATIVE")


class FlinkSavepointOperator(FlinkJobOperator):
    """What operators share that make a savepoint, of a job that goes on or of one that stops.

    :param savepoint_directory: where to write it; None for the cluster's default. (templated)
    :param savepoint_format: ``CANONICAL`` (readable by later versions) or ``NATIVE`` (faster); None for Flink's default
        (Flink 1.15+).
    """

    template_fields = (*FlinkJobOperator.template_fields, "savepoint_directory")
    operator_extra_links = (FlinkJobLink(),)

    #: The name of this operation's series of ids: never one series for two kinds of operation.
    operation: str
    #: Whether it ends the job.
    stops = False
    #: The flow that follows it to its end.
    follow: Callable[..., Flow[Savepoint]]

    def __init__(
        self, *, savepoint_directory: str | None = None, savepoint_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        check_choice("savepoint_format", savepoint_format or "CANONICAL", FORMATS)
        self.savepoint_directory = savepoint_directory
        self.savepoint_format = savepoint_format

    def begin_with(self, context: Context, job_id: str, deadline: float | None) -> Call:
        """Begin the operation, or find the one that an earlier try began."""
        flow = begin(
            self.hook.backend,
            job_id=job_id,
            attempt=attempt_of(context, self.operation),
            trigger=lambda operation_id: self.trigger(job_id, operation_id),
            poll_interval=self.poll_interval,
            stops=self.stops,
        )
        return self._following(context, job_id, self.hook.run(flow, deadline))

    def trigger(self, job_id: str, operation_id: str) -> Flow[str]:
        """Trigger the operation under an id."""
        raise NotImplementedError

    def complete(self, context: Context, result: Savepoint) -> str:
        """Publish and return the savepoint's path."""
        self.make_known(context, savepoint_path=result.path)
        self.log.info("Savepoint %s; the job is %s.", result.path, result.job_status)
        return result.path

    def _following(self, context: Context, job_id: str, begun: Begun) -> Call:
        self.make_known(context, operation_id=begun.operation_id)
        return call(
            type(self).follow,
            job_id=job_id,
            operation_id=begun.operation_id,
            after_checkpoint=begun.after_checkpoint,
            poll_interval=self.poll_interval,
        )


class FlinkTriggerSavepointOperator(FlinkSavepointOperator):
    """Takes a savepoint of a running job, which goes on.

    Returns the savepoint's path; pushes ``savepoint_path``, ``operation_id``, ``job_id`` and ``job_url``. A retry finds
    the savepoint that an earlier try began; one task instance makes one savepoint.
    """

    operation = "savepoint"
    follow = follow_savepoint

    def trigger(self, job_id: str, operation_id: str) -> Flow[str]:
        """Trigger the savepoint under an id."""
        return self.hook.backend.trigger_savepoint(
            job_id,
            directory=self.savepoint_directory or None,
            savepoint_format=self.savepoint_format,
            trigger_id=operation_id,
        )
