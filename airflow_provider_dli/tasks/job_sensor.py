"""Base class of all sensors, of both back ends: each waits for something of one job."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar, cast

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowSensorTimeout,
    AirflowSkipException,
    BaseSensorOperator,
    PokeReturnValue,
)

from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.jobs.flows import Call
from airflow_provider_dli.jobs.look import newest_named, no_job_yet
from airflow_provider_dli.jobs.model import Watched
from airflow_provider_dli.rest.errors import last_seen
from airflow_provider_dli.rest.flow import Flow, Pause, to_next_pause
from airflow_provider_dli.rest.patience import WaitTimedOut
from airflow_provider_dli.tasks.flow_task import DEFERRABLE, FlowTask
from airflow_provider_dli.tasks.parameters import check_one_job, positive

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import AirflowTaskTimeout, Context
else:
    # The lowest version of common-compat does not have it.
    try:
        from airflow.sdk.exceptions import AirflowTaskTimeout
    except ImportError:
        from airflow.exceptions import AirflowTaskTimeout

T = TypeVar("T")

_DEFAULT_INTERVAL = 10.0
_MOMENT = 0.001


class JobSensor(FlowTask, BaseSensorOperator):
    """Waits for something of one job.

    ``mode``, ``timeout``, ``exponential_backoff``, ``max_wait``, ``soft_fail``, ``never_fail`` and ``silent_fail`` are
    those of every Airflow sensor, and mean the same when the sensor is deferred. A sensor by ``job_name`` waits for the
    job to appear; one by ``job_id`` fails where there is no such job.

    :param job_id: the job's id, or (templated)
    :param job_name: its exact name. (templated)
    :param deferrable: whether the wait goes on in the triggerer.
    :param poll_interval: seconds between two polls, above 0. Default: ``poke_interval``.
    :param poke_interval: the same, by Airflow's name; where both are given as arguments, or both in ``default_args``,
        this one counts. Default: 10.
    :param grace_period: seconds for which transient errors are retried.
    """

    ui_color = "#d6e5f5"

    def __init__(
        self,
        *,
        job_id: Any = None,
        job_name: str | None = None,
        deferrable: bool = DEFERRABLE,
        poll_interval: float | timedelta | None = None,
        poke_interval: float | timedelta | None = None,
        grace_period: float = 60.0,
        **kwargs: Any,
    ) -> None:
        interval = _interval(poll_interval, poke_interval, kwargs.get("default_args") or {})
        super().__init__(poke_interval=interval, **kwargs)
        self.set_up(deferrable, interval, grace_period)
        check_one_job(job_id, job_name)
        self.check(job_id=job_id, job_name=job_name)
        self.job_id = job_id
        self.job_name = job_name
        self._seeing = "nothing"
        # The wait between two pokes; None before it has begun.
        self._waiting: Flow[Any] | None = None
        #: Whether no job had the name when the sensor began.
        self.came_late = False

    @property
    def looks_once(self) -> bool:
        """Whether each run of the task polls once, and remembers nothing of the polls before."""
        return self.reschedule and not self.deferrable

    def execute(self, context: Context) -> Any:
        """Wait here or in the triggerer.

        :param context: the task's context.
        """
        try:
            with self.failing_as_airflow_wants(context):
                self.read_parameters()
                self.log_earlier_tries(context)
                return self._defer(context) if self.deferrable else self._poke_until_done(context)
        except AirflowTaskTimeout as error:
            if self.soft_fail or self.never_fail:
                raise AirflowSkipException(f"{error}.{last_seen(self._seeing)}") from None
            raise

    def poke(self, context: Context) -> PokeReturnValue:
        """Poll once.

        :param context: the task's context.
        """
        with self._never_failing(), self.failing_as_airflow_wants(context):
            self.read_parameters()
            result = self._poll(context)
            if not isinstance(result, Pause):
                return PokeReturnValue(is_done=True, xcom_value=self.complete(context, result))
            if result.seeing != self._seeing:
                self.log.info("Not yet: %s", result.seeing)
            self._seeing = result.seeing
        return PokeReturnValue(is_done=False)

    def wait(self, job_id: str | None) -> Call:
        """Return the call of the flow that waits.

        :param job_id: the job; None for one that does not exist yet.
        """
        raise NotImplementedError

    def complete(self, context: Context, result: Any) -> Any:
        """Log the result of the wait, and return that of the task."""
        if isinstance(result, Watched):
            self.push_link(context, result.job_id)
            result = result.result
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
        """Return the exception of an error; a skip where the sensor is to fail softly."""
        is_skipped = self.never_fail and not (self._pokes_on and not error.hopeless)
        if is_skipped or (self.soft_fail and error.hopeless):
            return AirflowSkipException(str(error))
        return super().failure(error)

    @property
    def _pokes_on(self) -> bool:
        """Whether Airflow pokes again after an error that may be transient."""
        return self.silent_fail and not self.deferrable

    def ask(self, attempt: Callable[[], Flow[T]], deadline: float | None = None) -> T:
        """Run a flow on the worker; with ``silent_fail`` again after errors, as Airflow pokes again where it pokes.

        :param attempt: returns the flow, from its beginning.
        :param deadline: the deadline, a moment of the monotonic clock; None for none.
        """
        if not (self.silent_fail and self.deferrable):
            return cast("T", self.hook.run(attempt(), deadline))
        from airflow_provider_dli.jobs.watch import persistently

        return cast("T", self.hook.run(persistently(attempt, self.poll_interval), deadline))

    def _poll(self, context: Context) -> Any:
        """Resume the wait up to its next pause; return that, or the result of the wait."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            job_id = self._find(context)
            if job_id is None:
                flow = no_job_yet(self.hook.backend, str(self.job_name), self._seeing)
                return Pause(self.poll_interval, self.hook.run(flow))
            waiting = self.wait(job_id).on(self.hook.backend)
        result = self.hook.run(to_next_pause(waiting))
        if isinstance(result, Pause) and not self.looks_once:
            self._waiting = waiting
        return result

    def _poke_until_done(self, context: Context) -> Any:
        """Let Airflow poke, and reschedule; its time-out does not contain what was seen last."""
        try:
            return super().execute(context)
        except AirflowSensorTimeout as error:
            raise WaitTimedOut(0, self._seeing) from error

    def _get_next_poke_interval(self, started_at: Any, run_duration: Callable[[], float], poke_count: int) -> float:
        """Return the seconds until the next poke; unlike with Airflow, the last pause ends when ``timeout`` is over."""
        interval: float = super()._get_next_poke_interval(started_at, run_duration, poke_count)
        # Airflow compares with "greater than".
        left = self.timeout - run_duration() + _MOMENT
        return max(min(interval, left), _MOMENT)

    def _defer(self, context: Context) -> Any:
        """Hand the wait to the triggerer."""
        deadline = self.deadline_of(context)
        with self._never_failing():
            job_id = self._find(context, deadline)
            waiting = self.wait(job_id)
        return self.run_or_defer(self._watched(waiting, job_id), deadline)

    def _watched(self, waiting: Call, job_id: str | None) -> Call:
        """Return the call of a wait that does what the sensor's parameters of Airflow require."""
        if job_id and not (self.exponential_backoff or self.silent_fail):
            return waiting
        arguments = {
            "flow": waiting.flow,
            "arguments": {name: value for name, value in waiting.arguments.items() if name != "job_id"},
            "poll_interval": self.poll_interval,
            "job_id": job_id,
            "job_name": None if job_id else self.job_name,
            "backs_off": bool(self.exponential_backoff),
            "max_wait": self.max_wait.total_seconds() if self.max_wait else None,
            "keeps_trying": self.silent_fail,
        }
        return Call("watch", arguments)

    def _find(self, context: Context, deadline: float | None = None) -> str | None:
        """Find the job, and publish its link; None where no job has the name yet."""
        self.require_job(self.job_id, self.job_name)
        job_id: str | None = self.job_id or self.ask(self._named, deadline)
        if job_id is None:
            self.came_late = True
        else:
            self.push_link(context, job_id)
        return job_id

    def _named(self) -> Flow[str | None]:
        job = yield from newest_named(self.hook.backend, str(self.job_name))
        return job.id if job else None

    @contextmanager
    def _never_failing(self) -> Iterator[None]:
        """Skip the task after any error where ``never_fail`` is set, as Airflow does around a poke."""
        try:
            yield
        except AirflowSkipException:
            raise
        except Exception as error:
            if not self.never_fail or self._pokes_on:
                raise
            raise AirflowSkipException(str(error) or type(error).__name__) from None


def _interval(
    poll_interval: float | timedelta | None, poke_interval: float | timedelta | None, defaults: Mapping[str, Any]
) -> float:
    """Return the seconds between two polls: what a task is given counts more than what its DAG has for all tasks."""
    both = {"poke_interval": poke_interval, "poll_interval": poll_interval}
    given = {name: value for name, value in both.items() if value is not None}
    own = {name: value for name, value in given.items() if value != defaults.get(name)}
    name, value = next(iter((own or given or {"poll_interval": _DEFAULT_INTERVAL}).items()))
    return positive(name, value)
