"""What a command of the command line is."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass


def _no_arguments(_: ArgumentParser) -> None:
    pass


@dataclass(frozen=True)
class Command:
    """A subcommand: ``python -m airflow_provider_dli.local NAME``."""

    name: str
    #: What it does, in a line.
    help: str
    #: Does it, and returns the exit code; a :class:`.LocalError` is told to the user.
    run: Callable[[Namespace], int]
    #: Declares its arguments.
    add_arguments: Callable[[ArgumentParser], None] = _no_arguments
