"""The flows that may be handed over from a worker to the triggerer, by name, with arguments that are plain JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from airflow_provider_dli.jobs.backend import Backend
from airflow_provider_dli.rest.flow import Flow

# Where each is written: a DAG file does not load the flows that it does not use.
_MODULES: Mapping[str, str] = {
    "follow_checkpoint": "checkpoint",
    "follow_dli_savepoint": "dli.savepoint",
    "follow_dli_stop": "dli.stop",
    "follow_disposal": "disposal",
    "follow_savepoint": "savepoint",
    "follow_stop": "stop",
    "wait_for_checkpoint": "watch_checkpoints",
    "wait_for_dli_checkpoint": "dli.checkpoint",
    "wait_for_end": "wait",
    "wait_for_job": "wait",
    "wait_for_metric": "watch_metric",
    "wait_for_parallelism": "rescale",
    "wait_for_program": "wait",
    "wait_for_restarted": "restart",
    "wait_for_status": "wait",
    "watch": "watch",
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
        if self.flow not in _MODULES:
            raise ValueError(f"There is no flow {self.flow!r}; there are: {', '.join(_MODULES)}.")

    def on(self, backend: Backend) -> Flow[Any]:
        """Return the flow, ready to be driven."""
        module = import_module(f"{__package__}.{_MODULES[self.flow]}")
        flow: Flow[Any] = getattr(module, self.flow)(backend, **self.arguments)
        return flow


def call(flow: Callable[..., Flow[Any]], **arguments: Any) -> Call:
    """Return a call of one of these flows."""
    return Call(flow.__name__, arguments)
