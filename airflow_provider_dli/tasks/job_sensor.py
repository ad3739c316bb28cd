"""What all sensors share, whichever back end their jobs run on: they watch one job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowSensorTimeout,
    AirflowSkipException,
    BaseSensorOperator,
    PokeReturnValue,
)

from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.jobs.flows import Call
from airflow_provider_dli.rest.deadline import after
from airflow_provider_dli.rest.patience import WaitTimedOut, within
from airflow_provider_dli.tasks.flow_task import DEFERRABLE, FlowTask
from airflow_provider_dli.tasks.parameters import check_one_job, positive

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


class JobSensor(FlowTask, BaseSensorOperator):
    """Watches one job.

    In ``mode="poke"`` and when deferred, the sensor watches without a break; in ``mode="reschedule"`` it looks once
    each time. ``timeout``, ``soft_fail`` and ``mode`` are those of every Airflow sensor.

    :param job_id: the job's id, or (templated)
    :param job_name: its exact name. (templated)
    :param deferrable: whether the wait goes on in the triggerer.
    :param poll_interval: seconds between two looks, above 0.
    :param grace_period: seconds for which transient errors are retried.
    """

    ui_color = "#d6e5f5"

    def __init__(
        self,
        *,
        job_id: Any = None,
        job_name: str | None = None,
        deferrable: bool = DEFERRABLE,
        poll_interval: float = 10.0,
        grace_period: float = 60.0,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("poke_interval", positive("poll_interval", poll_interval))
        super().__init__(**kwargs)
        self.set_up(deferrable, poll_interval, grace_period)
        check_one_job(job_id, job_name)
        self.check(job_id=job_id, job_name=job_name)
        self.job_id = job_id
        self.job_name = job_name
        self._seeing = "nothing"

    @property
    def looks_once(self) -> bool:
        """Whether each run of the task looks once, and remembers nothing of the looks before."""
        return self.reschedule and not self.deferrable

    def execute(self, context: Context) -> Any:
        """Wait here or in the triggerer.

        :param context: the task's context.
        """
        with self.failing_as_airflow_wants(context):
            self.log_earlier_tries(context)
            if self.looks_once:
                return self._execute_with_pokes(context)
            watch = self.wait(self._find(context))
            return self.complete(context, self.run_or_defer(watch, self.deadline_of(context)))

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once.

        :param context: the task's context.
        """
        flow = self.wait(self._find(context)).on(self.hook.backend)
        try:
            # The flow's first pause ends the look. Transient errors are retried before that.
            result = self.hook.run(within(flow, after(0.0)))
        except WaitTimedOut as error:
            self._seeing = error.seeing
            self.log.info("Not yet: %s", error.seeing)
            return PokeReturnValue(is_done=False)
        return PokeReturnValue(is_done=True, xcom_value=self.complete(context, result))

    def wait(self, job_id: str) -> Call:
        """Return the call of the flow that waits."""
        raise NotImplementedError

    def complete(self, context: Context, result: Any) -> Any:
        """Say what was seen, and return it."""
        self.log.info("%s", result)
        return self.seen(result)

    def seen(self, result: Any) -> Any:
        """Return the task's result."""
        raise NotImplementedError

    def timed_out(self, context: Context, error: WaitTimedOut, job_id: str | None) -> Exception:
        """Return Airflow's own time-out of a sensor, which is not retried, while one by ``execution_timeout`` is.

        Where the sensor is to fail softly it is a skip.
        """
        late = self.told_late(error)
        if self.soft_fail or self.never_fail:
            return AirflowSkipException(late)
        return AirflowException(late) if self.is_out_of_execution_timeout else AirflowSensorTimeout(late)

    def failure(self, error: JobError) -> Exception:
        """Return what an error fails the task with; a skip where the sensor is to fail softly."""
        if self.never_fail or (self.soft_fail and error.hopeless):
            return AirflowSkipException(str(error))
        return super().failure(error)

    def _execute_with_pokes(self, context: Context) -> Any:
        """Let Airflow poke and reschedule; its time-out does not tell what was seen last."""
        try:
            return super().execute(context)
        except AirflowSensorTimeout as error:
            raise WaitTimedOut(0, self._seeing) from error

    def _find(self, context: Context) -> str:
        """Find the job, and publish its link."""
        job_id = self.find_job_id(self.job_id, self.job_name)
        self.push_link(context, job_id)
        return job_id
