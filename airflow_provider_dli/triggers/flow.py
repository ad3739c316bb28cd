"""The one trigger: it runs a flow on the triggerer's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_dli.jobs.end import SECONDS_FOR_A_STOP, end_job
from airflow_provider_dli.jobs.flows import Call
from airflow_provider_dli.jobs.outcome import as_job_error, failed, succeeded
from airflow_provider_dli.rest.asynchronous import AsyncDriver
from airflow_provider_dli.rest.deadline import after, from_epoch
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import Patience, patiently, within
from airflow_provider_dli.triggers.clients import Client, client, give_back, lease
from airflow_provider_dli.triggers.kills import Decision, decide, pulse, read_task

# Seconds between two reads of the task before a kill, while its state is transitional or cannot be read: an Airflow in
# which hundreds of tasks are ended at once may not respond for a while. Ten minutes in all.
_PAUSES = (0.25, 0.5, 1.0, 2.0, *[4.0] * 29, *[10.0] * 48)
# What Airflow cancels a trigger with whose task a user has ended, again each second until the trigger has returned.
_USER_ACTION = "__airflow_user_action__"
# Kills that are under way: an event loop holds its tasks only weakly.
_kills: set[asyncio.Task[None]] = set()


class FlowTrigger(BaseTrigger):
    """Runs a flow, and fires when it has ended, well or badly.

    :param hook: the class of the connection's hook, module and name.
    :param conn_id: the connection.
    :param flow: the flow's name.
    :param arguments: its arguments, plain JSON.
    :param grace_period: seconds for which transient errors are retried.
    :param deadline: until when the flow may wait, in seconds since the epoch; None for as long as it takes.
    :param kill: the arguments of :func:`~airflow_provider_dli.jobs.end.end_job` for when a person ends the deferred
        task (Airflow 3.3+ calls :meth:`on_kill` then); None to leave the job alone.
    """

    def __init__(
        self,
        hook: str,
        conn_id: str,
        flow: str,
        arguments: dict[str, Any],
        grace_period: float = 60.0,
        deadline: float | None = None,
        kill: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.hook = hook
        self.conn_id = conn_id
        self.call = Call(flow, arguments)
        self.grace_period = grace_period
        self.deadline = deadline
        self.kill = kill
        self._client: Client | None = None
        self._killing: asyncio.Task[None] | None = None
        self._has_fired = False

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what the triggerer makes this trigger from again."""
        return "airflow_provider_dli.triggers.flow.FlowTrigger", {
            "hook": self.hook,
            "conn_id": self.conn_id,
            "flow": self.call.flow,
            "arguments": dict(self.call.arguments),
            "grace_period": self.grace_period,
            "deadline": self.deadline,
            "kill": self.kill,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Run the flow, and fire once."""
        pulse()
        event = {**(await self._outcome()), "job_id": self.call.arguments.get("job_id")}
        self._has_fired = True
        yield TriggerEvent(event)

    async def on_kill(self) -> None:
        """Do with the job what the task's ``on_kill`` says, if a person has ended the deferred task.

        Airflow calls this also when the trigger has moved to another triggerer. Then nothing is done.
        """
        if self.kill and not self._has_fired:
            # Airflow cancels this after about a second, and again each second: the work goes on in a task of its own.
            task = self._killing = asyncio.create_task(self._end_job(self.kill, pulse().was_blocked))
            _kills.add(task)
            task.add_done_callback(_kills.discard)
            await asyncio.shield(task)

    async def cleanup(self) -> None:
        """Wait for the end of a kill, and give back the client.

        Airflow calls this last, and closes the task's log then: the outcome of the kill has to be in it before.
        """
        try:
            await self._kill_has_ended()
        finally:
            if self._client:
                leased, self._client = self._client, None
                await give_back(leased)

    async def _kill_has_ended(self) -> None:
        while self._killing and not self._killing.done():
            try:
                await asyncio.shield(self._killing)
            except asyncio.CancelledError as cancelled:
                # Without that message, the triggerer shuts down.
                if cancelled.args != (_USER_ACTION,):
                    raise

    async def _outcome(self) -> dict[str, Any]:
        # Once, and before anything is waited for: the wall clock may be set during the wait.
        deadline = from_epoch(self.deadline)
        try:
            # Kept until cleanup(): a kill must not have to read the connection first.
            self._client = await lease(self.hook, self.conn_id, self.grace_period)
            result = await self._run(self._client, self.call.on(self._client.backend), self.grace_period, deadline)
            outcome = succeeded(result)
        except Exception as error:
            outcome = failed(error)
        # Only a trigger that is cancelled still needs it.
        await self.cleanup()
        return outcome

    async def _run(self, on: Client, flow: Flow[Any], grace: float, deadline: float | None = None) -> Any:
        return await AsyncDriver(on, self.log.info).run(within(patiently(flow, Patience(grace)), deadline))

    async def _end_job(self, kill: dict[str, Any], was_blocked: bool) -> None:
        """End the job of a killed task, within some minutes; log the outcome in every case."""
        unclear = f"Whether job {kill['job_id']} was ended is unclear, look at it"
        try:
            async with client(self.hook, self.conn_id, self.grace_period) as shared:
                if await self._was_killed(kill["job_id"], was_blocked):
                    deadline = after(SECONDS_FOR_A_STOP)
                    ending = await self._run(shared, end_job(shared.backend, **kill), self.grace_period, deadline)
                    self.log.warning(ending.sentence)
        except asyncio.CancelledError:
            self.log.error("%s: the triggerer has stopped meanwhile.", unclear)
            raise
        except Exception as error:
            self.log.error("%s: %s", unclear, as_job_error(error))

    async def _was_killed(self, job_id: str, was_blocked: bool) -> bool:
        """Return whether a person ended the task; False where that cannot be found out."""
        why = ""
        for seconds in (*_PAUSES, None):
            try:
                now = await read_task(self.task_instance)
                decision = decide(now, job_id, was_blocked=was_blocked)
                if decision is Decision.KEEP:
                    self.log.info("Job %s is kept: no person has ended its task, which is %s.", job_id, now.state)
                if decision is not Decision.WAIT:
                    return decision is Decision.END
                why = f"its state is still {now.state}"
            except Exception as error:
                why = f"Airflow's state of it cannot be read: {as_job_error(error)}"
            if seconds is not None:
                await asyncio.sleep(seconds)
        self.log.error(
            "Job %s is left as it is: whether its task was killed, or its trigger has moved to another triggerer, is "
            "unknown (%s). If it was killed, end the job by hand.",
            job_id,
            why,
        )
        return False
