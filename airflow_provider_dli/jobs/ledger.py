"""Ledger of one generation of a task instance: intents before changes, outcomes after them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from airflow_provider_dli.rest.flow import Flow, work


class Ledger(Protocol):
    """Entries that a try leaves for the later tries of its generation."""

    @property
    def durable(self) -> bool:
        """Whether later tries can read it: an entry that is missing was never made."""
        ...

    def get(self, name: str) -> Any:
        """Return an entry; None where there is none."""
        ...

    def record(self, entries: Mapping[str, Any]) -> None:
        """Write entries beside those that exist. This may block, and never raises.

        :param entries: names and values, plain JSON; None is left out.
        """
        ...


class VolatileLedger:
    """A ledger that ends with its process, for scripts and for an Airflow without a task state store."""

    durable = False

    def __init__(self) -> None:
        self._entries: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        """Return an entry; None where there is none."""
        return self._entries.get(name)

    def record(self, entries: Mapping[str, Any]) -> None:
        """Write entries beside those that exist."""
        self._entries.update({name: value for name, value in entries.items() if value is not None})


def record_in(ledger: Ledger, entries: Mapping[str, Any]) -> Flow[None]:
    """Write entries from a flow, which does no I/O itself."""
    return work(partial(ledger.record, entries))
