"""What all tests share: an Airflow of their own, and real Flink clusters of two majors.

Airflow reads its settings when it is first imported, so they are made here, before any test module is.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.selection import FLINK_1, FLINKS, is_long, is_of_one_flink

if TYPE_CHECKING:
    from airflow_provider_dli.local.cluster import LocalFlink
    from tests.cluster import Cluster
    from tests.dli_project import Project

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

SETTINGS = {
    # Metrics are a second old at most, and not ten.
    "metrics.fetcher.update-interval": "1000",
    # The list of checkpoints is no older than this: before a stop it is read twice, so far apart.
    "rest.cache.checkpoint-statistics.timeout": "100 ms",
    # For so many milliseconds a job that lacks slots waits; a cluster that has been up for longer fails it at once.
    "resourcemanager.standalone.start-up-time": "3600000",
}
AIRFLOW_3 = version("apache-airflow").startswith("3.")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "live: needs a real Flink cluster, which the test starts")
    config.addinivalue_line("markers", "airflow_2: live, and run on Airflow 2.11 as well")
    config.addinivalue_line("markers", "long: takes long, and is left to `make test-long`")
    config.addinivalue_line("markers", "one_flink: live, and run on one Flink only: what it shows is not Flink's doing")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if AIRFLOW_3 and is_long(item):
            item.add_marker("long")
    # Those that take long begin first, the README's paths above all, so that nobody waits for them at the end.
    # The model's greenlets come last: one that ends late must do so in no other test.
    items.sort(key=_place)
    twice = [item for item in items if is_of_one_flink(item)]
    if AIRFLOW_3 and twice:
        config.hook.pytest_deselected(items=twice)
        items[:] = [item for item in items if item not in twice]


def _place(item: pytest.Item) -> tuple[bool, bool, bool]:
    is_live = item.get_closest_marker("live") is not None
    return item.path.name != "test_readme.py", not is_live, item.path.parent.name == "model"


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(AIRFLOW_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def _flinks() -> Iterator[Callable[[str], LocalFlink]]:
    """Real Flink clusters by version: one is started when it is first wanted, and kept until the session ends."""
    from airflow_provider_dli.local.cluster import LocalFlink

    with ExitStack() as running:

        @cache
        def running_flink(version: str) -> LocalFlink:
            return running.enter_context(LocalFlink(version, configuration=SETTINGS))

        yield running_flink


# What differs between the Airflow lines does not depend on Flink: beside Airflow 2.11, one Flink will do.
@pytest.fixture(scope="session", params=FLINKS if AIRFLOW_3 else [FLINK_1])
def flink(request: pytest.FixtureRequest, _flinks: Callable[[str], LocalFlink]) -> LocalFlink:
    """A real Flink cluster, of one major after the other, shared by all tests of a session."""
    return _flinks(request.param)


@pytest.fixture(scope="session")
def airflow_db() -> None:
    """Airflow's database, empty, for tests that run DAGs."""
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture(scope="session")
def _cluster(flink: LocalFlink) -> Cluster:
    from tests.cluster import Cluster

    return Cluster(flink)


@pytest.fixture
def cluster(_cluster: Cluster, airflow_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A real Flink that the connection ``flink_default`` leads to; what a test leaves running is ended."""
    from tests.airflow_engine import connect

    connect(monkeypatch, _cluster.flink.address)
    yield _cluster
    _cluster.clear()


@pytest.fixture(scope="session")
def _project(flink: LocalFlink) -> Iterator[Project]:
    from tests.dli_project import project_on

    with project_on(flink) as project:
        yield project


@pytest.fixture
def project(_project: Project, airflow_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A DLI in front of that Flink, which the connection ``dli_default`` leads to; what a test leaves there goes."""
    from tests.dli_project import connect

    connect(monkeypatch, _project.connection())
    yield _project
    _project.clear()
