"""The ZooKeeper in which a Flink keeps what outlives its JobManager: who leads, and which jobs run."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from airflow_provider_dli.local import flink_process
from airflow_provider_dli.local.diagnosis import why_ended
from airflow_provider_dli.local.distribution import Distribution
from airflow_provider_dli.local.errors import StartError
from airflow_provider_dli.local.lifetime import Lifetime
from airflow_provider_dli.local.ports import HOST
from airflow_provider_dli.local.process import GuardedProcess

_NAME: Final = "zookeeper"
#: Flink's own way to start the ZooKeeper that comes with it.
_MAIN_CLASS: Final = "org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer"
#: Sessions may be as short as two ticks and as long as twenty, in milliseconds.
_CONFIGURATION: Final = """\
tickTime=500
dataDir={data}
clientPort={port}
clientPortAddress={host}
admin.enableServer=false
"""


class ZooKeeper(Lifetime):
    """A ZooKeeper of one's own; its process ends with this one, whatever ends this one.

    :param distribution: the Flink that it comes with.
    :param port: where it listens.
    :param directory: the directory of the cluster, which holds its data.
    :param conf: the folder of the configuration files.
    :param logs: the folder of the logs.
    """

    def __init__(self, distribution: Distribution, port: int, directory: Path, conf: Path, logs: Path) -> None:
        self._distribution = distribution
        self._port = port
        self._data = directory / _NAME
        self._conf = conf
        self._logs = logs
        self._process: GuardedProcess | None = None

    @property
    def process(self) -> GuardedProcess:
        """Its process."""
        assert self._process is not None
        return self._process

    def start(self) -> None:
        """Start it, and return at once: who connects to it waits for it.

        :raises StartError: if it cannot be started.
        """
        file = self._conf / "zoo.cfg"
        file.write_text(_CONFIGURATION.format(data=self._data, port=self._port, host=HOST))
        log = self._logs / f"{_NAME}.log"
        program = [_MAIN_CLASS, "--zkConfigFile", str(file), "--peerId", "1"]
        command = flink_process.java(self._distribution, self._conf, log, options=["-Xmx64m"], program=program)
        self._process = GuardedProcess(
            command,
            output=log.with_suffix(".out"),
            environment=flink_process.environment(self._distribution, self._conf),
        )

    def stop(self) -> None:
        """End it."""
        if self._process:
            self._process.end()
            self._process.wait()

    def require_alive(self) -> None:
        """Make sure that its process still runs.

        :raises StartError: with the reason why it ended.
        """
        if not self.process.is_alive:
            raise StartError(why_ended(_NAME, self._logs))
