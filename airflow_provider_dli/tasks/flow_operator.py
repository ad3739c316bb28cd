"""What all operators share, whichever back end their jobs run on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_dli.jobs.errors import JobEnded, JobError, JobFailed, JobNameAmbiguous, JobNotFound
from airflow_provider_dli.jobs.flows import Call
from airflow_provider_dli.tasks.flow_task import DEFERRABLE, FlowTask
from airflow_provider_dli.tasks.identity import is_retry, ledger_of, start_execution
from airflow_provider_dli.tasks.parameters import check_one_job, positive

if TYPE_CHECKING:
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import Context


class FlowOperator(FlowTask, BaseOperator):
    """Begins something, and waits for its end here or in the triggerer.

    :param deferrable: whether waits go on in the triggerer.
    :param poll_interval: seconds between two looks, above 0.
    :param timeout: seconds that the task may wait; None for as long as it takes. Airflow's ``execution_timeout`` counts
        as well, also while the task is deferred: the shorter one ends the wait.
    :param grace_period: seconds for which transient errors are retried.
    """

    ui_color = "#f5d6e0"

    def __init__(
        self,
        *,
        deferrable: bool = DEFERRABLE,
        poll_interval: float = 10.0,
        timeout: float | timedelta | None = None,
        grace_period: float = 60.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.set_up(deferrable, poll_interval, grace_period)
        self.timeout = None if timeout is None else positive("timeout", timeout)

    def execute(self, context: Context) -> Any:
        """Begin, and wait for the end here or in the triggerer.

        :param context: the task's context.
        """
        with self.failing_as_airflow_wants(context):
            self.read_parameters()
            start_execution(context)
            self.log_earlier_tries(context)
            ledger_of(context).open()
            deadline = self.deadline_of(context)
            begun = self.begin(context, deadline)
            result = self.run_or_defer(begun, deadline) if isinstance(begun, Call) else begun
            return self.complete(context, result)

    def begin(self, context: Context, deadline: float | None) -> Any:
        """Do what has to be done at once; return the call of the flow to wait for, or the result."""
        raise NotImplementedError

    def has_nothing(self, *names: str) -> bool:
        """Return whether parameters are empty that a task with ``missing_ok`` may do without; log it then.

        :param names: the parameters.
        """
        if any(getattr(self, name) for name in names):
            return False
        self.log.warning("Nothing to do: %s gave nothing, and missing_ok is set.", " and ".join(names))
        return True

    def publish(self, context: Context, job_id: str) -> None:
        """Tell which job this task is about: the link works from now on."""
        self.push_link(context, job_id)
        self.make_known(context, job_id=job_id)


class JobOperator(FlowOperator):
    """Does something with a job that is there.

    :param job_id: the job's id, or (templated)
    :param job_name: its exact name. (templated)
    """

    def __init__(self, *, job_id: Any = None, job_name: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_one_job(job_id, job_name)
        self.check(job_id=job_id, job_name=job_name)
        self.job_id = job_id
        self.job_name = job_name

    def begin(self, context: Context, deadline: float | None) -> Any:
        """Find the job, publish it, and begin."""
        job_id = self.resolve_job(context)
        self.publish(context, job_id)
        return self.begin_with(context, job_id, deadline)

    def resolve_job(self, context: Context) -> str:
        """Return the id of the job: in a retry the one that an earlier try has found under the name.

        By now the name may belong to another job.

        :param context: the task's context.
        """
        recorded = ledger_of(context).get("job_id") if self.job_name and is_retry(context) else None
        return str(recorded or self.find_job_id(self.job_id, self.job_name))

    def begin_with(self, context: Context, job_id: str, deadline: float | None) -> Any:
        """Do what has to be done at once; return the call of the flow to wait for, or the result."""
        raise NotImplementedError


class JobEndingOperator(JobOperator):
    """Ends a job.

    :param missing_ok: whether the task succeeds where there is nothing to end: ``job_id`` and ``job_name`` are empty,
        there is no such job, or it has ended before. The task returns None then, or the path of the savepoint with
        which the job was stopped. Default: False.
    """

    def __init__(self, *, missing_ok: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.missing_ok = missing_ok

    def begin(self, context: Context, deadline: float | None) -> Any:
        """Find the job, publish it, and begin to end it, unless there is nothing to end."""
        if self.missing_ok and self.has_nothing("job_id", "job_name"):
            return None
        try:
            return super().begin(context, deadline)
        except (JobNotFound, JobEnded, JobFailed) as error:
            if not self.missing_ok or isinstance(error, JobNameAmbiguous):
                raise
            return self._had_ended(context, error)

    def _had_ended(self, context: Context, error: JobError) -> str | None:
        """Publish and return the savepoint with which the job was stopped, where it is known."""
        self.log.warning("Nothing to end, and missing_ok is set: %s", error)
        if error.savepoint_path:
            self.make_known(context, savepoint_path=error.savepoint_path)
        return error.savepoint_path
