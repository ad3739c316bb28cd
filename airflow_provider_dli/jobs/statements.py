"""SQL statements and their results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<comment>(?:--|//)[^\n\r]*|/\*(?!\+).*?(?:\*/|\Z))
    |(?P<hint>/\*\+.*?(?:\*/|\Z))
    |(?P<literal>'(?:[^']|'')*(?:'|\Z)|"(?:[^"]|"")*(?:"|\Z))
    |(?P<quoted>`(?:[^`]|``)*(?:`|\Z))
    |(?P<word>\w+)
    |(?P<space>\s+)
    |(?P<symbol>.)
    """,
    re.DOTALL | re.VERBOSE,
)
# Statements of which these are the first words start a job.
_STARTS_JOB = (
    ["INSERT"],
    ["UPDATE"],
    ["DELETE"],
    ["CALL"],
    ["EXECUTE"],
    ["END"],
    ["COMPILE", "AND", "EXECUTE", "PLAN"],
)
# A set of statements is one statement, whatever is between BEGIN and END.
_STATEMENT_SET = ["STATEMENT", "SET", "BEGIN"]
_HEADS_OF_SETS = {"EXECUTE", "EXPLAIN", "COMPILE"}
# Kinds of tokens that a statement means the same without.
_NO_CODE = {"comment", "hint", "space"}
_LITERAL = re.compile(r"'[^']*'?")
_LONGEST = 80


class _Token(NamedTuple):
    """A piece of a script.

    :param kind: name of a group of the expression that has matched it.
    :param text: the piece.
    """

    kind: str
    text: str

    @property
    def code(self) -> str:
        """The word or symbol in upper case; a placeholder for literals and quoted names."""
        return self.text.upper() if self.kind in {"word", "symbol"} else f"<{self.kind}>"


class _Reading:
    """A statement as far as it was read: its first word, its last three words and symbols, and the set within it.

    Its :attr:`is_within_set` is true from ``STATEMENT SET BEGIN`` to the ``END`` that follows a semicolon.
    """

    def __init__(self) -> None:
        self.is_within_set = False
        self._head = ""
        self._last: list[str] = []

    def add(self, token: _Token) -> None:
        """Read the next token of the statement."""
        if token.kind in _NO_CODE:
            return
        self._head = self._head or token.code
        self._last = [*self._last[-2:], token.code]
        if self._last == _STATEMENT_SET and self._head in _HEADS_OF_SETS:
            self.is_within_set = True
        elif self._last[-2:] == [";", "END"]:
            self.is_within_set = False


def split(script: str) -> tuple[str, ...]:
    """Return the statements of a script; semicolons within literals, comments and statement sets do not end one.

    :param script: the statements, each but the last with a semicolon behind it.
    """
    statements: list[list[_Token]] = [[]]
    reading = _Reading()
    for token in _tokens(script):
        if token.code == ";" and not reading.is_within_set:
            statements.append([])
            reading = _Reading()
        else:
            statements[-1].append(token)
            reading.add(token)
    return tuple("".join(token.text for token in tokens).strip() for tokens in statements if _code(tokens))


def _tokens(script: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(script):
        yield _Token(match.lastgroup or "", match.group())


def _code(tokens: Iterable[_Token]) -> list[str]:
    """Return the words and symbols of a statement, without white space, comments and hints."""
    return [token.code for token in tokens if token.kind not in _NO_CODE]


def _creates_table_from_query(code: Sequence[str]) -> bool:
    """Tell whether a statement is CREATE TABLE ... AS or REPLACE TABLE ... AS, which fills the table with a job."""
    if not code or code[0] not in {"CREATE", "REPLACE"} or not _is_about_table(code):
        return False
    depth = 0
    for one in code:
        depth += (one == "(") - (one == ")")
        if one == "AS" and depth == 0:
            return True
    return False


def _is_about_table(code: Sequence[str]) -> bool:
    """Tell whether TABLE is the kind of object that a statement creates."""
    words = takewhile(lambda word: word in {"CREATE", "OR", "REPLACE", "TEMPORARY", "MATERIALIZED"}, code)
    number = len(list(words))
    return code[number : number + 1] == ["TABLE"]


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
        """Whether it starts a job, or may do so as a procedure may, as far as its words tell."""
        code = _code(_tokens(self.text))
        return any(code[: len(words)] == words for words in _STARTS_JOB) or _creates_table_from_query(code)

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
