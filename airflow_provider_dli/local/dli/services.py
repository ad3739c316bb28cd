"""What every group of operations in the emulator is given."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from airflow_provider_dli.local.dli.clock import ShiftedClock
from airflow_provider_dli.local.dli.settings import Settings
from airflow_provider_dli.local.dli.store import Store


@dataclass(frozen=True)
class Services:
    """What every group of operations is given.

    :param settings: what the emulator was told when it started.
    :param store: what it remembers.
    :param clock: seconds since the epoch.
    """

    settings: Settings
    store: Store
    clock: Callable[[], float] = time.time

    def now(self) -> int:
        """Return the time as DLI tells it: milliseconds since the epoch."""
        return int(self.clock() * 1000)

    def milliseconds(self, moment: float) -> int:
        """Return a moment of this machine's clock by the emulator's own clock, in milliseconds since the epoch.

        :param moment: seconds since the epoch, as the Flink measures them.
        """
        shift = self.clock.shift if isinstance(self.clock, ShiftedClock) else 0.0
        return int((moment + shift) * 1000)
