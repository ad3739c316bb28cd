"""The versions that the tests of each Airflow line run with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def pinned(line: str, package: str) -> list[str]:
    pins = (ROOT / f"constraints/airflow-{line}.txt").read_text()
    return re.findall(rf"^{package}==.*", pins, re.MULTILINE)


@pytest.mark.parametrize("package", ["httpx", "pydantic", "pydantic-core", "requests", "urllib3"])
def test_the_lower_floors_are_the_same_on_both_lines(package: str) -> None:
    """What imports no Airflow is tested once, beside the newer one."""
    assert pinned("2", package) == pinned("3", package) != []
