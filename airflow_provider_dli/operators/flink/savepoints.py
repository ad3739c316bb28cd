"""Operators that take savepoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.jobs.model import Begun, Savepoint
from airflow_provider_dli.jobs.savepoint import (
    begin_savepoint,
    find_lost_savepoint,
    follow_savepoint,
    job_of_earlier_try,
)
from airflow_provider_dli.links.flink import FlinkJobLink
from airflow_provider_dli.operators.flink.base import FlinkJobOperator
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.tasks.identity import attempt_of
from airflow_provider_dli.tasks.parameters import check_choice, directory, optional

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

FORMATS = ("CANONICAL", "NATIVE")


class FlinkSavepointOperator(FlinkJobOperator):
    """Base of operators that make a savepoint, of a job that runs on or of one that stops.

    :param savepoint_directory: directory for savepoints; None for the cluster's default. Each savepoint gets a
        directory of its own in it, whose name is 32 hex digits. The worker finds the path there when the cluster has
        forgotten the operation. (templated)
    :param savepoint_format: ``CANONICAL`` (readable by later versions) or ``NATIVE`` (faster); None for Flink's default
        (Flink 1.15+).
    """

    readers = {**FlinkJobOperator.readers, "savepoint_directory": optional(directory)}
    template_fields = tuple(readers)
    operator_extra_links = (FlinkJobLink(),)

    #: The name of this operation's series of ids: never one series for two kinds of operation.
    operation: str
    #: The flow that starts it, or returns what an earlier try has started.
    start: Callable[..., Flow[Begun | Savepoint]]
    #: The flow that follows it to its end.
    follow: Callable[..., Flow[Savepoint]]
    #: The flow that returns its savepoint from the directory, when the cluster has forgotten it.
    find_lost: Callable[..., Flow[Savepoint]]

    def __init__(
        self, *, savepoint_directory: str | None = None, savepoint_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        check_choice("savepoint_format", savepoint_format or "CANONICAL", FORMATS)
        self.check(savepoint_directory=savepoint_directory)
        self.savepoint_directory = savepoint_directory
        self.savepoint_format = savepoint_format

    def resolve_job(self, context: Context) -> str:
        """Return the id of the job, in a retry that of the job on which an earlier try has started the operation."""
        attempt = attempt_of(context, self.operation)
        if self.job_name and attempt.is_retry and not attempt.ledger.durable:
            flow = job_of_earlier_try(self.hook.backend, job_name=str(self.job_name), attempt=attempt)
            if job_id := self.hook.run(flow):
                return job_id
        return super().resolve_job(context)

    def begin_with(self, context: Context, job_id: str, deadline: float | None) -> Call | Savepoint:
        """Start the operation, or return what an earlier try has started."""
        from airflow_provider_dli.hooks.object_store import OpenedStore

        flow = type(self).start(
            self.hook.backend,
            job_id=job_id,
            attempt=attempt_of(context, self.operation),
            trigger=lambda operation_id, directory: self.trigger(job_id, operation_id, directory),
            directory=self.savepoint_directory,
            poll_interval=self.poll_interval,
            open_store=OpenedStore,
        )
        begun = self.hook.run(flow, deadline)
        return begun if isinstance(begun, Savepoint) else self._following(context, job_id, begun)

    def run_or_defer(self, call: Call, deadline: float | None) -> Any:
        """Follow the operation here or in the triggerer; read its directory where the cluster has forgotten it."""
        try:
            return super().run_or_defer(call, deadline)
        except JobError as error:
            return self._found(error)

    def read_outcome(self, event: dict[str, Any] | None) -> Any:
        """Return the result of the flow in the triggerer, also where only the directory has it."""
        try:
            return super().read_outcome(event)
        except JobError as error:
            return self._found(error)

    def trigger(self, job_id: str, operation_id: str, directory: str | None) -> Flow[str]:
        """Trigger the operation under an id, in a directory."""
        raise NotImplementedError

    def complete(self, context: Context, result: Savepoint) -> str | None:
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
            directory=begun.directory,
        )

    def _found(self, error: JobError) -> Savepoint:
        if not error.directory:
            raise error
        from airflow_provider_dli.hooks.object_store import OpenedStore

        found: Savepoint = self.hook.run(type(self).find_lost(self.hook.backend, error, OpenedStore))
        return found


class FlinkTriggerSavepointOperator(FlinkSavepointOperator):
    """Takes a savepoint of a running job, which runs on.

    Returns the savepoint's path; pushes ``savepoint_path``, ``operation_id``, ``job_id`` and ``job_url``. A retry finds
    the savepoint that an earlier try has started; one task instance makes one savepoint.
    """

    operation = "savepoint"
    start = begin_savepoint
    follow = follow_savepoint
    find_lost = find_lost_savepoint

    def trigger(self, job_id: str, operation_id: str, directory: str | None) -> Flow[str]:
        """Trigger the savepoint under an id, in a directory."""
        return self.hook.backend.trigger_savepoint(
            job_id,
            directory=directory,
            savepoint_format=self.savepoint_format,
            trigger_id=operation_id,
        )
