"""Databases, tables and views: the statements that made them, which are run again before each later script."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from typing import Final, NamedTuple

from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

#: The database that is always there.
DEFAULT: Final = "default"

#: A name, in quotes or not.
NAME: Final = r"(?:`[^`]+`|[\w$]+)"
_CHANGE: Final = re.compile(
    r"(CREATE(?:\s+OR\s+REPLACE)?|DROP|ALTER)\s+(TABLE|VIEW|DATABASE|FUNCTION)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"
    rf"({NAME}(?:\s*\.\s*{NAME})*)",
    re.IGNORECASE,
)
_USE: Final = re.compile(rf"USE\s+({NAME})", re.IGNORECASE)


class _Change(NamedTuple):
    verb: str
    kind: str
    database: str
    name: str


class Catalog:
    """What the project's databases hold, in words.

    :param services: what remembers it.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._statements = services.store.kind("sql_catalog")
        #: The folder for the rows of tables that do not say where they are.
        self.warehouse = services.settings.folder / "sql_tables"

    def has_database(self, name: str) -> bool:
        """Tell whether there is such a database."""
        kept = self._statements.all()
        return name == DEFAULT or any(one["kind"] == "DATABASE" and one["name"] == name for one in kept)

    def before(self, database: str) -> list[str]:
        """Return the statements to run before a script, so that it finds all that there is.

        :param database: the database that it begins in.
        """
        statements = [f"CREATE DATABASE IF NOT EXISTS `{DEFAULT}`"]
        for kept in self._statements.all():
            statements += [kept["text"]] if kept["kind"] == "DATABASE" else [_use(kept["database"]), kept["text"]]
        return [*statements, _use(database)]

    def keep(self, statements: Iterable[str], database: str) -> None:
        """Keep what a script has changed that has been run.

        :param statements: its statements.
        :param database: the database that it began in.
        """
        with self._services.store.change():
            for statement in statements:
                database = used_database(statement) or database
                change = _change(statement, database)
                if change and change.verb == "DROP":
                    self._drop(change)
                elif change and not (change.verb == "CREATE" and self._of(change)):
                    self._add(change, statement)

    def _add(self, change: _Change, statement: str) -> None:
        number = self._statements.next_number()
        self._statements.put(number, {"number": number, **change._asdict(), "text": statement})

    def _drop(self, change: _Change) -> None:
        for kept in self._of(change):
            self._statements.delete(kept["number"])
        if change.kind in {"TABLE", "DATABASE"}:
            name = change.name if change.kind == "TABLE" else ""
            shutil.rmtree(self.warehouse / change.database / name, ignore_errors=True)

    def _of(self, change: _Change) -> list[Document]:
        """Return what is kept of a thing; of a database all that is in it."""
        whole = change.kind == "DATABASE" and change.verb == "DROP"
        thing = change._asdict()
        return [
            kept
            for kept in self._statements.all()
            if all(kept[part] == thing[part] for part in ("kind", "database", "name"))
            or (whole and kept["database"] == change.name)
        ]


def _change(statement: str, database: str) -> _Change | None:
    found = _CHANGE.match(statement)
    if found is None:
        return None
    verb, kind = found[1].upper(), found[2].upper()
    *path, name = [plain(part) for part in re.findall(NAME, found[3])]
    if kind == "DATABASE":
        database = name
    elif path:
        database = path[-1]
    return _Change(verb, kind, database, name)


def plain(name: str) -> str:
    """Return a name without its quotes."""
    return name.strip("`")


def used_database(statement: str) -> str | None:
    """Return the database that a statement changes to; None where it is another statement."""
    used = _USE.fullmatch(statement)
    return plain(used[1]) if used else None


def _use(database: str) -> str:
    return f"USE `{database}`"
