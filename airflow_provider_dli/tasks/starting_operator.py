"""Base class of operators that start a job: how far they wait, and what becomes of the job when they are killed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.end import (
    CANCEL_UNLESS_RETRIED,
    CHOICES,
    SECONDS_FOR_A_STOP,
    STOP_WITH_SAVEPOINT,
    Ending,
    end_job,
)
from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.jobs.model import WaitUntil
from airflow_provider_dli.jobs.wait import wait_for_job
from airflow_provider_dli.rest.deadline import after, left_until
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.tasks.deferral import ENDED_BY_ITSELF, triggers_hear_of_kills
from airflow_provider_dli.tasks.flow_operator import FlowOperator
from airflow_provider_dli.tasks.identity import attempt_of, identity_of
from airflow_provider_dli.tasks.parameters import check_choice

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_dli.rest.patience import WaitTimedOut

# Airflow gives a task that it kills five seconds.
SECONDS_LEFT_BY_A_KILL = 4.0


class StartingOperator(FlowOperator):
    """Base class of operators that start a job.

    :param wait_until: ``submitted``, ``running`` (all its tasks run), ``checkpointed`` or ``finished``.
    :param on_kill: what happens to the job when the task is killed or times out: ``detach`` leaves it running,
        ``cancel`` cancels it, ``stop_with_savepoint`` stops it. ``cancel_unless_retried`` is ``cancel``, except that a
        kill on a worker leaves the job running where Airflow tries the task again, and the next try attaches to it.
        Default: ``cancel`` when waiting until it is finished, else ``detach``.
    """

    #: Where a stop with a savepoint writes; None for the cluster's default.
    savepoint_directory: str | None
    #: Who the task instance is, once it runs.
    identity: Identity

    def __init__(self, *, wait_until: str = WaitUntil.RUNNING.value, on_kill: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_choice("wait_until", wait_until, [until.value for until in WaitUntil])
        check_choice("on_kill", on_kill or "cancel", CHOICES)
        self.wait_until = WaitUntil(wait_until).value
        self.kill_choice = on_kill or ("cancel" if self.wait_until == WaitUntil.FINISHED.value else "detach")
        self._job_id: str | None = None
        self._is_submitting = False
        # The running task instance; None outside of a run.
        self._ti: Any = None

    def execute(self, context: Context) -> Any:
        """Start the job, and wait for it here or in the triggerer.

        :param context: the task's context.
        """
        execute = super().execute
        return self._run_to_its_end(context, lambda: execute(context))

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Resume after the wait in the triggerer.

        :param next_method: the method that Airflow resumes with.
        :param next_kwargs: its arguments.
        :param context: the task's context.
        """
        resume = super().resume_execution
        return self._run_to_its_end(context, lambda: resume(next_method, next_kwargs, context))

    def _run_to_its_end(self, context: Context, run: Callable[[], Any]) -> Any:
        """Run a part of the task; publish if the task ends by itself, as a late kill must not undo what it did.

        A result publishes that as well: Airflow pushes it before it ends the task.
        """
        self._ti = context["ti"]
        try:
            result = run()
        except AirflowException as error:
            self._publish_end()
            # Airflow logs the frames above the message.
            raise error.with_traceback(None) from error.__cause__
        except Exception:
            self._publish_end()
            raise
        if result is None or not self.do_xcom_push:
            self._publish_end()
        return result

    def _publish_end(self) -> None:
        if self.deferrable and triggers_hear_of_kills():
            # A task that fails because Airflow is not reachable must show that error, and not this one.
            with suppress(Exception):
                self._ti.xcom_push(key=ENDED_BY_ITSELF, value=True)

    def attempt(self, context: Context, operation: str) -> Attempt:
        """Return which try this is at starting a job of the task's own.

        :param context: the task's context.
        :param operation: what starts it, as in ``run``.
        """
        stopped_by_kill = self.kill_choice == STOP_WITH_SAVEPOINT
        return attempt_of(context, operation, owns_job=True, stopped_by_kill=stopped_by_kill)

    def submitting(self, job_id: str) -> None:
        """Note that a job may be there from now on."""
        self._job_id, self._is_submitting = job_id, True

    def started(self, context: Context, job_id: str) -> Call | None:
        """Publish a job that is there; return the call of the flow to wait for, if one is wanted."""
        self.submitted(job_id)
        self.publish(context, job_id)
        return self.wait(job_id)

    def submitted(self, job_id: str) -> None:
        """Note that a job is there."""
        self._job_id, self._is_submitting = job_id, False

    def wait(self, job_id: str) -> Call | None:
        """Return the call of the flow that waits for a job which is there; None where nothing is to be waited for."""
        if self.wait_until == WaitUntil.SUBMITTED.value:
            return None
        return call(
            wait_for_job,
            job_id=job_id,
            until=self.wait_until,
            poll_interval=self.poll_interval,
            known=True,
            recovery=self.grace_period,
        )

    def on_kill(self) -> None:
        """Do with the job what ``on_kill`` says; Airflow calls this when it kills the task on a worker."""
        self.end_job_by(after(SECONDS_LEFT_BY_A_KILL))

    def end_job_by(self, moment: float) -> None:
        """Do with the job of a killed task, where there is one, what ``on_kill`` says.

        :param moment: the deadline for that, a moment of the monotonic clock.
        """
        super().on_kill()
        if not self._job_id:
            return
        if self.kill_choice == CANCEL_UNLESS_RETRIED and self._is_tried_again:
            self.log.warning(
                "Job %s is left running, as on_kill=%r says: this was try %d of %d, and the next try attaches to the "
                "job. If a person has ended the task instead, cancel the job by hand: %s",
                self._job_id,
                self.kill_choice,
                self._ti.try_number,
                self._ti.max_tries + 1,
                self.hook.backend.job_url(self._job_id),
            )
            return
        seconds = left_until(moment)
        self._end_job(self._job_id, seconds, grace=max(seconds - 1, 0.0))

    @property
    def _is_tried_again(self) -> bool:
        """Whether Airflow tries the task again after a kill, by its own rule; known without a request."""
        return self._ti is not None and self._ti.try_number <= self._ti.max_tries

    def timed_out(self, context: Context, error: WaitTimedOut, job_id: str | None) -> Exception:
        """Do with the job what ``on_kill`` says, and return what to fail with."""
        self.identity = identity_of(context)
        # A kill that comes while the job is being ended is about the same job.
        job_id = self._job_id = job_id or self._job_id
        ending = Ending("No job was started.")
        if job_id:
            ending = self._end_job(job_id, SECONDS_FOR_A_STOP, self.grace_period)
        if ending.savepoint_path:
            self.make_known(context, savepoint_path=ending.savepoint_path)
        return AirflowException(f"{self.told_late(error)} {ending.sentence}")

    def kill_arguments(self, job_id: str) -> dict[str, Any]:
        """Return the arguments of :func:`~airflow_provider_dli.jobs.end.end_job` for the job of this task."""
        return {
            "job_id": job_id,
            "how": self.kill_choice,
            "directory": self.savepoint_directory,
            "operation_id": self.identity.kill_id,
        }

    def ending(self, job_id: str, turns_up_within: float) -> Flow[Ending]:
        """Return the flow that ends the job of this task as ``on_kill`` says.

        :param job_id: the job.
        :param turns_up_within: seconds within which it may turn up, while its submission is in progress; else 0.
        """
        return end_job(self.hook.backend, **self.kill_arguments(job_id), turns_up_within=turns_up_within)

    def _end_job(self, job_id: str, seconds: float, grace: float) -> Ending:
        """End the job as ``on_kill`` says; what became of it must not hide why it had to end."""
        try:
            flow = self.ending(job_id, grace if self._is_submitting else 0.0)
            ending: Ending = self.hook.run_apart(flow, seconds, grace)
        except Exception as error:
            ending = Ending(f"Whether job {job_id} was ended is unclear: {error}")
        self.log.warning(ending.sentence)
        return ending
