from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from airflow_provider_dli.triggers import clients
from tests.model.expected import SCENARIOS
from tests.model.simulation import replaced


@pytest.fixture(scope="package", autouse=True)
def _simulation() -> Iterator[None]:
    with replaced():
        yield
    # Greenlets that never ended go now: in the middle of `ast.parse` their end would be an error of Python 3.11.
    gc.collect()


@pytest.fixture(autouse=True)
def _no_clients_left() -> Iterator[None]:
    """Forget the clients of simulated event loops: a simulation that fails, or stops, does not give them back."""
    yield
    for known in (clients._current, clients._readings):
        known.clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name == "test_scenarios.py" and item.name.partition("[")[0] in SCENARIOS:
            item.add_marker(pytest.mark.xfail(reason="a defect that is still open", strict=False))
