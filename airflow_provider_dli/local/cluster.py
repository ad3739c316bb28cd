"""A real Flink session cluster on this machine: a JobManager and a TaskManager, as child processes."""

from __future__ import annotations

import http.client
import itertools
import json
import select
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from airflow_provider_dli.local import flink_process
from airflow_provider_dli.local.configuration import Ports, flink_configuration, write_configuration
from airflow_provider_dli.local.diagnosis import why_ended
from airflow_provider_dli.local.distribution import DEFAULT_VERSION, Distribution
from airflow_provider_dli.local.errors import StartError
from airflow_provider_dli.local.flink_process import JOBMANAGER, TASKMANAGER, Role
from airflow_provider_dli.local.lifetime import Lifetime
from airflow_provider_dli.local.ports import HOST, free_port, require_free
from airflow_provider_dli.local.process import GuardedProcess
from airflow_provider_dli.local.zookeeper import ZooKeeper

#: Seconds that a cluster may take to come up; a slow machine takes 20.
_PATIENCE: Final = 90
#: Seconds between two looks at a cluster that comes up.
_LOOK_EVERY: Final = 0.05


class LocalFlink(Lifetime):
    """A Flink of one's own, for as long as the ``with`` block lasts.

    It listens on 127.0.0.1 only. Its processes end with this one, whatever ends this one.

    :param version: Flink's version; downloaded if need be (see :class:`.Distribution`).
    :param slots: how many tasks of a job can run side by side.
    :param port: where the REST API listens; 0 takes a free port.
    :param savepoint_directory: the default for savepoints, below the cluster's own directory unless it is absolute;
        None configures none.
    :param high_availability: whether jobs outlive the JobManager: a ZooKeeper beside it remembers them, and the next
        JobManager goes on with them from their last checkpoints, under the same ids.
    :param configuration: further settings of Flink; they win.
    """

    def __init__(
        self,
        version: str = DEFAULT_VERSION,
        *,
        slots: int = 4,
        port: int = 0,
        savepoint_directory: str | Path | None = "savepoints",
        high_availability: bool = False,
        configuration: Mapping[str, str] | None = None,
    ) -> None:
        self.version = version
        self.slots = slots
        self.host = HOST
        self._temporary = tempfile.TemporaryDirectory(prefix="flink-", ignore_cleanup_errors=True)
        #: All that the cluster writes; gone when it stops.
        self.directory = Path(self._temporary.name)
        self.logs = self.directory / "logs"
        #: Where savepoints go that name no directory.
        self.savepoints = None if savepoint_directory is None else self.directory / savepoint_directory
        self._conf = self.directory / "conf"
        zookeeper = free_port() if high_availability else None
        self._ports = Ports(rest=port or free_port(), rpc=free_port(), zookeeper=zookeeper)
        self._configuration = flink_configuration(
            self.directory, self._ports, slots, self.savepoints, configuration or {}
        )
        self._zookeeper: ZooKeeper | None = None
        self._processes: dict[Role, GuardedProcess] = {}
        self._taskmanager_ids = (f"taskmanager-{number}" for number in itertools.count(1))

    @property
    def address(self) -> str:
        """Where the REST API and the web UI are."""
        return f"http://{HOST}:{self._ports.rest}"

    @property
    def port(self) -> int:
        """Where the REST API listens."""
        return self._ports.rest

    @property
    def jobmanager_pid(self) -> int:
        """The process id of the JobManager."""
        return self._processes[JOBMANAGER].pid

    @property
    def taskmanager_pid(self) -> int:
        """The process id of the TaskManager."""
        return self._processes[TASKMANAGER].pid

    def start(self) -> None:
        """Start all processes; return when the REST API answers and all slots are there.

        :raises LocalError: if there is no such Flink to be had, or it does not come up, with the reason.
        """
        with self._stopping_on_error():
            self._prepare()
            self._launch_all()

    def stop(self) -> None:
        """End all processes and remove the cluster's directory."""
        self._end(JOBMANAGER, TASKMANAGER)
        if self._zookeeper:
            self._zookeeper.stop()
        self._temporary.cleanup()

    def wait(self, *others: GuardedProcess) -> None:
        """Wait until one of the processes ends, which none does by itself.

        :param others: processes beside it; that one of them ends is no error of this cluster.
        :raises StartError: with the reason, as soon as it has ended.
        """
        remembering = [self._zookeeper.process] if self._zookeeper else []
        ended, _, _ = select.select([*self._processes.values(), *remembering, *others], [], [])
        for process in ended:
            process.wait()
        self._require_alive()

    def restart_jobmanager(self) -> None:
        """End the JobManager in an orderly way and start it again at the same address.

        It comes back without its jobs; with high availability, with the jobs that had not ended.
        The TaskManager goes with it: it would notice only after a heartbeat's time-out; a new one is there at once.
        """
        # By itself: a job that loses its TaskManager fails, and is not left to the next JobManager.
        self._end(JOBMANAGER)
        self._end(TASKMANAGER)
        self._launch_all()

    def kill_jobmanager(self) -> None:
        """Kill the JobManager; :meth:`restart_jobmanager` brings it back."""
        self._processes[JOBMANAGER].kill()

    def kill_taskmanager(self) -> None:
        """Kill the TaskManager. The JobManager notices some seconds later."""
        self._processes[TASKMANAGER].kill()

    def start_taskmanager(self) -> None:
        """Start a TaskManager after the last one was killed; return when its slots are there."""
        # Under an id of its own: a dead one that is still in the books is not taken for it.
        self._taskmanager_id = next(self._taskmanager_ids)
        self._launch(TASKMANAGER, f"-Dtaskmanager.resource-id={self._taskmanager_id}")
        self._await_slots()

    def _prepare(self) -> None:
        self._distribution = Distribution.of(self.version)
        require_free(self._ports.rest)
        for folder in ("conf", "logs", "tmp", "uploads"):
            (self.directory / folder).mkdir()
        write_configuration(self._configuration, self._conf, self.version)
        flink_process.write_log_configuration(self._conf)
        if self._ports.zookeeper:
            self._zookeeper = ZooKeeper(
                self._distribution, self._ports.zookeeper, self.directory, self._conf, self.logs
            )
            self._zookeeper.start()

    def _launch_all(self) -> None:
        self._launch(JOBMANAGER)
        self.start_taskmanager()

    def _end(self, *roles: Role) -> None:
        ending = [self._processes.pop(role) for role in roles if role in self._processes]
        for process in ending:
            process.end()
        for process in ending:
            process.wait()

    def _launch(self, role: Role, *arguments: str) -> None:
        log = self.logs / f"{role.name}.log"
        command = flink_process.command(role, self._distribution, self._configuration, self._conf, log)
        self._processes[role] = GuardedProcess(
            [*command, *arguments],
            output=log.with_suffix(".out"),
            environment=flink_process.environment(self._distribution, self._conf),
        )

    def _await_slots(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not self._has_slots():
            self._require_alive()
            if time.monotonic() > deadline:
                raise StartError(f"Flink {self.version} did not come up within {_PATIENCE} s.")
            time.sleep(_LOOK_EVERY)

    def _has_slots(self) -> bool:
        answer = _get(self._ports.rest, "/taskmanagers") or {"taskmanagers": []}
        return any(each["id"] == self._taskmanager_id and each["slotsNumber"] for each in answer["taskmanagers"])

    def _require_alive(self) -> None:
        # First of all: the others end when they do not find it.
        if self._zookeeper:
            self._zookeeper.require_alive()
        for role, process in self._processes.items():
            if not process.is_alive:
                raise StartError(why_ended(role.name, self.logs))


def _get(port: int, path: str) -> Any:
    """Return what the REST API answers; None while it does not."""
    with closing(http.client.HTTPConnection(HOST, port, timeout=5)) as connection:
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return json.load(response) if response.status == 200 else None
        except (OSError, http.client.HTTPException):
            return None
