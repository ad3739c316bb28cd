"""The command that lists every operation that a hook can ask for."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from itertools import chain, groupby
from typing import Final

from airflow_provider_dli.local.command import Command
from airflow_provider_dli.rest.listing import Row

Columns = Mapping[str, Callable[[Row], str]]

#: The tables of each page of the documentation: their headings, and what stands under each.
COLUMNS: Final[Mapping[str, Columns]] = {
    "flink": {
        "Method": lambda row: row.method,
        "Path": lambda row: f"`{row.path}`",
        "Flink": lambda row: row.standing,
        "Hook": lambda row: f"`hook.{row.call}`",
        "What it does": lambda row: row.does,
    },
    "dli": {
        "Method": lambda row: row.method,
        "Path": lambda row: f"`{row.path}`",
        "Hook": lambda row: f"`hook.{row.call}`",
        "What it does": lambda row: row.does,
        "IAM action": lambda row: row.permission,
        "Standing": lambda row: row.standing,
    },
}


def rows(page: str) -> Iterator[Row]:
    """Yield the operations that a page of the documentation lists.

    :param page: ``flink`` or ``dli``.
    """
    # The list of an API needs all of its endpoints, which no other command has to wait for.
    yield from import_module(f"airflow_provider_dli.{page}.listing").rows()


def markdown(page: str) -> str:
    """Return the tables of a page of the documentation, one for each server.

    :param page: ``flink`` or ``dli``.
    """
    return "\n\n".join(
        f"## {server}\n\n" + "\n".join(_lines(COLUMNS[page], group))
        for server, group in groupby(rows(page), lambda row: row.server)
    )


def plain(listed: Iterable[Row]) -> str:
    """Return a table for the terminal."""
    cells = [(row.method, row.path, row.standing, f"hook.{row.call}") for row in listed]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(line.rstrip() for line in lines)


def _lines(columns: Columns, listed: Iterable[Row]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield "|---" * len(columns) + "|"
    for row in listed:
        yield f"| {' | '.join(cell(row) for cell in columns.values())} |"


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--markdown",
        nargs="?",
        choices=["all", *COLUMNS],
        const="all",
        help="as the tables of one page of the documentation, or of all",
    )


def _run(arguments: Namespace) -> int:
    print(_told(arguments.markdown))
    return 0


def _told(page: str | None) -> str:
    if page is None:
        return plain(chain.from_iterable(map(rows, COLUMNS)))
    return "\n\n".join(map(markdown, COLUMNS)) if page == "all" else markdown(page)


ENDPOINTS: Final = Command("endpoints", "list every operation of the REST APIs", _run, _add_arguments)
