"""What all tests share: an Airflow of their own, and real Flink clusters of two majors.

Airflow reads its settings when it is first imported, so they are made here, before any test module is.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

AIRFLOW_HOME = Path(tempfile.mkdtemp(prefix="airflow-home-"))
DAGS = AIRFLOW_HOME / "dags"
DAGS.mkdir()
os.environ.update(
    {
        "AIRFLOW_HOME": str(AIRFLOW_HOME),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{AIRFLOW_HOME}/airflow.db",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
)

FLINK_1, FLINK_2 = FLINKS = ("1.20.5", "2.3.0")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "live: needs a real Flink cluster, which the test starts")
    config.addinivalue_line("markers", "airflow_2: live, and run on Airflow 2.11 as well")


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(AIRFLOW_HOME, ignore_errors=True)


@pytest.fixture(scope="session", params=FLINKS)
def flink(request: pytest.FixtureRequest) -> Iterator[object]:
    """A real Flink cluster, of one major after the other, shared by all tests of a session."""
    from airflow_provider_dli.local.cluster import LocalFlink

    with LocalFlink(request.param) as cluster:
        yield cluster
