"""The DLI emulator as a process of its own on this machine, for as long as a ``with`` block lasts."""

from __future__ import annotations

import http.client
import json
import os
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from airflow_provider_dli.local.diagnosis import why_ended
from airflow_provider_dli.local.dli.settings import Settings, write_settings
from airflow_provider_dli.local.dli.switches import Switches
from airflow_provider_dli.local.errors import LocalError, StartError
from airflow_provider_dli.local.lifetime import Lifetime
from airflow_provider_dli.local.ports import HOST, free_port, require_free
from airflow_provider_dli.local.process import GuardedProcess

#: Seconds that an emulator may take to come up; a slow machine takes 5.
_PATIENCE: Final = 60
#: Seconds between two looks at an emulator that comes up.
_LOOK_EVERY: Final = 0.02
_PROCESS: Final = "emulator"

_T = TypeVar("_T")


class LocalDli(Lifetime):
    """A DLI of one's own: all that the cloud answers, at one address on 127.0.0.1.

    Its process ends with this one, whatever ends this one.

    :param folder: where it keeps its state, for the next time; None takes a temporary one, which goes when it stops.
    :param flink: address of the Flink that runs its jobs; None where none does.
    :param port: where it listens; 0 takes a free port.
    :param region: the region that it is.
    :param switches: how it behaves where nobody knows how the cloud does.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        flink: str | None = None,
        port: int = 0,
        region: str = "local-1",
        switches: Switches | None = None,
    ) -> None:
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="dli-", ignore_cleanup_errors=True)
        self.settings = Settings(
            folder=(folder or Path(_given(self._temporary).name)).absolute(),
            flink=flink,
            host=HOST,
            port=port or free_port(),
            region=region,
            switches=switches or Switches(),
        )
        self._process: GuardedProcess | None = None

    @property
    def address(self) -> str:
        """Where DLI, IAM, STS and the metadata of a machine answer."""
        return self.settings.address

    @property
    def folder(self) -> Path:
        """Where it keeps its state."""
        return self.settings.folder

    @property
    def obs(self) -> Path:
        """Its object store: a folder for each bucket."""
        return self.settings.obs

    @property
    def log(self) -> Path:
        """The file that it writes to, what went wrong within it included."""
        return self.folder / "logs" / f"{_PROCESS}.log"

    @property
    def process(self) -> GuardedProcess:
        """Its process."""
        return _given(self._process)

    def start(self) -> None:
        """Start it; return when it answers.

        :raises LocalError: if it does not come up, with the reason.
        """
        with self._stopping_on_error():
            require_free(self.settings.port)
            self._launch()
            self._await_answer()

    def stop(self) -> None:
        """End it; a folder that was not named goes with it."""
        self._end()
        if self._temporary:
            self._temporary.cleanup()

    def kill(self) -> None:
        """Kill it, as a crash would; :meth:`restart` brings it back."""
        self.process.kill()

    def restart(self) -> None:
        """Start it again at the same address, with all that it knew; end it first where it still runs.

        :raises LocalError: if it does not come up, with the reason.
        """
        self._end()
        self._launch()
        self._await_answer()

    def require_alive(self) -> None:
        """Make sure that its process still runs.

        :raises StartError: with the reason why it ended.
        """
        if not self.process.is_alive:
            raise StartError(why_ended(_PROCESS, self.log.parent))

    def fault(self, **members: Any) -> None:
        """Ask for a fault: what shall go wrong with the next request.

        :param members: those of :class:`.Fault`, as in ``path="/jobs/run", lose_answer=True``.
        :raises LocalError: if there is no such fault.
        """
        self.administer("POST", "faults", members)

    def shift_clock(self, seconds: float) -> None:
        """Put its clock so many seconds ahead of this machine's, or behind it."""
        self.administer("PUT", "clock", {"shift": seconds})

    def requests(self, method: str | None = None, path: str = "") -> list[dict[str, Any]]:
        """Return the requests that it received, oldest first: what the log says of each, see :class:`.Entry`.

        :param method: only those of this method.
        :param path: only those in whose path this regular expression is found.
        """
        query = urlencode({"path": path, **({"method": method} if method else {})})
        found: list[dict[str, Any]] = self.administer("GET", f"requests?{query}")["requests"]
        return found

    def administer(self, method: str, path: str, body: Any = None) -> Any:
        """Call one of its own operations, and return what it answers.

        :param method: the HTTP method.
        :param path: what follows ``/_emulator/``.
        :param body: sent as JSON.
        :raises LocalError: if it refuses, in its words.
        """
        status, answer = _exchange(self.settings.port, method, f"/_emulator/{path}", body)
        if status >= 400:
            raise LocalError(f"The emulator refused {method} {path}: {answer['error_msg']}")
        return answer

    def _launch(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.obs.mkdir(exist_ok=True)
        command = [sys.executable, "-m", __package__, str(write_settings(self.settings))]
        self._process = GuardedProcess(command, output=self.log, environment=os.environ)

    def _await_answer(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not self._answers():
            self.require_alive()
            if time.monotonic() > deadline:
                raise StartError(f"The DLI emulator did not come up within {_PATIENCE} s: see {self.log}.")
            time.sleep(_LOOK_EVERY)

    def _answers(self) -> bool:
        try:
            return _exchange(self.settings.port, "GET", "/health")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def _end(self) -> None:
        if self._process:
            self._process.end()
            self._process.wait()


def _exchange(port: int, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Return the status and what the answer's JSON says; None where it has no body."""
    with closing(http.client.HTTPConnection(HOST, port, timeout=10)) as connection:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Content-Type": "application/json"})
        response = connection.getresponse()
        read = response.read()
        return response.status, json.loads(read) if read else None


def _given(value: _T | None) -> _T:
    assert value is not None
    return value
