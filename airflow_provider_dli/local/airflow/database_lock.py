"""The lock of an Airflow's database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

#: Seconds that somebody else may go on writing.
_PATIENCE: Final = 30


@contextmanager
def nobody_writing(file: Path) -> Iterator[None]:
    """See to it that no component is in the middle of writing: one that is suspended there locks out all others.

    :param file: the SQLite database.
    """
    with closing(sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        # Closed without a commit, it has changed nothing.
        yield
