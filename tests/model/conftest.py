from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.model.expected import SCENARIOS
from tests.model.simulation import replaced


@pytest.fixture(scope="package", autouse=True)
def _simulation() -> Iterator[None]:
    with replaced():
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name == "test_scenarios.py" and item.name.partition("[")[0] in SCENARIOS:
            item.add_marker(pytest.mark.xfail(reason="a defect that is still open", strict=False))
