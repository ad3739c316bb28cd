from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from airflow_provider_dli.local.airflow.database_lock import nobody_writing


def test_nobody_writes_meanwhile_and_everybody_after(tmp_path: Path) -> None:
    file = tmp_path / "airflow.db"
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as component:
        component.execute("CREATE TABLE job (id)")
        with nobody_writing(file), pytest.raises(sqlite3.OperationalError, match="locked"):
            component.execute("INSERT INTO job VALUES (1)")
        component.execute("INSERT INTO job VALUES (2)")
        assert component.execute("SELECT id FROM job").fetchall() == [(2,)]
