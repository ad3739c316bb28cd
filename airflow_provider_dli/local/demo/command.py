"""The command that runs the demo."""

from __future__ import annotations

import os
import signal
import sys
import time
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from airflow_provider_dli.local.airflow.settings import without_proxy
from airflow_provider_dli.local.command import Command
from airflow_provider_dli.local.demo.claims import check
from airflow_provider_dli.local.demo.display import Display, PlainDisplay
from airflow_provider_dli.local.demo.report import report
from airflow_provider_dli.local.demo.show import Show
from airflow_provider_dli.local.demo.stage import Stage, stage
from airflow_provider_dli.local.demo.terminal import TerminalDisplay
from airflow_provider_dli.local.distribution import DEFAULT_VERSION
from airflow_provider_dli.rest.patience import Clock

if TYPE_CHECKING:
    from rich.console import Console

#: Seconds between two looks at an Airflow that goes on running.
_LOOK_EVERY: Final = 1


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--dags", type=Path, required=True, metavar="FOLDER", help="the folder with the example DAGs")
    parser.add_argument("--flink", default=DEFAULT_VERSION, metavar="VERSION", help="default: %(default)s")
    parser.add_argument("--keep", action="store_true", help="leave all of them running at the end, until Ctrl-C")


def _demo(arguments: Namespace) -> int:
    _end_like_with_ctrl_c()
    os.environ.update(without_proxy(os.environ))
    clock, console = _stopwatch(), _console()
    with ExitStack() as stack:
        with _display(console, clock) as display:
            on = stack.enter_context(stage(arguments.dags, arguments.flink, display.tell))
            outcome = Show(on, display).run()
        claims = check(outcome)
        report(outcome, claims, clock(), console)
        if arguments.keep:
            _keep(on, console)
        else:
            console.print("All of them end now; with --keep they go on running.")
    return 0 if all(claim.held for claim in claims) else 1


def _end_like_with_ctrl_c() -> None:
    # Also SIGINT: a shell starts background jobs with it ignored.
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)


def _stopwatch() -> Clock:
    start = time.monotonic()
    return lambda: time.monotonic() - start


def _console() -> Console:
    from rich.console import Console

    # Square brackets in a sentence or a path are no markup, and a number in it needs no colour of its own.
    return Console(markup=False, highlight=False)


def _display(console: Console, clock: Clock) -> Display:
    # Not what the console believes: it can be told to write colours into a pipe.
    if sys.stdout.isatty() and not console.is_dumb_terminal:
        return TerminalDisplay(console, clock)
    return PlainDisplay(sys.stdout, clock)


def _keep(on: Stage, console: Console) -> None:
    places = f"{on.airflow.address}, {on.flink.address} and {on.dli.address}"
    console.print(f"\nAll of them go on running, until Ctrl-C: {places}", soft_wrap=True)
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(_LOOK_EVERY)
            on.airflow.require_alive()


DEMO: Final = Command(
    "demo",
    "run the example DAGs on a real Airflow, a real Flink and a DLI, and show what happens",
    _demo,
    _add_arguments,
)
