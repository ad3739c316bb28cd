"""What every task has that runs a flow: it drives the flow itself or hands it to the triggerer, and ends well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, BaseOperator, conf

from airflow_provider_dli.flink.version import NotInThisVersion
from airflow_provider_dli.hooks.load import load_hook
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.jobs.flows import Call
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.jobs.look import resolve
from airflow_provider_dli.jobs.outcome import as_job_error, read
from airflow_provider_dli.links.job import JobLink
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.patience import WaitTimedOut
from airflow_provider_dli.tasks.parameters import not_negative, positive
from airflow_provider_dli.tasks.place import Place

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

DEFERRABLE = conf.getboolean("operators", "default_deferrable", fallback=False)
# How much later than the wait's own deadline Airflow ends a deferred task whose triggerer is not there.
_BACKSTOP = 60.0


class FlowTask:
    """A task that runs a flow; mixed into operators and sensors."""

    #: Where its family has its jobs.
    place: ClassVar[Place]
    #: Leads to a job's page.
    link: ClassVar[type[JobLink]]

    def set_up(self, deferrable: bool, poll_interval: float, grace_period: float) -> None:
        """Take over what all these tasks are given.

        :param deferrable: whether waits go on in the triggerer.
        :param poll_interval: seconds between two looks.
        :param grace_period: seconds for which a hiccup of the service is ridden out.
        """
        self.deferrable = deferrable
        self.poll_interval = positive("poll_interval", poll_interval)
        self.grace_period = not_negative("grace_period", grace_period)

    @property
    def conn_id(self) -> str:
        """The connection, as the task's own parameter names it."""
        return str(getattr(self, self.place.conn_id))

    @cached_property
    def hook(self) -> Any:
        """The hook of the task's connection."""
        return load_hook(self.place.hook)(self.conn_id, grace_period=self.grace_period)

    def find_job_id(self, job_id: Any, job_name: str | None) -> str:
        """Return the id of the job that is meant."""
        if not job_id and not job_name:
            raise ValueError("job_id and job_name are empty: the template or task that they come from gave nothing.")
        if job_id:
            return self.place.job_identifier("job_id", job_id)
        return str(self.hook.run(resolve(self.hook.backend, job_id=None, job_name=job_name)))

    def push_link(self, context: Context, job_id: str) -> None:
        """Make the link to a job's page work from now on."""
        self.link.push(context, self.hook.backend.job_url(job_id))

    def run_or_defer(self, call: Call, deadline: float | None) -> Any:
        """Run a flow here and return its result, or hand it to the triggerer, which ends this run of the task."""
        if not self.deferrable:
            return self.hook.run(call.on(self.hook.backend), deadline)
        from airflow_provider_dli.triggers.flow import FlowTrigger

        job_id = call.arguments.get("job_id")
        kill = self.kill_arguments(job_id) if job_id else None
        trigger = FlowTrigger(
            self.place.hook, self.conn_id, call.flow, dict(call.arguments), self.grace_period, deadline, kill
        )
        backstop = timedelta(seconds=deadline - time.time() + _BACKSTOP) if deadline else None
        return self.defer(trigger=trigger, method_name="execute_complete", timeout=backstop)  # type: ignore[attr-defined]

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        """Go on after the triggerer has run the flow.

        :param context: the task's context.
        :param event: how the flow ended.
        """
        with self.failing_as_airflow_wants(context, (event or {}).get("job_id")):
            return self.complete(context, _read(event))

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Go on after the triggerer, operators and sensors alike; one that was not there in time is a time-out.

        :param next_method: what to go on with; Airflow's ``__fail__`` when the trigger has not fired.
        :param next_kwargs: its arguments.
        :param context: the task's context.
        """
        if next_method == "__fail__" and "timeout" in str((next_kwargs or {}).get("error")).lower():
            ti = context["ti"]
            job_id = ti.xcom_pull(task_ids=ti.task_id, map_indexes=ti.map_index, key="job_id")
            with self.failing_as_airflow_wants(context, job_id):
                raise WaitTimedOut(0, "nothing, for no triggerer has answered; see whether one runs")
        return BaseOperator.resume_execution(cast("BaseOperator", self), next_method, next_kwargs, context)

    def complete(self, context: Context, result: Any) -> Any:
        """Publish a flow's result; the same for one that ran here, and one that ran in the triggerer."""
        raise NotImplementedError

    def kill_arguments(self, job_id: str) -> dict[str, Any] | None:
        """Return how to end the job when the task is killed; None to leave it alone, as one that this task watches."""
        return None

    def timed_out(self, context: Context, error: WaitTimedOut, job_id: str | None) -> Exception:
        """Return what a wait that took too long fails with."""
        return AirflowException(self.told_late(error))

    def told_late(self, error: WaitTimedOut) -> str:
        """Tell of a wait that took too long, in the triggerer as well: the trigger knows only its own part of it."""
        timeout: float = self.timeout  # type: ignore[attr-defined]
        return f"Timed out after {timeout:g} s. Last seen: {error.seeing.rstrip('.')}."

    def failed(self, context: Context, error: JobError) -> None:
        """Keep what must not be lost of an error, before it is raised."""

    def failure(self, error: JobError) -> Exception:
        """Return what an error fails the task with: what repeating cannot heal is not retried."""
        return AirflowFailException(str(error)) if error.hopeless else AirflowException(str(error))

    @contextmanager
    def failing_as_airflow_wants(self, context: Context, job_id: str | None = None) -> Iterator[None]:
        """Turn errors into what Airflow understands."""
        try:
            yield
        except WaitTimedOut as error:
            raise self.timed_out(context, error, job_id) from error
        except (JobError, RestError, NotInThisVersion, ValueError) as error:
            told = as_job_error(error)
            self.failed(context, told)
            raise self.failure(told) from error


def _read(event: dict[str, Any] | None) -> Any:
    try:
        return read(event)
    except ValueError as error:
        # An older or newer version of this package has run the trigger: another try heals that.
        raise AirflowException(str(error)) from error


def identity_of(context: Context) -> Identity:
    """Return who asks. A retry keeps ``max_tries``, a clear raises it: so a cleared task starts afresh."""
    ti = context["ti"]
    map_index = -1 if ti.map_index is None else ti.map_index
    return Identity(ti.dag_id, ti.run_id, ti.task_id, map_index, ti.max_tries)


def is_retry(context: Context) -> bool:
    """Tell whether there was an earlier try of this identity."""
    ti, task = context["ti"], context["task"]
    return bool(ti.try_number > ti.max_tries - (task.retries or 0) + 1)


def first_try_began(context: Context) -> float | None:
    """Return a moment before the first try of this identity, in seconds since the epoch; None in the first try."""
    if not is_retry(context):
        return None
    started = context["dag_run"].start_date
    return started.timestamp() if started else None
