"""The one trigger: it runs a flow on the triggerer's event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_dli.jobs.flows import Call
from airflow_provider_dli.jobs.outcome import failed, succeeded
from airflow_provider_dli.rest.asynchronous import AsyncDriver
from airflow_provider_dli.rest.patience import Patience, patiently, within
from airflow_provider_dli.triggers.clients import client


class FlowTrigger(BaseTrigger):
    """Runs a flow, and fires when it has ended, well or badly.

    :param flink_conn_id: the connection.
    :param flow: the flow's name.
    :param arguments: its arguments, plain JSON.
    :param grace_period: seconds for which a hiccup of the cluster is ridden out.
    :param deadline: until when the flow may wait, in seconds since the epoch; None for as long as it takes.
    """

    def __init__(
        self,
        flink_conn_id: str,
        flow: str,
        arguments: dict[str, Any],
        grace_period: float = 60.0,
        deadline: float | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flink_conn_id = flink_conn_id
        self.call = Call(flow, arguments)
        self.grace_period = grace_period
        self.deadline = deadline

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what the triggerer makes this trigger from again."""
        return "airflow_provider_dli.triggers.flow.FlowTrigger", {
            "flink_conn_id": self.flink_conn_id,
            "flow": self.call.flow,
            "arguments": dict(self.call.arguments),
            "grace_period": self.grace_period,
            "deadline": self.deadline,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Run the flow, and fire once."""
        yield TriggerEvent({**(await self._outcome()), "job_id": self.call.arguments.get("job_id")})

    async def _outcome(self) -> dict[str, Any]:
        try:
            async with client(self.flink_conn_id) as shared:
                flow = within(patiently(self.call.on(shared.backend), Patience(self.grace_period)), self.deadline)
                return succeeded(await AsyncDriver(shared.sender, self.log.info).run(flow))
        except Exception as error:
            return failed(error)
