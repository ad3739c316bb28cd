"""The DLI emulator on the command line: what ``up`` takes and tells of it."""

from __future__ import annotations

import json
import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.dli.emulator import LocalDli
from airflow_provider_dli.local.dli.settings import Settings
from airflow_provider_dli.local.folders import state_folder


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what ``up`` takes."""
    parser.add_argument("--dli-port", type=int, default=0, metavar="N", help="of the DLI emulator; default: a free one")
    parser.add_argument("--no-dli", action="store_true", help="no DLI emulator")


def words(arguments: Namespace) -> list[str]:
    """Return the arguments as they were written on the command line."""
    return ["--no-dli"] if arguments.no_dli else ["--dli-port", str(arguments.dli_port)]


@contextmanager
def beside(cluster: LocalFlink, arguments: Namespace) -> Iterator[LocalDli | None]:
    """Run a DLI emulator whose jobs run on a cluster; None where none is wanted.

    :param cluster: the cluster.
    :param arguments: what the command line says.
    :raises LocalError: if it does not come up, with the reason.
    """
    if arguments.no_dli:
        yield None
        return
    # Kept: its jobs, queues and savepoints are there again the next time.
    with LocalDli(state_folder() / "dli", flink=cluster.address, port=arguments.dli_port) as dli:
        yield dli


def settings(port: int) -> Settings:
    """Return the settings of the emulator that the command line runs.

    :param port: where it listens.
    """
    return Settings(folder=state_folder() / "dli", port=port)


def show(port: int) -> None:
    """Print the address of the emulator, and the environment variable with which Airflow connects to it.

    :param port: where it listens.
    """
    emulator = settings(port)
    print("DLI is up; its jobs run on that Flink.")
    print(f"  DLI, IAM          {emulator.address}")
    print(f"  object store      {emulator.obs} (each folder in it is a bucket)")
    print(f"  state, logs       {emulator.folder}")
    print(_connection(emulator))


def _connection(emulator: Settings) -> str:
    extra = {
        "endpoint": emulator.address,
        "iam_endpoint": emulator.address,
        "region": emulator.region,
        "project_id": emulator.project_id,
        "object_store": emulator.obs.as_uri(),
    }
    connection = {
        "conn_type": "dli",
        "login": emulator.access_key,
        "password": emulator.secret_key,
        "extra": extra,
    }
    return f"export AIRFLOW_CONN_DLI_DEFAULT={shlex.quote(json.dumps(connection))}"
