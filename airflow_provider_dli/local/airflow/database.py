"""The database of an Airflow. Making an empty one takes seconds: each version's is made once, and copied."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from airflow_provider_dli.local.airflow.component import airflow_command
from airflow_provider_dli.local.airflow.diagnosis import last_word
from airflow_provider_dli.local.airflow.errors import AirflowStartError
from airflow_provider_dli.local.airflow.settings import database_address
from airflow_provider_dli.local.airflow.version import version
from airflow_provider_dli.local.folders import cache_folder


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
