"""What every task has that runs a flow: it drives the flow itself or hands it to the triggerer, and ends well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, conf

from airflow_provider_dli.jobs.errors import JobError, JobNotFound
from airflow_provider_dli.jobs.flows import Call
from airflow_provider_dli.jobs.identity import Identity, check_id
from airflow_provider_dli.jobs.look import resolve
from airflow_provider_dli.jobs.outcome import as_job_error, read
from airflow_provider_dli.operators.parameters import check_positive
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.patience import WaitTimedOut

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_dli.hooks.flink import FlinkHook

DEFERRABLE = conf.getboolean("operators", "default_deferrable", fallback=False)
# How much later than the wait's own deadline Airflow ends a deferred task whose triggerer is not there.
_BACKSTOP = 60.0


class FlowTask:
    """A task that runs a flow; mixed into operators and sensors.

    :param flink_conn_id: the connection.
    :param deferrable: whether waits go on in the triggerer.
    :param poll_interval: seconds between two looks.
    :param grace_period: seconds for which a hiccup of the cluster is ridden out.
    """

    def _set_up(self, flink_conn_id: str, deferrable: bool, poll_interval: float, grace_period: float) -> None:
        check_positive("poll_interval", poll_interval)
        self.flink_conn_id = flink_conn_id
        self.deferrable = deferrable
        self.poll_interval = poll_interval
        self.grace_period = grace_period

    @cached_property
    def hook(self) -> FlinkHook:
        """The hook of the task's connection."""
        from airflow_provider_dli.hooks.flink import FlinkHook

        return FlinkHook(self.flink_conn_id, grace_period=self.grace_period)

    def find_job_id(self, job_id: str | None, job_name: str | None) -> str:
        """Return the id of the job that is meant."""
        try:
            job_id = check_id(job_id) if job_id else None
        except ValueError as error:
            raise JobNotFound(str(error)) from None
        return self.hook.run(resolve(self.hook.backend, job_id=job_id, job_name=job_name))

    def run_or_defer(self, call: Call, deadline: float | None) -> Any:
        """Run a flow here and return its result, or hand it to the triggerer, which ends this run of the task."""
        if not self.deferrable:
            return self.hook.run(call.on(self.hook.backend), deadline)
        from airflow_provider_dli.triggers.flow import FlowTrigger

        kill = self.kill_arguments(call.arguments["job_id"])
        trigger = FlowTrigger(self.flink_conn_id, call.flow, dict(call.arguments), self.grace_period, deadline, kill)
        backstop = timedelta(seconds=deadline - time.time() + _BACKSTOP) if deadline else None
        return self.defer(trigger=trigger, method_name="execute_complete", timeout=backstop)  # type: ignore[attr-defined]

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        """Go on after the triggerer has run the flow.

        :param context: the task's context.
        :param event: how the flow ended.
        """
        with self.failing_as_airflow_wants(context, (event or {}).get("job_id")):
            return self.complete(context, read(event))

    def complete(self, context: Context, result: Any) -> Any:
        """Publish a flow's result; the same for one that ran here, and one that ran in the triggerer."""
        raise NotImplementedError

    def kill_arguments(self, job_id: str) -> dict[str, Any] | None:
        """Return how to end the job when the task is killed; None to leave it alone, as one that this task watches."""
        return None

    def timed_out(self, context: Context, error: WaitTimedOut, job_id: str | None) -> Exception:
        """Return what a wait that took too long fails with."""
        return AirflowException(str(error))

    def failed(self, context: Context, error: JobError) -> None:
        """Keep what must not be lost of an error, before it is raised."""

    @contextmanager
    def failing_as_airflow_wants(self, context: Context, job_id: str | None = None) -> Iterator[None]:
        """Turn errors into what Airflow understands: what repeating cannot heal is not retried."""
        try:
            yield
        except WaitTimedOut as error:
            raise self.timed_out(context, error, job_id) from error
        except (JobError, RestError) as error:
            told = as_job_error(error)
            self.failed(context, told)
            raise AirflowFailException(str(told)) if told.hopeless else AirflowException(str(told)) from error


def identity_of(context: Context) -> Identity:
    """Return who asks. A retry keeps ``max_tries``, a clear raises it: so a cleared task starts afresh."""
    ti = context["ti"]
    map_index = -1 if ti.map_index is None else ti.map_index
    return Identity(ti.dag_id, ti.run_id, ti.task_id, map_index, ti.max_tries)


def first_try_began(context: Context) -> float | None:
    """Return a moment before the first try of this identity, in seconds since the epoch; None in the first try."""
    ti, task = context["ti"], context["task"]
    if ti.try_number <= ti.max_tries - (task.retries or 0) + 1:
        return None
    started = context["dag_run"].start_date
    return started.timestamp() if started else None
