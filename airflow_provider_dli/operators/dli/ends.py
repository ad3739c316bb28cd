"""Operators that stop and delete Flink jobs on DLI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_dli.jobs.flows import Call
from airflow_provider_dli.jobs.model import Stopped
from airflow_provider_dli.operators.dli.base import DliJobOperator
from airflow_provider_dli.tasks.flow_operator import JobEndingOperator
from airflow_provider_dli.tasks.identity import attempt_of

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


class DliStopFlinkJobOperator(JobEndingOperator, DliJobOperator):
    """Stop a running Flink job, with a savepoint or without, and wait for its end.

    Returns the path of the savepoint that this stop has made, where DLI names it; pushes ``savepoint_path``,
    ``has_savepoint``, ``job_id`` and ``job_url``. A stop in progress is followed, whoever began it, and a second one is
    never sent. The job's next run starts from the savepoint with ``resume_savepoint=True``, and DLI deletes it then: it
    is no backup.

    :param trigger_savepoint: whether a savepoint is made first. Without one, a job that does not run is no error.
        Default: True.
    """

    def __init__(self, *, trigger_savepoint: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.trigger_savepoint = trigger_savepoint

    def begin_with(self, context: Context, job_id: str, deadline: float | None) -> Call | Stopped:
        """Send the stop, unless one is in progress."""
        from airflow_provider_dli.jobs.dli.stop import begin_stop

        flow = begin_stop(
            self.hook.backend,
            job_id=job_id,
            trigger_savepoint=self.trigger_savepoint,
            attempt=attempt_of(context, "stop"),
            poll_interval=self.poll_interval,
            recovery=self.grace_period,
        )
        begun = self.hook.run(flow, deadline)
        if isinstance(begun, Stopped):
            return begun
        arguments = {
            "job_id": job_id,
            "trigger_savepoint": self.trigger_savepoint,
            "before": begun.before,
            "poll_interval": self.poll_interval,
            "attached": begun.attached,
        }
        return Call("follow_dli_stop", arguments)

    def complete(self, context: Context, result: Stopped | str | None) -> str | None:
        """Publish the result of the stop, and return the savepoint's path; None where there was nothing to stop."""
        if not isinstance(result, Stopped):
            return result
        self.make_known(context, has_savepoint=result.has_savepoint)
        if result.savepoint_path:
            self.make_known(context, savepoint_path=result.savepoint_path)
        told = result.savepoint_path or ("DLI does not tell where it lies" if result.has_savepoint else "none")
        self.log.info("Job %s is %s; savepoint: %s.", result.job_id, result.job_status, told)
        return result.savepoint_path


class DliDeleteFlinkJobOperator(DliJobOperator):
    """Delete a Flink job that does not run.

    Returns whether it was there: one that is not is no error.
    """

    def begin(self, context: Context, deadline: float | None) -> bool:
        """Delete the job."""
        job_id = self._job_id(deadline)
        if job_id is None:
            return False
        from airflow_provider_dli.jobs.dli.delete import delete_job

        self.publish(context, job_id)
        return self.hook.run(delete_job(self.hook.backend, job_id=job_id, recovery=self.grace_period), deadline)

    def complete(self, context: Context, result: bool) -> bool:
        """Return whether the job was there."""
        self.log.info("The job was deleted." if result else "There was no such job.")
        return result

    def _job_id(self, deadline: float | None) -> str | None:
        if self.job_id:
            return str(self.job_id)
        job = self.hook.run(self.hook.backend.named(self.job_name or ""), deadline)
        return job.id if job else None
