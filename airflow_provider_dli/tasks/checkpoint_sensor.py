"""Sensor for checkpoints and savepoints, of both back ends."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from airflow_provider_dli.jobs.flows import Call
from airflow_provider_dli.jobs.model import Checkpoint
from airflow_provider_dli.jobs.watch_checkpoints import KINDS, back_end_time
from airflow_provider_dli.tasks.job_sensor import JobSensor
from airflow_provider_dli.tasks.parameters import check_choice, positive, whole


class CheckpointSensor(JobSensor):
    """Waits until a job has made checkpoints: new ones, ones after a moment, or one that is not too old.

    Without ``after`` and ``max_age``, those count that complete after the sensor began, by the back end's clock.

    :param kind: ``any``, ``checkpoint`` or ``savepoint``.
    :param count: how many of them, 1 or more.
    :param after: only those that completed after this moment: a datetime or date, a text in ISO 8601 (without
        a time zone in UTC), or seconds or milliseconds since the epoch. (templated)
    :param max_age: only those that completed within this many seconds before now, by the back end's clock.
    """

    #: The flow that waits.
    flow = "wait_for_checkpoint"

    def __init__(
        self,
        *,
        kind: str = "any",
        count: int = 1,
        after: datetime | date | str | float | None = None,
        max_age: float | timedelta | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_choice("kind", kind, KINDS)
        self.check(after=after)
        if self.looks_once and after is None and max_age is None:
            raise ValueError("In mode='reschedule', give after or max_age: the sensor forgets when it began.")
        self.kind = kind
        self.count = whole("count", count)
        self.after: Any = after
        self.max_age = None if max_age is None else positive("max_age", max_age)

    def wait(self, job_id: str | None) -> Call:
        """Return the call of the flow that waits."""
        return Call(self.flow, self.arguments_of(job_id))

    def arguments_of(self, job_id: str | None) -> dict[str, Any]:
        """Return the arguments of the flow that waits."""
        return {
            "job_id": job_id,
            "kind": self.kind,
            "count": self.count,
            "after": self._from(job_id),
            "max_age": self.max_age,
            # A job that comes later has made all of its checkpoints after the sensor began.
            "since_start": self.came_late and self.after is None and self.max_age is None,
            "recovery": 0.0 if self.looks_once else self.grace_period,
            "poll_interval": self.poll_interval,
        }

    def seen(self, result: Checkpoint) -> str | int:
        """Return the checkpoint's path, or its id."""
        return result.path or result.id

    def _from(self, job_id: str | None) -> float | None:
        """Return the moment from which checkpoints count, in seconds since the epoch."""
        if self.after is not None:
            return float(self.after)
        if self.max_age is not None or self.came_late or job_id is None:
            return None
        return self.ask(lambda: back_end_time(self.hook.backend, job_id=job_id))
