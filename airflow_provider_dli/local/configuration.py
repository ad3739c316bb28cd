"""What a small Flink needs to be told, all of it: no shell script of Flink's adds the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airflow_provider_dli.local.distribution import release
from airflow_provider_dli.local.ports import HOST

#: Sizes that Flink's scripts compute; together about 860 MB for the TaskManager, half of it hardly ever in use.
_MEMORY: Final = {
    "jobmanager.memory.heap.size": "256m",
    "jobmanager.memory.jvm-metaspace.size": "256m",
    "taskmanager.cpu.cores": "1.0",
    "taskmanager.memory.framework.heap.size": "128m",
    "taskmanager.memory.framework.off-heap.size": "128m",
    "taskmanager.memory.task.heap.size": "192m",
    "taskmanager.memory.task.off-heap.size": "0m",
    "taskmanager.memory.network.min": "64m",
    "taskmanager.memory.network.max": "64m",
    "taskmanager.memory.managed.size": "32m",
    "taskmanager.memory.jvm-metaspace.size": "192m",
    "taskmanager.memory.jvm-overhead.min": "128m",
    "taskmanager.memory.jvm-overhead.max": "128m",
}

#: Since then Flink reads real YAML; since 2.0 nothing else.
_FIRST_TO_READ_YAML: Final = (1, 19)

#: A lost process is noticed within seconds, and a slow machine is not taken for a lost process.
_LIVELINESS: Final = {
    "heartbeat.interval": "1000",
    "heartbeat.timeout": "30000",
    # A TaskManager is often there before its JobManager.
    "cluster.registration.error-delay": "500",
}


@dataclass(frozen=True)
class Ports:
    """The ports that must be known beforehand; the system chooses the others."""

    rest: int
    rpc: int
    #: Where ZooKeeper listens; without one, jobs end with the JobManager.
    zookeeper: int | None = None


def flink_configuration(
    directory: Path, ports: Ports, slots: int, savepoints: Path | None, overrides: Mapping[str, str]
) -> dict[str, str]:
    """Put together the configuration of a JobManager and a TaskManager on this machine.

    :param directory: the cluster's own directory.
    :param ports: where the JobManager listens, and ZooKeeper if there is one.
    :param slots: how many slots the TaskManager has.
    :param savepoints: the default directory of savepoints, if there is to be one.
    :param overrides: what the user has set; it wins.
    """
    return {
        **_MEMORY,
        **_LIVELINESS,
        **_addresses(ports),
        **_folders(directory, savepoints),
        **_high_availability(directory, ports.zookeeper),
        "taskmanager.numberOfTaskSlots": str(slots),
        **overrides,
    }


def _addresses(ports: Ports) -> dict[str, str]:
    return {
        "rest.address": HOST,
        "rest.bind-address": HOST,
        "rest.port": str(ports.rest),
        "rest.bind-port": str(ports.rest),
        "jobmanager.rpc.address": HOST,
        "jobmanager.rpc.port": str(ports.rpc),
        "jobmanager.bind-host": HOST,
        "blob.server.port": "0",
        "taskmanager.host": HOST,
        "taskmanager.bind-host": HOST,
        "taskmanager.rpc.port": "0",
        "taskmanager.data.port": "0",
    }


def _folders(directory: Path, savepoints: Path | None) -> dict[str, str]:
    folders = {
        "io.tmp.dirs": str(directory / "tmp"),
        # Not below a random folder: uploaded jars outlive a JobManager.
        "web.upload.dir": str(directory / "uploads"),
        # Names of old, which every version knows.
        "state.checkpoints.dir": (directory / "checkpoints").as_uri(),
    }
    return folders if savepoints is None else {**folders, "state.savepoints.dir": savepoints.as_uri()}


def _high_availability(directory: Path, zookeeper: int | None) -> dict[str, str]:
    if zookeeper is None:
        return {}
    return {
        "high-availability.type": "zookeeper",
        # Its name before Flink 1.17; since then the other one goes before it.
        "high-availability": "zookeeper",
        "high-availability.zookeeper.quorum": f"{HOST}:{zookeeper}",
        "high-availability.storageDir": (directory / "high-availability").as_uri(),
        # In milliseconds: for so long, a JobManager that was killed is taken for the leader.
        "high-availability.zookeeper.client.session-timeout": "5000",
    }


def write_configuration(configuration: Mapping[str, str], folder: Path, version: str) -> None:
    """Write the configuration file that this version of Flink reads, into the folder ``conf``.

    :param configuration: the keys and values.
    :param folder: Flink's configuration folder.
    :param version: Flink's version.
    """
    if release(version) >= _FIRST_TO_READ_YAML:
        # Quoted as JSON, which YAML contains: no value is taken for a number or a list.
        lines = [f"{key}: {json.dumps(value)}" for key, value in configuration.items()]
        name = "config.yaml"
    else:
        lines = [f"{key}: {value}" for key, value in configuration.items()]
        name = "flink-conf.yaml"
    (folder / name).write_text("\n".join(lines) + "\n")
