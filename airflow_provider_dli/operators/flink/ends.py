"""Operators that end jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_dli.jobs.cancel import begin_cancel
from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.jobs.model import Job, Savepoint
from airflow_provider_dli.jobs.stop import begin_stop, find_lost_stop, follow_stop
from airflow_provider_dli.jobs.wait import wait_for_end
from airflow_provider_dli.links.flink import FlinkJobLink
from airflow_provider_dli.operators.flink.base import FlinkJobOperator
from airflow_provider_dli.operators.flink.savepoints import FlinkSavepointOperator
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.tasks.flow_operator import JobEndingOperator

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


class FlinkStopJobOperator(JobEndingOperator, FlinkSavepointOperator):
    """Stop a running job with a savepoint, in one atomic step; the job ends as ``FINISHED``.

    Returns the savepoint's path; pushes ``savepoint_path``, ``operation_id``, ``job_id`` and ``job_url``, the path also
    when the job failed while it stopped. A job is stopped once: a retry, a task that was cleared and another DAG follow
    the stop that is in progress, and all of them return its path. A savepoint in progress is awaited, as a stop would
    make it fail. Where the job had been stopped before the task began, the task fails, and names that savepoint; with
    ``missing_ok`` it returns that.

    :param drain: whether to send the end of all event time first, so that windows fire; only for a job that will not
        be started again from this savepoint.
    """

    operation = "stop"
    start = begin_stop
    follow = follow_stop
    find_lost = find_lost_stop

    def __init__(self, *, drain: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.drain = drain

    def trigger(self, job_id: str, operation_id: str, directory: str | None) -> Flow[str]:
        """Trigger the stop under an id, in a directory."""
        return self.hook.backend.trigger_stop(
            job_id,
            directory=directory,
            savepoint_format=self.savepoint_format,
            drain=self.drain,
            trigger_id=operation_id,
        )

    def complete(self, context: Context, result: Savepoint | str | None) -> str | None:
        """Publish and return the savepoint's path; None where there was nothing to stop."""
        return super().complete(context, result) if isinstance(result, Savepoint) else result


class FlinkCancelJobOperator(JobEndingOperator, FlinkJobOperator):
    """Cancel a job, without a savepoint, and wait for its end; one that has ended already is left as it is.

    Returns the status that the job ended with, in Flink's word; pushes ``job_id`` and ``job_url``.
    """

    operator_extra_links = (FlinkJobLink(),)

    def begin_with(self, context: Context, job_id: str, deadline: float | None) -> Call:
        """Ask for the job to be cancelled."""
        self.hook.run(begin_cancel(self.hook.backend, job_id=job_id), deadline)
        return call(wait_for_end, job_id=job_id, poll_interval=self.poll_interval)

    def complete(self, context: Context, result: Job | None) -> str | None:
        """Return how the job ended; None where there was none."""
        if result is None:
            return None
        self.log.info("%s", result)
        return result.status
