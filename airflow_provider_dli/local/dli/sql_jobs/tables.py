"""Tables as DLI's own SQL makes them, in words that the Flink understands.

Rows of a table that says nothing of where they are lie in a folder of the emulator, as DLI's lie with DLI.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.sql_jobs.catalog import DEFAULT, NAME, plain, used_database
from airflow_provider_dli.local.dli.sql_jobs.statements import pieces

_CREATE: Final = re.compile(
    rf"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?({NAME}(?:\s*\.\s*{NAME})*)\s*(?=\()", re.IGNORECASE
)
#: The word is Spark's and Hive's, and Flink's parser does not have it.
_INSERT: Final = re.compile(r"(INSERT\s+(?:INTO|OVERWRITE))\s+TABLE\b", re.IGNORECASE)
_COMMENT: Final = re.compile(r"(?:COMMENT\s+'[^']*')?", re.IGNORECASE)
_USING: Final = re.compile(r"USING\s+(\w+)\s*(?:OPTIONS\s*\((.*)\))?\s*", re.IGNORECASE | re.DOTALL)
_OPTION: Final = re.compile(r"""['"]?([\w.]+)['"]?\s*=?\s*(?:'([^']*)'|"([^"]*)")""")

#: What DLI calls an option of a table, and what Flink does; the others have no meaning to Flink.
_OPTIONS: Final = {
    "path": "path",
    "delimiter": "csv.field-delimiter",
    "sep": "csv.field-delimiter",
    "quote": "csv.quote-character",
    "escape": "csv.escape-character",
    "nullvalue": "csv.null-literal",
}


def for_flink(statements: Iterable[str], warehouse: Path) -> list[str]:
    """Return statements with the tables that they make and fill in words that the Flink understands.

    :param statements: one after the other.
    :param warehouse: the folder for the rows of tables that do not say where they are.
    :raises Refusal: DLI.0007, for a table that the Flink cannot have.
    """
    made, database = [], DEFAULT
    for statement in statements:
        database = used_database(statement) or database
        made.append(_table(statement, warehouse, database))
    return made


def _table(statement: str, warehouse: Path, database: str) -> str:
    head = _CREATE.match(statement)
    if head is None:
        return _INSERT.sub(r"\1", statement, count=1) if _INSERT.match(statement) else statement
    columns = _in_brackets(statement[head.end() :])
    rest = statement[head.end() + len(columns) :].strip()
    created = statement[: head.end()] + columns
    if _COMMENT.fullmatch(rest):
        *path, name = [plain(part) for part in re.findall(NAME, head[1])]
        folder = warehouse / (path[-1] if path else database) / name
        folder.mkdir(parents=True, exist_ok=True)
        return f"{created} {rest} {_with({'path': folder.absolute().as_uri(), 'format': 'json'})}"
    using = _USING.fullmatch(rest)
    return f"{created} {_with(_told(using[1], using[2] or ''))}" if using else statement


def _in_brackets(text: str) -> str:
    """Return what a text begins with, to the bracket that closes its first one."""
    depth, length = 0, 0
    for piece in pieces(text):
        length += len(piece)
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth == 0:
            break
    return text[:length]


def _told(file_format: str, options: str) -> dict[str, str]:
    told = {name.lower(): single or double for name, single, double in _OPTION.findall(options)}
    if told.get("header", "false").lower() == "true":
        raise dli("DLI.0007", "A table whose files have a header cannot be had here: its Flink reads it as a row.")
    known = {_OPTIONS[name]: value for name, value in told.items() if name in _OPTIONS}
    return {"format": file_format.lower(), **known}


def _with(options: dict[str, str]) -> str:
    told = {"connector": "filesystem", **options}
    pairs = ", ".join(f"'{name}' = '{value}'" for name, value in told.items())
    return f"WITH ({pairs})"
