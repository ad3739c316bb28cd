"""The command that lists every operation that a hook can ask for."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from airflow_provider_dli.flink.listing import Row, rows
from airflow_provider_dli.local.command import Command

_HEADING: Final = ("Method", "Path", "Flink", "Hook", "What it does")


def markdown(listed: Iterable[Row]) -> str:
    """Return a table for the documentation, one for each server."""
    return "\n\n".join(
        f"## {server}\n\n" + "\n".join(_markdown_lines(group))
        for server, group in groupby(listed, lambda row: row.server)
    )


def plain(listed: Iterable[Row]) -> str:
    """Return a table for the terminal."""
    cells = [(row.method, row.path, row.versions, f"hook.{row.call}") for row in listed]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(line.rstrip() for line in lines)


def _markdown_lines(listed: Iterable[Row]) -> Iterator[str]:
    yield f"| {' | '.join(_HEADING)} |"
    yield "|---" * len(_HEADING) + "|"
    for row in listed:
        yield f"| {row.method} | `{row.path}` | {row.versions} | `hook.{row.call}` | {row.does} |"


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--markdown", action="store_true", help="as the tables of the documentation")


def _run(arguments: Namespace) -> int:
    print(markdown(rows()) if arguments.markdown else plain(rows()))
    return 0


ENDPOINTS: Final = Command("endpoints", "list every operation of the REST APIs", _run, _add_arguments)
