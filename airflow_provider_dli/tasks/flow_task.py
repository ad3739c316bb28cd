"""What every task has that runs a flow: it drives the flow itself or hands it to the triggerer, and ends well."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, BaseOperator, conf

from airflow_provider_dli.flink.version import NotInThisVersion
from airflow_provider_dli.hooks.load import load_hook
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.jobs.flows import Call
from airflow_provider_dli.jobs.look import resolve
from airflow_provider_dli.jobs.outcome import as_job_error, read
from airflow_provider_dli.links.job import JobLink
from airflow_provider_dli.rest.deadline import after, left_until, to_epoch
from airflow_provider_dli.rest.errors import RestError, last_seen
from airflow_provider_dli.rest.patience import WaitTimedOut
from airflow_provider_dli.rest.wording import number_text
from airflow_provider_dli.tasks.identity import is_retry, ledger_of
from airflow_provider_dli.tasks.parameters import not_negative, positive
from airflow_provider_dli.tasks.place import Place
from airflow_provider_dli.tasks.templates import TemplatedTask

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

DEFERRABLE = conf.getboolean("operators", "default_deferrable", fallback=False)
# How much later than the wait's own deadline Airflow ends a deferred task whose triggerer is not there.
_BACKSTOP = 60.0


class FlowTask(TemplatedTask):
    """A task that runs a flow; mixed into operators and sensors."""

    #: Where its family has its jobs.
    place: ClassVar[Place]
    #: Leads to a job's page.
    link: ClassVar[type[JobLink]]
    #: Airflow's own limit of each try.
    execution_timeout: timedelta | None

    def set_up(self, deferrable: bool, poll_interval: float, grace_period: float) -> None:
        """Take over what all these tasks are given.

        :param deferrable: whether waits go on in the triggerer.
        :param poll_interval: seconds between two looks.
        :param grace_period: seconds for which transient errors are retried.
        """
        self.deferrable = deferrable
        self.poll_interval = positive("poll_interval", poll_interval)
        self.grace_period = not_negative("grace_period", grace_period)
        longest = self.execution_timeout
        # While a task is on a worker Airflow counts this itself, and while it is deferred it does not.
        self._longest_try = longest.total_seconds() if longest and deferrable else None

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
        self.require_job(job_id, job_name)
        if job_id:
            return str(job_id)
        return str(self.hook.run(resolve(self.hook.backend, job_id=None, job_name=job_name)))

    def require_job(self, job_id: Any, job_name: str | None) -> None:
        """Check that a template or another task has given a job.

        :raises ValueError: when it has not.
        """
        if not job_id and not job_name:
            raise ValueError("job_id and job_name are empty: the template or task that they come from gave nothing.")

    def push_link(self, context: Context, job_id: str) -> None:
        """Make the link to a job's page work from now on, and log its address: not every page has the link."""
        url = self.hook.backend.job_url(job_id)
        self.log.info("Job %s: %s", job_id, url)  # type: ignore[attr-defined]
        self.link.push(context, url)
        ledger_of(context).record({"job_url": url})

    def make_known(self, context: Context, **learnt: Any) -> None:
        """Publish values of this task: to other tasks as XComs, and to its own later tries in the ledger.

        :param context: the task's context.
        :param learnt: names and values, plain JSON, as in ``savepoint_path``.
        """
        for name, value in learnt.items():
            context["ti"].xcom_push(key=name, value=value)
        ledger_of(context).record(learnt)

    def log_earlier_tries(self, context: Context) -> None:
        """Log the values that earlier tries have published, where Airflow has a store for them."""
        # Entries with a dot are those of flows.
        entries = ledger_of(context).entries if is_retry(context) else {}
        published = [f"{name} {entries[name]}" for name in sorted(entries) if "." not in name]
        if published:
            self.log.info("An earlier try has left: %s.", ", ".join(published))  # type: ignore[attr-defined]

    def deadline_of(self, context: Context) -> float | None:
        """Return the deadline of this try, a moment of the monotonic clock; None for no deadline."""
        timeout: float | None = self.timeout  # type: ignore[attr-defined]
        ends = [] if timeout is None else [after(timeout)]
        if self._longest_try is not None:
            ends.append(after(self._longest_try - _age(context)))
        return min(ends, default=None)

    def pre_execute(self, context: Context) -> None:
        """Make ready to run.

        :param context: the task's context.
        """
        super().pre_execute(context)  # type: ignore[misc]
        if getattr(context["ti"], "next_method", None):
            # Airflow 2 counts it from before the deferral: it would not let this task say what it saw, or end its job.
            self.execution_timeout = None

    def on_kill(self) -> None:
        """Begin nothing more: when Airflow kills a task on a worker, it lets it go on for some seconds."""
        if "hook" in vars(self):
            self.hook.begin_nothing_more()

    def run_or_defer(self, call: Call, deadline: float | None) -> Any:
        """Run a flow here and return its result, or hand it to the triggerer, which ends this run of the task."""
        if not self.deferrable:
            return self.hook.run(call.on(self.hook.backend), deadline)
        from airflow_provider_dli.tasks.deferral import out_of_reach
        from airflow_provider_dli.triggers.flow import FlowTrigger

        job_id = call.arguments.get("job_id")
        kill = self.kill_arguments(job_id) if job_id else None
        if told := out_of_reach(kill):
            self.log.warning(told)  # type: ignore[attr-defined]
        trigger = FlowTrigger(
            self.place.hook, self.conn_id, call.flow, dict(call.arguments), self.grace_period, to_epoch(deadline), kill
        )
        backstop = None if deadline is None else timedelta(seconds=left_until(deadline) + _BACKSTOP)
        return self.defer(trigger=trigger, method_name="execute_complete", timeout=backstop)  # type: ignore[attr-defined]

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        """Go on after the triggerer has run the flow.

        :param context: the task's context.
        :param event: how the flow ended.
        """
        with self.failing_as_airflow_wants(context, (event or {}).get("job_id")):
            self.read_parameters()
            return self.complete(context, self.read_outcome(event))

    def read_outcome(self, event: dict[str, Any] | None) -> Any:
        """Return the result of the flow that the triggerer has run, or raise its error.

        :param event: the outcome.
        """
        return _read(event)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Go on after the triggerer, operators and sensors alike; one that was not there in time is a time-out.

        :param next_method: what to go on with; Airflow's ``__fail__`` when the trigger has not fired, or is broken.
        :param next_kwargs: its arguments.
        :param context: the task's context.
        """
        if next_method != "__fail__":
            return BaseOperator.resume_execution(cast("BaseOperator", self), next_method, next_kwargs, context)
        from airflow_provider_dli.tasks.deferral import why_not_fired

        ti = context["ti"]
        job_id = ti.xcom_pull(task_ids=ti.task_id, map_indexes=ti.map_index, key="job_id")
        told = next_kwargs or {}
        if told.get("traceback"):
            self.log.error("The trigger failed:\n%s", "".join(told["traceback"]).rstrip())  # type: ignore[attr-defined]
        with self.failing_as_airflow_wants(context, job_id):
            self.read_parameters()
            raise why_not_fired(told, job_id)

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
        timeout: float | None = self.timeout  # type: ignore[attr-defined]
        if self.is_out_of_execution_timeout:
            longest = number_text(self._longest_try or 0.0)
            return f"Timed out after {longest} s, the execution_timeout.{last_seen(error.seeing)}"
        return f"Timed out after {number_text(timeout or 0.0)} s.{last_seen(error.seeing)}"

    @property
    def is_out_of_execution_timeout(self) -> bool:
        """Whether a wait that took too long did so by Airflow's ``execution_timeout``, the shorter one."""
        timeout: float | None = self.timeout  # type: ignore[attr-defined]
        return self._longest_try is not None and (timeout is None or self._longest_try < timeout)

    def explained(self, context: Context, error: JobError) -> JobError:
        """Return an error with what only a worker can add to it; it must not fail."""
        return error

    def failed(self, context: Context, error: JobError) -> None:
        """Keep what must not be lost of an error, before it is raised: a savepoint that was made all the same."""
        if error.savepoint_path:
            self.make_known(context, savepoint_path=error.savepoint_path)

    def failure(self, error: JobError) -> Exception:
        """Return what an error fails the task with: what repeating cannot heal is not retried."""
        return AirflowFailException(str(error)) if error.hopeless else AirflowException(str(error))

    def failing_as_airflow_wants(self, context: Context, job_id: str | None = None) -> AbstractContextManager[None]:
        """Return a context that turns errors into what Airflow understands.

        :param context: the task's context.
        :param job_id: the task's job, where it is known.
        """
        return _Failing(self, context, job_id)

    def failure_of(self, context: Context, error: BaseException | None, job_id: str | None) -> Exception | None:
        """Return what an error fails the task with, once what must not be lost of it is kept; None for any other error.

        :param context: the task's context.
        :param error: the error; None for none.
        :param job_id: the task's job, where it is known.
        """
        if isinstance(error, WaitTimedOut):
            return self.timed_out(context, error, job_id)
        if not isinstance(error, (JobError, RestError, NotInThisVersion, ValueError)):
            return None
        explained = self.explained(context, as_job_error(error))
        self.failed(context, explained)
        return self.failure(explained)


class _Failing(AbstractContextManager[None]):
    """Turns the errors of a task into what Airflow understands.

    The message of such an error has the cause. Airflow logs the frames of an exception and of each one that led to it,
    and the message would be above some fifty of them. So the exception stands alone, and no helper adds a frame.
    """

    def __init__(self, task: FlowTask, context: Context, job_id: str | None) -> None:
        self._task = task
        self._context = context
        self._job_id = job_id

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        failure = self._task.failure_of(self._context, error, self._job_id)
        if failure:
            self._task.log.debug("The cause of the failure:", exc_info=error)  # type: ignore[attr-defined]
            raise failure from None


def _age(context: Context) -> float:
    """Return the seconds since this try began, by the clock of the worker: it has begun on this machine."""
    started = getattr(context["ti"], "start_date", None)
    return max(time.time() - started.timestamp(), 0.0) if started else 0.0


def _read(event: dict[str, Any] | None) -> Any:
    try:
        return read(event)
    except ValueError as error:
        # An older or newer version of this package has run the trigger: another try heals that.
        raise AirflowException(str(error)) from None
