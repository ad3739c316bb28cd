"""The commands that start, show and end a Flink on this machine, and the DLI emulator beside it."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import psutil

from airflow_provider_dli.local import demo_jobs, dli_commands
from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.command import Command
from airflow_provider_dli.local.diagnosis import last_line
from airflow_provider_dli.local.distribution import DEFAULT_VERSION, Distribution
from airflow_provider_dli.local.dli.emulator import LocalDli
from airflow_provider_dli.local.errors import StartError
from airflow_provider_dli.local.folders import state_folder
from airflow_provider_dli.local.running import RunningFlink, announced, require_none_running, running_flink

#: Seconds between two looks at a Flink that comes or goes.
_LOOK_EVERY: Final = 0.1
#: Seconds that a Flink in the background has to end.
_PATIENCE: Final = 20


def _add_up_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--flink", default=DEFAULT_VERSION, metavar="VERSION", help="default: %(default)s")
    parser.add_argument("--slots", type=_at_least_one, default=4, metavar="N", help="default: %(default)s")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="of REST API and web UI; default: a free one")
    dli_commands.add_arguments(parser)
    parser.add_argument("--detach", action="store_true", help="leave it running in the background")


def _at_least_one(text: str) -> int:
    if (number := int(text)) < 1:
        raise ArgumentTypeError("at least 1")
    return number


def _up(arguments: Namespace) -> int:
    require_none_running()
    # Here, where the user sees the progress, and not in the background.
    Distribution.of(arguments.flink)
    print(f"Starting Flink {arguments.flink} ...", file=sys.stderr, flush=True)
    return _up_in_background(arguments) if arguments.detach else _up_here(arguments)


def _up_here(arguments: Namespace) -> int:
    # Also SIGINT: a shell starts background jobs with it ignored.
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    cluster = LocalFlink(arguments.flink, slots=arguments.slots, port=arguments.port)
    with cluster, dli_commands.beside(cluster, arguments) as dli, announced(cluster, dli) as flink:
        _show(flink)
        print("Ctrl-C ends it.", flush=True)
        with suppress(KeyboardInterrupt):
            _wait(cluster, dli)
    return 0


def _wait(cluster: LocalFlink, dli: LocalDli | None) -> None:
    if dli is None:
        cluster.wait()
    else:
        cluster.wait(dli.process)
        dli.require_alive()


def _up_in_background(arguments: Namespace) -> int:
    same = ["--flink", arguments.flink, "--slots", str(arguments.slots), "--port", str(arguments.port)]
    same += dli_commands.words(arguments)
    log = state_folder() / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow_provider_dli.local", "up", *same],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _show(_appearing(process, log))
    except BaseException:
        process.terminate()
        raise
    print("The command `down` ends it.")
    return 0


def _appearing(process: subprocess.Popen[bytes], log: Path) -> RunningFlink:
    while True:
        if flink := running_flink():
            return flink
        if process.poll() is not None:
            raise StartError(last_line(log.read_text()))
        time.sleep(_LOOK_EVERY)


def _show(flink: RunningFlink) -> None:
    connection = json.dumps({"conn_type": "flink", "host": flink.host, "port": flink.port})
    print(f"Flink {flink.version} is up, with {flink.slots} slots.")
    print(f"  REST API, web UI  {flink.address}")
    print(f"  savepoints        {flink.savepoints}")
    print(f"  logs              {flink.logs}")
    print(f"  a jar to run      {demo_jobs.JAR}")
    print(f"export AIRFLOW_CONN_FLINK_DEFAULT={shlex.quote(connection)}")
    if flink.dli_port is not None:
        dli_commands.show(flink.dli_port)


def _status(_: Namespace) -> int:
    flink = running_flink()
    if flink is None:
        print("No Flink runs.")
        return 1
    uptime = timedelta(seconds=round(flink.uptime))
    print(f"Flink {flink.version} runs at {flink.address}, with {flink.slots} slots, for {uptime}.")
    if flink.dli_port is not None:
        print(f"DLI runs at {dli_commands.settings(flink.dli_port).address}.")
    return 0


def _down(_: Namespace) -> int:
    flink = running_flink()
    if flink is None:
        print("No Flink runs.")
        return 0
    _end(flink)
    print(f"Flink {flink.version} at {flink.address} has ended.")
    if flink.dli_port is not None:
        print(f"DLI at {dli_commands.settings(flink.dli_port).address} has ended; its state is kept.")
    return 0


def _end(flink: RunningFlink) -> None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(flink.pid)
        process.terminate()
        deadline = time.monotonic() + _PATIENCE
        while flink.is_alive and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY)
        if flink.is_alive:
            process.kill()


def _add_fetch_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("versions", nargs="+", metavar="VERSION", help=f"of Flink, as in {DEFAULT_VERSION}")


def _fetch(arguments: Namespace) -> int:
    for version in arguments.versions:
        distribution = Distribution.of(version)
        print(f"Flink {version} is in {distribution.home}, its Java in {distribution.java}.", flush=True)
    return 0


UP: Final = Command("up", "start a Flink, and a DLI that runs its jobs there", _up, _add_up_arguments)
STATUS: Final = Command("status", "say what runs", _status)
DOWN: Final = Command("down", "end what runs", _down)
FETCH: Final = Command("fetch", "download versions of Flink ahead of time", _fetch, _add_fetch_arguments)
