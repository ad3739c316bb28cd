"""SQL statements, and what came of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What a script is made of: comments, literals and quoted names, the ends of statements, and all else.
_PIECE = re.compile(r"--[^\n]*|/\*.*?(?:\*/|$)|'(?:[^']|'')*'?|`(?:[^`]|``)*`?|;|[^-/'`;]+|.", re.DOTALL)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?(?:\*/|$)", re.DOTALL)
# A set of statements is one statement, whatever is between BEGIN and END.
_OPEN_SET = re.compile(r"\s*EXECUTE\s+STATEMENT\s+SET\b(?!.*\bEND\s*$)", re.DOTALL | re.IGNORECASE)
_STARTS_JOB = re.compile(r"\s*(?:INSERT|EXECUTE|END)\b", re.IGNORECASE)
_LITERAL = re.compile(r"'[^']*'?")
_LONGEST = 80


def split(script: str) -> tuple[str, ...]:
    """Return the statements of a script; semicolons within literals, comments and statement sets do not end one.

    :param script: the statements, each but the last with a semicolon behind it.
    """
    statements, begun = [], ""
    for piece in _PIECE.findall(script):
        if piece == ";" and not _OPEN_SET.match(_COMMENT.sub("", begun)):
            statements.append(begun)
            begun = ""
        else:
            begun += piece
    return tuple(one.strip() for one in (*statements, begun) if _COMMENT.sub("", one).strip())


@dataclass(frozen=True)
class Statement:
    """A statement among others.

    :param text: the statement.
    :param number: which one it is, from 1.
    :param of: how many there are.
    """

    text: str
    number: int = 1
    of: int = 1

    @property
    def first_line(self) -> str:
        """Its first line, without literals: a password may be among them."""
        line = next(filter(None, map(str.strip, self.text.splitlines())), "")
        line = _LITERAL.sub("'…'", line)
        return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"

    @property
    def starts_job(self) -> bool:
        """Whether it starts a job that runs on, as far as its first word tells."""
        return _STARTS_JOB.match(_COMMENT.sub("", self.text)) is not None

    def __str__(self) -> str:
        return f"statement {self.number} of {self.of} ({self.first_line})"


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result.

    :param name: its name.
    :param type: the name of its type, as in ``VARCHAR``.
    """

    name: str
    type: str


@dataclass(frozen=True)
class StatementResult:
    """What came of one statement.

    :param statement: its first line, without literals.
    :param kind: ``SUCCESS`` where there is nothing but that to tell, or ``SUCCESS_WITH_CONTENT``; None where the
        gateway does not say (Flink 1.16).
    :param is_query: whether it was a query; false where the gateway does not say.
    :param columns: the columns of its rows.
    :param rows: its rows, each a value by column.
    :param changes: for each row ``INSERT``, ``UPDATE_BEFORE``, ``UPDATE_AFTER`` or ``DELETE``.
    :param truncated: whether there are more rows, or may be: the query was ended when there were enough.
    :param job_id: the job that it has started, 32 hex digits; None where it started none.
    """

    statement: str
    kind: str | None = None
    is_query: bool = False
    columns: tuple[ResultColumn, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    changes: tuple[str, ...] = ()
    truncated: bool = False
    job_id: str | None = None


@dataclass(frozen=True)
class StatementResults:
    """What came of several statements.

    :param results: one for each, in order.
    """

    results: tuple[StatementResult, ...] = ()

    @property
    def job_id(self) -> str | None:
        """The last job that runs because of the statements; a query's job ends with the query and does not count."""
        started = [one.job_id for one in self.results if one.job_id and not one.is_query]
        return started[-1] if started else None
