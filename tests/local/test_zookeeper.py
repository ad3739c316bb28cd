from __future__ import annotations

import socket
from pathlib import Path

import pytest

from airflow_provider_dli.local.distribution import Distribution
from airflow_provider_dli.local.errors import StartError
from airflow_provider_dli.local.flink_process import write_log_configuration
from airflow_provider_dli.local.zookeeper import ZooKeeper
from tests.local.waiting import is_gone, wait_until

pytestmark = pytest.mark.live


def zookeeper_at(port: int, folder: Path) -> ZooKeeper:
    write_log_configuration(folder)
    return ZooKeeper(Distribution.of(), port, folder, conf=folder, logs=folder)


def test_one_that_ends_says_why(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, zookeeper_at(server.getsockname()[1], tmp_path) as zookeeper:
        wait_until(lambda: not zookeeper.process.is_alive)
        with pytest.raises(StartError, match="The zookeeper ended: a port is taken"):
            zookeeper.require_alive()


def test_one_that_was_killed_can_be_stopped(tmp_path: Path) -> None:
    with zookeeper_at(0, tmp_path) as zookeeper:
        zookeeper.require_alive()
        zookeeper.process.kill()
    assert is_gone(zookeeper.process.pid)
