"""Statements of SQL: where one ends, and what kind of work it is."""

from __future__ import annotations

import re
from typing import Final

#: What is read as one: a string, a name in quotes, a comment; else one character.
_PIECE: Final = re.compile(r"'[^']*'|`[^`]*`|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|.", re.DOTALL)

#: The kinds of work, as DLI calls them, by the first word of a statement.
_JOB_TYPES: Final = {
    "SELECT": "QUERY",
    "WITH": "QUERY",
    "VALUES": "QUERY",
    "(": "QUERY",
    "INSERT": "INSERT",
    "UPDATE": "UPDATE",
    "DELETE": "DELETE",
    "GRANT": "DCL",
    "REVOKE": "DCL",
}
_FIRST_WORD: Final = re.compile(r"\w+|\(")

#: The kinds of work that are a job of the Flink.
_JOBS: Final = ("QUERY", "INSERT", "UPDATE", "DELETE")


def split(script: str) -> list[str]:
    """Return the statements of a script, without comments; ``;`` ends one."""
    statements = [""]
    for piece in pieces(script):
        if piece == ";":
            statements.append("")
        else:
            statements[-1] += " " if _is_comment(piece) else piece
    return [statement.strip() for statement in statements if statement.strip()]


def pieces(text: str) -> list[str]:
    """Return a text in pieces: strings, names in quotes and comments as a whole, all else character by character."""
    return _PIECE.findall(text)


def job_type(statement: str) -> str:
    """Return the kind of work that a statement is, as DLI calls it; what is nothing else is DDL."""
    first = _FIRST_WORD.match(statement)
    return _JOB_TYPES.get(first[0].upper() if first else "", "DDL")


def needs_job(statement: str) -> bool:
    """Tell whether a statement is more than a change of what is known."""
    return job_type(statement) in _JOBS


def _is_comment(piece: str) -> bool:
    # A hint looks like a comment and is none.
    return piece.startswith(("--", "/*")) and not piece.startswith("/*+")
