"""The command line: ``python -m airflow_provider_dli.local``."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Final

from airflow_provider_dli.local.cluster_commands import DOWN, FETCH, STATUS, UP
from airflow_provider_dli.local.command import Command
from airflow_provider_dli.local.demo.command import DEMO
from airflow_provider_dli.local.endpoints_command import ENDPOINTS
from airflow_provider_dli.local.errors import LocalError

COMMANDS: Final[tuple[Command, ...]] = (UP, STATUS, DOWN, FETCH, DEMO, ENDPOINTS)


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; return the exit code.

    :param words: the command line's arguments; those of this process by default.
    """
    arguments = _parser().parse_args(words)
    command: Command = arguments.command
    try:
        return command.run(arguments)
    except (LocalError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m airflow_provider_dli.local",
        description="A real Flink on this machine, and a DLI in front of it.",
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        subparser = subparsers.add_parser(command.name, help=command.help, description=command.help)
        subparser.set_defaults(command=command)
        command.add_arguments(subparser)
    return parser
