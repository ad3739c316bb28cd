"""One component of Airflow, as a process with all that it starts."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil

from airflow_provider_dli.local.airflow import keeper
from airflow_provider_dli.local.airflow.database_lock import nobody_writing
from airflow_provider_dli.local.airflow.process_tree import kill_members, members, resume_members, suspend_members
from airflow_provider_dli.local.process import GuardedProcess

API_SERVER: Final = "api-server"
SCHEDULER: Final = "scheduler"
DAG_PROCESSOR: Final = "dag-processor"
TRIGGERER: Final = "triggerer"

# The API server reads all logs from the disk that it shares with the others.
_ARGUMENTS: Final[Mapping[str, Sequence[str]]] = {
    API_SERVER: (),
    SCHEDULER: ("--skip-serve-logs",),
    DAG_PROCESSOR: (),
    TRIGGERER: ("--skip-serve-logs",),
}
#: The components that an Airflow is made of.
COMPONENTS: Final = tuple(_ARGUMENTS)

#: Seconds that a component has to end by itself.
_PATIENCE: Final = 5


class Component:
    """A running component; it ends when this process does.

    :param kind: one of :data:`COMPONENTS`.
    :param environment: Airflow's settings, as environment variables.
    :param log: the file that it writes to; the component is called the same.
    :param database: Airflow's database.
    """

    def __init__(self, kind: str, environment: Mapping[str, str], log: Path, database: Path) -> None:
        self.kind = kind
        self.name = log.stem
        #: When it was started, in seconds since the epoch.
        self.started = time.time()
        self._database = database
        self._keeper = GuardedProcess(
            [sys.executable, "-m", keeper.__name__, str(_PATIENCE), *airflow_command(kind, *_ARGUMENTS[kind])],
            output=log,
            environment=environment,
            # The keeper has to end it first.
            patience=_PATIENCE + 1,
        )

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._keeper.is_alive

    @property
    def pid(self) -> int:
        """The process id of the component itself."""
        return psutil.Process(self._keeper.pid).children()[0].pid

    @property
    def processes(self) -> list[psutil.Process]:
        """The component itself and all that it has started: workers, tasks, the process that runs triggers."""
        return members(self._keeper.pid)

    def end(self) -> None:
        """Tell it and all that it has started to end; return at once."""
        self._keeper.end()

    def wait(self) -> None:
        """Wait until nothing of it is left."""
        self._keeper.wait()

    def kill(self) -> None:
        """Kill it and all that it has started, as a crash of its machine would."""
        if not self.is_alive:
            return
        # First the one that could still start something.
        self._keeper.kill()
        kill_members(self._keeper.pid)

    def suspend(self) -> None:
        """Have it and all that it has started hang, as its machine might, until :meth:`resume`."""
        with nobody_writing(self._database):
            suspend_members(self._keeper.pid)

    def resume(self) -> None:
        """Let it go on after :meth:`suspend`."""
        resume_members(self._keeper.pid)


def airflow_command(*arguments: str) -> list[str]:
    """Return the command line of this environment's Airflow."""
    return [sys.executable, "-m", "airflow", *arguments]
