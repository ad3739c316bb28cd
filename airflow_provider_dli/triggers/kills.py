"""Decision on a kill in the triggerer: whether a person ended the task, or Airflow only moved its trigger.

Airflow 3.3 calls ``on_kill`` of a trigger that its triggerer does not own any more. That happens when a person ends the
task, and also when another triggerer has taken the trigger over because this one did not respond. By then the task may
have resumed, and may even have succeeded.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from airflow_provider_dli.tasks.deferral import ENDED_BY_ITSELF

#: Seconds for which an event loop must not run, to count as blocked. Airflow moves triggers after 30 by default.
BLOCKED = 15.0
# Seconds between two beats of an event loop.
_BEAT = 1.0
# Seconds for which a blocked event loop is remembered: Airflow notices within a few that the trigger has moved.
_REMEMBERED = 60.0
# The state of a task that is not in the database any more.
GONE = "gone"
_TRANSITIONAL = {"scheduled", "queued", "running", "restarting", "up_for_retry", "up_for_reschedule"}
_ENDED = {"failed", "success", "skipped", "upstream_failed", "removed"}


class Decision(Enum):
    """What a kill does with the job."""

    END = "a person ended the task"
    KEEP = "the task goes on, or went on, without this trigger"
    WAIT = "the state of the task settles first"


@dataclass(frozen=True)
class TaskNow:
    """A task instance, as Airflow knows it after the kill.

    :param state: its state; None after a clear, and :data:`GONE` where Airflow has no such task instance.
    :param job_id: the job that its current try has published; None for none.
    :param ended_by_itself: whether it has returned a result, or has published that it ended by itself.
    """

    state: str | None
    job_id: str | None = None
    ended_by_itself: bool = False


def decide(now: TaskNow, job_id: str, *, was_blocked: bool) -> Decision:
    """Decide what a kill does with the job of a trigger.

    :param now: the task instance.
    :param job_id: the trigger's job.
    :param was_blocked: whether the event loop was blocked shortly before the kill.
    """
    if now.job_id and now.job_id != job_id:
        # Cleared. Were it a retry, the job would have ended before another one was started.
        return Decision.END
    if now.state is None:
        # Only a clear leads from deferred to no state. After a blocked event loop the next job has to prove it.
        return Decision.WAIT if was_blocked or not now.job_id else Decision.END
    if now.state in _TRANSITIONAL:
        return Decision.WAIT
    if now.state == GONE:
        return Decision.KEEP if was_blocked else Decision.END
    if now.ended_by_itself or not now.job_id:
        # A try that has failed before it had a job may have been a retry, and the job is left to a person.
        return Decision.KEEP
    if now.state == "failed":
        return Decision.END
    return Decision.END if now.state in _ENDED and not was_blocked else Decision.KEEP


async def read_task(ti: Any) -> TaskNow:
    """Read a task instance from Airflow, its XComs through the configured backend.

    :param ti: the task instance of a trigger.
    """
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
    from airflow.sdk.execution_time.xcom import XCom
    from asgiref.sync import sync_to_async

    who = {"dag_id": ti.dag_id, "map_index": ti.map_index}

    async def xcom(key: str) -> Any:
        return await sync_to_async(XCom.get_one)(key=key, run_id=ti.run_id, task_id=ti.task_id, **who)

    get_states = sync_to_async(RuntimeTaskInstance.get_task_states)
    states = await get_states(task_ids=[ti.task_id], run_ids=[ti.run_id], **who)
    # Read before the XComs: a task publishes its result first, and then its end.
    state = next(iter(states.get(ti.run_id, {}).values()), GONE)
    job_id = await xcom("job_id")
    ended = state in _ENDED and any([await xcom(key) is not None for key in ("return_value", ENDED_BY_ITSELF)])
    return TaskNow(None if state is None else str(state), None if job_id is None else str(job_id), ended)


class Pulse:
    """Beats once a second on an event loop, and so notices afterwards that the loop was blocked."""

    def __init__(self) -> None:
        self._last_beat = monotonic()
        self._blocked_at = float("-inf")
        asyncio.get_running_loop().call_later(_BEAT, self._beat)

    @property
    def was_blocked(self) -> bool:
        """Whether the event loop has been blocked within the last minute."""
        self._check()
        return monotonic() - self._blocked_at < _REMEMBERED

    def _check(self) -> None:
        now = monotonic()
        if now - self._last_beat > BLOCKED:
            self._blocked_at = now
        self._last_beat = now

    def _beat(self) -> None:
        self._check()
        asyncio.get_running_loop().call_later(_BEAT, self._beat)


_pulses: WeakKeyDictionary[asyncio.AbstractEventLoop, Pulse] = WeakKeyDictionary()


def pulse() -> Pulse:
    """Return the pulse of the running event loop, which starts with the first call."""
    loop = asyncio.get_running_loop()
    if loop not in _pulses:
        _pulses[loop] = Pulse()
    return _pulses[loop]
