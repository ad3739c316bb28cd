"""The database of an Airflow. Making an empty one takes seconds: each version's is made once, and copied."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from airflow_provider_dli.local.airflow.component import airflow_command
from airflow_provider_dli.local.airflow.diagnosis import last_word
from airflow_provider_dli.local.airflow.errors import AirflowStartError
from airflow_provider_dli.local.airflow.settings import database_address
from airflow_provider_dli.local.airflow.version import version
from airflow_provider_dli.local.folders import cache_folder

# How SQLite was told of the table of triggers: of itself first, then of its indexes.
_OF_TRIGGERS: Final = "SELECT sql FROM sqlite_master WHERE tbl_name = 'trigger' AND sql IS NOT NULL ORDER BY type DESC"


def put_empty_database(file: Path, environment: Mapping[str, str]) -> None:
    """Put an empty database where an Airflow expects it.

    :param file: the SQLite database.
    :param environment: that Airflow's settings.
    :raises AirflowStartError: if none could be made.
    """
    empty = cache_folder() / f"airflow-{version()}.db"
    if not empty.exists():
        empty.parent.mkdir(parents=True, exist_ok=True)
        # Made aside and renamed: nobody copies half of it.
        with tempfile.TemporaryDirectory(dir=empty.parent) as aside:
            made = Path(aside) / empty.name
            _make(made, environment)
            _let_read_while_written(made)
            made.rename(empty)
    shutil.copyfile(empty, file)
    _give_no_trigger_id_twice(file)


def _make(file: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        airflow_command("db", "migrate"),
        env={**environment, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_address(file)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise AirflowStartError(f"Airflow could not make a database. It wrote last: {last_word(done.stdout)}")


def _let_read_while_written(file: Path) -> None:
    """Have the file remember that others may read it while one writes: four components do so all the time."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def _give_no_trigger_id_twice(file: Path) -> None:
    """Let SQLite count triggers as other databases do: it gives the last one's id again once that is gone.

    The triggerer takes a trigger with the id of one that is just being cancelled for that one, and never runs it.
    """
    with closing(sqlite3.connect(file)) as connection:
        statements = [row[0] for row in connection.execute(_OF_TRIGGERS)]
        connection.execute('DROP TABLE IF EXISTS "trigger"')
        for statement in statements:
            connection.execute(_counting(statement))


def _counting(statement: str) -> str:
    without_key = re.sub(r"CONSTRAINT \w+ PRIMARY KEY \(id\),\s*", "", statement)
    return without_key.replace("id INTEGER NOT NULL", "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", 1)
