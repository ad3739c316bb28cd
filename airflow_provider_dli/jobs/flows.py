"""The flows that may be handed over from a worker to the triggerer, by name, with arguments that are plain JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_dli.jobs.backend import Backend
from airflow_provider_dli.jobs.checkpoint import follow_checkpoint
from airflow_provider_dli.jobs.disposal import follow_disposal
from airflow_provider_dli.jobs.rescale import wait_for_parallelism
from airflow_provider_dli.jobs.restart import wait_for_restarted
from airflow_provider_dli.jobs.savepoint import follow_savepoint, follow_stop
from airflow_provider_dli.jobs.wait import wait_for_end, wait_for_job, wait_for_status
from airflow_provider_dli.jobs.watch_checkpoints import wait_for_checkpoint
from airflow_provider_dli.jobs.watch_metric import wait_for_metric
from airflow_provider_dli.rest.flow import Flow

_FLOWS: Mapping[str, Callable[..., Flow[Any]]] = {
    flow.__name__: flow
    for flow in (
        wait_for_job,
        wait_for_status,
        wait_for_end,
        wait_for_checkpoint,
        wait_for_metric,
        wait_for_parallelism,
        wait_for_restarted,
        follow_savepoint,
        follow_stop,
        follow_checkpoint,
        follow_disposal,
    )
}


@dataclass(frozen=True)
class Call:
    """A flow that is to be run, here or in the triggerer.

    :param flow: its name.
    :param arguments: its arguments, all plain JSON.
    """

    flow: str
    arguments: Mapping[str, Any]

    def __post_init__(self) -> None:
        if self.flow not in _FLOWS:
            raise ValueError(f"There is no flow {self.flow!r}; there are: {', '.join(_FLOWS)}.")

    def on(self, backend: Backend) -> Flow[Any]:
        """Return the flow, ready to be driven."""
        return _FLOWS[self.flow](backend, **self.arguments)


def call(flow: Callable[..., Flow[Any]], **arguments: Any) -> Call:
    """Return a call of one of these flows."""
    return Call(flow.__name__, arguments)
