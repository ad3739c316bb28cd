"""What the emulator remembers: documents in SQLite, so that nothing is lost when it is restarted."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

Document = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, number INTEGER NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (kind, key), UNIQUE (kind, number)
);
CREATE TABLE IF NOT EXISTS numbers (kind TEXT PRIMARY KEY, last INTEGER NOT NULL);
"""
#: The members by which documents are looked for, as paths of SQLite's JSON functions. Each has an index: the time of a
#: lookup does not grow with the number of documents.
_INDEXED: Final = {"name": "$.name", "active": "$.run.active"}


def _member(path: str) -> str:
    # A text that is no JSON would fail every statement.
    return f"CASE WHEN json_valid(body) THEN json_extract(body, '{path}') END"


_INDEXES: Final = "".join(
    f"CREATE INDEX IF NOT EXISTS by_{name} ON documents (kind, {_member(path)});" for name, path in _INDEXED.items()
)


class DamagedStateError(Exception):
    """The file with the emulator's state cannot be read."""


class Store:
    """Documents of several kinds, each under a key of its own; safe to use from several threads.

    :param file: the database's file; made where it is not there.
    :raises DamagedStateError: when it is no such database, or damaged.
    """

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        script = f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {_SCHEMA}{_INDEXES}"
        try:
            self._connection.executescript(script)
            self._check()
        except (sqlite3.DatabaseError, ValueError, RecursionError) as error:
            self._connection.close()
            raise DamagedStateError(
                f"The emulator's state in {file} is damaged: {error}. Restore the file from a copy, or delete it, with "
                f"{file.name}-wal and {file.name}-shm, to begin without any jobs."
            ) from error
        self._lock = threading.RLock()

    def _check(self) -> None:
        """Check that every document can be read."""
        (verdict,) = self._connection.execute("PRAGMA quick_check").fetchone()
        if verdict != "ok":
            raise ValueError(verdict)
        for kind, key, body in self._connection.execute("SELECT kind, key, body FROM documents"):
            if not isinstance(json.loads(body), dict):
                raise ValueError(f"the document {key} of {kind} is none")

    def kind(self, name: str) -> Kind:
        """Return the documents of one kind, as in ``flink_jobs``."""
        return Kind(self, name)

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Change several documents at once, or none; nobody sees half of it."""
        with self._lock:
            nested = self._connection.in_transaction
            if not nested:
                self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                if not nested:
                    self._connection.execute("ROLLBACK")
                raise
            if not nested:
                self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()


class Kind:
    """The documents of one kind, oldest first.

    :param store: what holds them.
    :param name: the kind.
    """

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name

    def next_number(self) -> int:
        """Return a number that no document of this kind ever had: 1, 2, 3 ..."""
        with self._store.change() as connection:
            connection.execute("INSERT OR IGNORE INTO numbers VALUES (?, 0)", [self._name])
            connection.execute("UPDATE numbers SET last = last + 1 WHERE kind = ?", [self._name])
            row = connection.execute("SELECT last FROM numbers WHERE kind = ?", [self._name]).fetchone()
        return int(row[0])

    def put(self, key: object, document: Document) -> None:
        """Write a document, in place of the one that has its key."""
        with self._store.change() as connection:
            held = connection.execute(
                "UPDATE documents SET body = ? WHERE kind = ? AND key = ?", [json.dumps(document), self._name, str(key)]
            )
            if not held.rowcount:
                number = Kind(self._store, f"{self._name}/order").next_number()
                row = [self._name, number, str(key), json.dumps(document)]
                connection.execute("INSERT INTO documents VALUES (?, ?, ?, ?)", row)

    def get(self, key: object) -> Document | None:
        """Return a document; None where there is none."""
        with self._store.change() as connection:
            found = connection.execute(
                "SELECT body FROM documents WHERE kind = ? AND key = ?", [self._name, str(key)]
            ).fetchone()
        return json.loads(found[0]) if found else None

    def update(self, key: object, change: Callable[[Document], None]) -> Document | None:
        """Change a document where it stands, and return it; None where there is none."""
        with self._store.change():
            document = self.get(key)
            if document is not None:
                change(document)
                self.put(key, document)
        return document

    def delete(self, key: object) -> bool:
        """Remove a document, and tell whether there was one."""
        with self._store.change() as connection:
            gone = connection.execute("DELETE FROM documents WHERE kind = ? AND key = ?", [self._name, str(key)])
        return gone.rowcount > 0

    def having(self, member: str, value: object) -> list[Document]:
        """Return the documents of which a member has a value, oldest first.

        :param member: one of the members that are indexed: ``name`` or ``active``.
        :param value: the value.
        """
        # An order by the number would let SQLite choose the index of that, and read all documents of the kind.
        source = f"documents INDEXED BY by_{member}"
        query = f"SELECT number, body FROM {source} WHERE kind = ? AND {_member(_INDEXED[member])} = ?"  # noqa: S608
        with self._store.change() as connection:
            rows = connection.execute(query, [self._name, value]).fetchall()
        return [json.loads(body) for _, body in sorted(rows)]

    def all(self) -> list[Document]:
        """Return all documents, oldest first."""
        with self._store.change() as connection:
            rows = connection.execute(
                "SELECT body FROM documents WHERE kind = ? ORDER BY number", [self._name]
            ).fetchall()
        return [json.loads(row[0]) for row in rows]
