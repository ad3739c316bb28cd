"""The one Flink that the command line keeps running: a small file says where it is."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.dli.emulator import LocalDli
from airflow_provider_dli.local.errors import AlreadyRunningError
from airflow_provider_dli.local.folders import state_folder


@dataclasses.dataclass(frozen=True)
class RunningFlink:
    """A Flink, and the process that holds it."""

    pid: int
    #: When that process started, in seconds since 1970: with it, the id means one process for all time.
    started: float
    version: str
    slots: int
    host: str
    port: int
    savepoints: str
    logs: str
    #: Where the DLI emulator beside it listens; None where there is none.
    dli_port: int | None = None

    @property
    def address(self) -> str:
        """Where the REST API and the web UI are."""
        return f"http://{self.host}:{self.port}"

    @property
    def uptime(self) -> float:
        """For how many seconds it has been running."""
        return time.time() - self.started

    @property
    def is_alive(self) -> bool:
        """Whether the process that holds it still is the same one."""
        try:
            process = psutil.Process(self.pid)
            # The clock of the start may be set right by a second in between.
            return abs(process.create_time() - self.started) < 2 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def running_flink() -> RunningFlink | None:
    """Return what runs; forget what died without a word."""
    try:
        flink = RunningFlink(**json.loads(_file().read_text()))
    # Not there, or written by another version of ours.
    except (FileNotFoundError, TypeError, ValueError):
        return None
    if flink.is_alive:
        return flink
    _file().unlink(missing_ok=True)
    return None


def require_none_running() -> None:
    """Make sure that there is room for a Flink.

    :raises AlreadyRunningError: if one runs.
    """
    if flink := running_flink():
        raise AlreadyRunningError(
            f"Flink {flink.version} runs already at {flink.address}: end it first with the command `down`."
        )


@contextmanager
def announced(cluster: LocalFlink, dli: LocalDli | None = None) -> Iterator[RunningFlink]:
    """Let others know of a cluster while it runs in this process.

    :param cluster: the cluster.
    :param dli: the DLI emulator beside it.
    """
    flink = RunningFlink(
        pid=os.getpid(),
        started=psutil.Process().create_time(),
        version=cluster.version,
        slots=cluster.slots,
        host=cluster.host,
        port=cluster.port,
        savepoints=str(cluster.savepoints),
        logs=str(cluster.logs),
        dli_port=dli.settings.port if dli else None,
    )
    _write(flink)
    try:
        yield flink
    finally:
        _file().unlink(missing_ok=True)


def _write(flink: RunningFlink) -> None:
    _file().parent.mkdir(parents=True, exist_ok=True)
    # Written aside and renamed: nobody reads half of it.
    aside = _file().with_suffix(".new")
    aside.write_text(json.dumps(dataclasses.asdict(flink)))
    aside.rename(_file())


def _file() -> Path:
    return state_folder() / "flink.json"
