from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from airflow_provider_dli.local.airflow import database
from airflow_provider_dli.local.airflow.database import put_empty_database
from airflow_provider_dli.local.airflow.errors import AirflowStartError

MAKE = """
import os, sqlite3
address = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
file = address.removeprefix("sqlite:///").partition("?")[0]
sqlite3.connect(file).execute("create table made (x)")
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(database, "version", lambda: "3.9.9")
    return tmp_path / "airflow-provider-dli"


def migrating_with(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Python code stand in for ``airflow db migrate``."""
    monkeypatch.setattr(database, "airflow_command", lambda *_: [sys.executable, "-c", code])


def test_it_is_made_once_and_copied(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrating_with(MAKE, monkeypatch)
    put_empty_database(tmp_path / "first.db", os.environ)
    migrating_with("raise AssertionError", monkeypatch)
    put_empty_database(tmp_path / "second.db", os.environ)
    assert (tmp_path / "first.db").read_bytes() == (tmp_path / "second.db").read_bytes()
    assert [file.name for file in cache.iterdir()] == ["airflow-3.9.9.db"]


def test_one_may_write_while_others_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrating_with(MAKE, monkeypatch)
    put_empty_database(tmp_path / "airflow.db", os.environ)
    with closing(sqlite3.connect(tmp_path / "airflow.db")) as connection:
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
        assert connection.execute("select * from made").fetchall() == []


def test_the_id_of_a_trigger_that_is_gone_is_not_given_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    members = "id INTEGER NOT NULL, \\n x INTEGER, CONSTRAINT its_key PRIMARY KEY (id), CHECK (x > 0)"
    table = f"create table 'trigger' ({members})"
    migrating_with(f'{MAKE}sqlite3.connect(file).execute("{table}")', monkeypatch)
    put_empty_database(tmp_path / "airflow.db", os.environ)
    with closing(sqlite3.connect(tmp_path / "airflow.db")) as connection:
        connection.execute("insert into 'trigger' (x) values (1)")
        connection.execute("delete from 'trigger'")
        connection.execute("insert into 'trigger' (x) values (1)")
        assert connection.execute("select id from 'trigger'").fetchall() == [(2,)]


def test_one_that_cannot_be_made_says_why(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrating_with("raise ValueError('no disk')", monkeypatch)
    with pytest.raises(AirflowStartError, match=r"could not make a database\. It wrote last: ValueError: no disk"):
        put_empty_database(tmp_path / "airflow.db", os.environ)
    assert not list(cache.iterdir())
