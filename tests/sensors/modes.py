"""The three modes of a sensor, in virtual time, on a scripted wait: Airflow's own loop, and the trigger's flow."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferred,
)

from airflow_provider_dli.jobs.flows import Call
from airflow_provider_dli.jobs.model import Checkpoint, Job, JobState, Reading
from airflow_provider_dli.jobs.outcome import failed, succeeded
from airflow_provider_dli.rest.deadline import from_epoch
from airflow_provider_dli.rest.flow import Flow, Pause, Step, Work, drive, pause
from airflow_provider_dli.rest.patience import Patience, patiently, within
from tests.airflow_engine import context_of
from tests.conftest import AIRFLOW_3
from tests.every_task import JOB, LEAST

if AIRFLOW_3:
    from airflow.sdk.bases import sensor as airflow_sensor
    from airflow.sdk.exceptions import AirflowRescheduleException
else:
    from airflow.exceptions import AirflowRescheduleException
    from airflow.sensors import base as airflow_sensor

MODES: Mapping[str, dict[str, Any]] = {
    "poke": {"mode": "poke"},
    "reschedule": {"mode": "reschedule"},
    "deferred": {"deferrable": True},
    "deferred, with mode=reschedule": {"mode": "reschedule", "deferrable": True},
}
PENDING = "PENDING"
_BEGIN = 1_800_000_000.0


@dataclass
class Clock:
    """Time that passes only while somebody sleeps."""

    now: float = 0.0
    sleeps: list[float] = field(default_factory=list)
    #: Raised by a sleep that goes beyond this moment, as by Airflow's execution_timeout.
    alarm: tuple[float, BaseException] | None = None

    def sleep(self, seconds: float) -> None:
        if self.alarm and self.now + seconds >= self.alarm[0]:
            raise self.alarm[1]
        self.sleeps.append(round(seconds, 2))
        self.now += seconds

    def utcnow(self) -> datetime:
        return datetime.fromtimestamp(_BEGIN + self.now, timezone.utc)


class FakeBackend:
    """Knows a job of a name, from some moment on.

    :param missing: seconds for which no job has the name.
    :param several: whether two jobs have it.
    :param error: what the first lookup raises.
    """

    clock: Clock

    called = "the cluster"
    forgets = ""

    def __init__(self, missing: float = 0.0, several: bool = False, error: Exception | None = None) -> None:
        self.missing, self.several, self.error = missing, several, error

    def jobs_named(self, name: str) -> Flow[list[Job]]:
        yield from ()
        if self.error:
            error, self.error = self.error, None
            raise error
        if self.clock.now < self.missing:
            return []
        return [Job(JOB, name, JobState.RUNNING, "RUNNING")] * (2 if self.several else 1)

    def all_jobs(self) -> Flow[dict[str, Job]]:
        yield from ()
        return {JOB: Job(JOB, "another", JobState.RUNNING, "RUNNING")}

    def find(self, job_id: str) -> Flow[Job | None]:
        yield from ()
        return Job(job_id, "orders", JobState.RUNNING, "RUNNING", started=1.0, age=1.0)

    def job_url(self, job_id: str) -> str:
        return f"http://jobs/{job_id}"


@dataclass
class Outcome:
    """How a sensor ended.

    :param word: ``success``, ``skipped``, ``final`` (fails without a retry), ``timed out``, or ``failed``.
    :param polls: the moments of the polls.
    :param pauses: the seconds of the pauses between them.
    """

    word: str
    polls: list[float]
    pauses: list[float]
    text: str
    xcoms: dict[str, Any]
    result: Any = None


class Bench:
    """Runs sensors of any kind in any mode.

    :param monkeypatch: replaces the clocks, and the flows that wait.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = Clock()
        self.monkeypatch = monkeypatch
        self.script: list[Any] = []
        self.polls: list[float] = []
        monkeypatch.setattr(time, "sleep", self.clock.sleep)
        monkeypatch.setattr(time, "monotonic", lambda: self.clock.now)
        monkeypatch.setattr(time, "time", lambda: _BEGIN + self.clock.now)
        monkeypatch.setattr(airflow_sensor, "timezone", SimpleNamespace(utcnow=self.clock.utcnow))
        if not AIRFLOW_3:
            monkeypatch.setattr(airflow_sensor, "_orig_start_date", lambda **given: self.clock_start)
        self.clock_start = self.clock.utcnow()
        on = Call.on
        monkeypatch.setattr(
            Call, "on", lambda call, backend: on(call, backend) if call.flow == "watch" else self._scripted(call)
        )

    def _scripted(self, call: Call) -> Flow[Any]:
        """Do at each poll what the script has next; its last entry is repeated."""
        while True:
            self.polls.append(round(self.clock.now, 2))
            what = self.script[0] if len(self.script) == 1 else self.script.pop(0)
            if isinstance(what, Exception):
                raise what
            if what is not PENDING:
                return what
            yield from pause(call.arguments["poll_interval"], "job 'orders' is RUNNING")

    def run(self, kind: Any, mode: str, *script: Any, backend: FakeBackend | None = None, **given: Any) -> Outcome:
        """Run a sensor to its end.

        :param kind: its class.
        :param mode: one of :data:`MODES`.
        :param script: what its polls see: :data:`PENDING`, an error, or ``DONE``.
        :param backend: the back end.
        :param given: parameters.
        """
        self.clock.now, self.polls = 0.0, []
        self.clock.sleeps.clear()
        self.script = [result_of(kind) if what == "DONE" else what for what in script] or [result_of(kind)]
        self.backend = backend or FakeBackend()
        self.backend.clock = self.clock
        least = {name: value for name, value in LEAST[kind].items() if not (name == "job_id" and "job_name" in given)}
        after = {"after": datetime(2026, 1, 1)} if "after" in kind.template_fields else {}
        made = {**least, **after, **MODES[mode], **given}
        context: Any = None
        try:
            context = context_of(self._task(kind, made))
            context["ti"].get_first_reschedule_date = lambda context: self.clock_start
            result = self._run(kind, made, context)
        except BaseException as error:
            return self._outcome(_word(error), context, str(error))
        return self._outcome("success", context, "", result)

    def _run(self, kind: Any, made: dict[str, Any], context: Any) -> Any:
        while True:
            try:
                return self._task(kind, made).execute(context)
            except AirflowRescheduleException as again:
                self.clock.sleep((again.reschedule_date - self.clock.utcnow()).total_seconds())
            except TaskDeferred as deferred:
                event = {**self._trigger(deferred.trigger), "job_id": deferred.trigger.call.arguments.get("job_id")}
                return self._task(kind, made).resume_execution(deferred.method_name, {"event": event}, context)

    def _trigger(self, trigger: Any) -> dict[str, Any]:
        flow = within(
            patiently(trigger.call.on(self.backend), Patience(0), clock=lambda: self.clock.now),
            from_epoch(trigger.deadline),
            clock=lambda: self.clock.now,
        )
        try:
            return succeeded(drive(flow, self._perform))
        except Exception as error:
            return failed(error)

    def _perform(self, step: Step) -> Any:
        if isinstance(step, Pause):
            return self.clock.sleep(step.seconds)
        return step.do() if isinstance(step, Work) else None

    def _task(self, kind: Any, made: dict[str, Any]) -> Any:
        task = kind(task_id="it", **made)
        perform, backend = self._perform, self.backend

        def run(flow: Flow[Any], deadline: float | None = None) -> Any:
            return drive(within(flow, deadline, clock=lambda: self.clock.now), perform)

        vars(task)["hook"] = SimpleNamespace(backend=backend, run=run)
        return task

    def _outcome(self, word: str, context: Any, text: str, result: Any = None) -> Outcome:
        return Outcome(word, list(self.polls), list(self.clock.sleeps), text, dict(context["ti"].xcoms), result)


def result_of(kind: Any) -> Any:
    """Return what the wait of a kind of sensor returns."""
    if "statuses" in kind.template_fields:
        return Job(JOB, "orders", JobState.FINISHED, "FINISHED")
    if "metric" in kind.template_fields:
        return Reading("numRestarts", 1.0, 0.0)
    return Checkpoint(1, False, "COMPLETED", 1.0, 2.0, "s3://bucket/chk-1")


def _word(error: BaseException) -> str:
    kinds = {AirflowSkipException: "skipped", AirflowFailException: "final", AirflowSensorTimeout: "timed out"}
    return next((word for kind, word in kinds.items() if isinstance(error, kind)), "failed")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench for sensors."""
    return Bench(monkeypatch)
