"""Child processes that end with us, however we end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from airflow_provider_dli.local import guardian
from airflow_provider_dli.local.diagnosis import last_line
from airflow_provider_dli.local.errors import StartError

_GUARDIAN: Final = (sys.executable, "-I", "-S", guardian.__file__)


class GuardedProcess:
    """A running command that a guardian ends when we end it, or when we are no more (see :mod:`.guardian`).

    :param command: program and arguments.
    :param output: the file to which standard output and error are added.
    :param environment: its environment variables.
    :param patience: seconds that it has to end by itself when told to; then it is killed.
    :raises StartError: if the program cannot be started.
    """

    def __init__(
        self, command: Sequence[str], *, output: Path, environment: Mapping[str, str], patience: float = 5
    ) -> None:
        with output.open("ab") as errors:
            self._guardian = subprocess.Popen(
                [*_GUARDIAN, str(patience), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                # Ctrl-C is for us alone: we end our children in our own time.
                start_new_session=True,
            )
        pid = _given(self._guardian.stdout).readline()
        if not pid:
            raise StartError(f"{command[0]} cannot be started: {last_line(output.read_text())}")
        self.pid = int(pid)

    @property
    def is_alive(self) -> bool:
        """Whether the command still runs."""
        return self._guardian.poll() is None

    @property
    def exit_code(self) -> int | None:
        """What the command ended with; None while it runs."""
        return self._guardian.poll()

    def fileno(self) -> int:
        """Return what ``select`` finds readable when the command has ended."""
        return _given(self._guardian.stdout).fileno()

    def wait(self) -> None:
        """Wait until the command has ended."""
        self._guardian.wait()

    def end(self) -> None:
        """Tell the command to end, with SIGTERM and later SIGKILL; return at once."""
        _given(self._guardian.stdin).close()

    def kill(self) -> None:
        """End the command with SIGKILL, as a crash would."""
        if self.is_alive:
            os.kill(self.pid, signal.SIGKILL)
        self.wait()


def _given(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
