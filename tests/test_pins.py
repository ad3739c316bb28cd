"""The versions that the tests of each Airflow line run with, and the lowest that are allowed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = (ROOT / "pyproject.toml").read_text()


def pinned(line: str, package: str) -> list[str]:
    pins = (ROOT / f"constraints/{line}.txt").read_text()
    return re.findall(rf"^{package}==.*", pins, re.MULTILINE)


def declared(table: str) -> list[Requirement]:
    """Return what pyproject.toml requires.

    :param table: ``dependencies``, or the name of an extra.
    """
    lines = PROJECT.split(f"\n{table} = [\n")[1].split("\n]")[0]
    return [Requirement(text) for text in re.findall(r'^ +"(.+)",$', lines, re.MULTILINE)]


def lowest() -> dict[str, Version]:
    """Return the lowest version that is allowed of each dependency, those of the extra included."""
    requirements = [*declared("dependencies"), *declared("local")]
    return {each.name: Version(bound.version) for each in requirements for bound in each.specifier}


@pytest.mark.parametrize("package", ["httpx", "pydantic", "pydantic-core", "requests", "urllib3"])
def test_the_lower_floors_are_the_same_on_both_lines(package: str) -> None:
    """What imports no Airflow is tested once, beside the newer one."""
    assert pinned("airflow-2", package) == pinned("airflow-3", package) != []


def test_the_lowest_version_of_every_dependency_is_tested() -> None:
    allowed = lowest()
    assert {"apache-airflow", "asgiref", "fastapi", "httpx", "pydantic", "requests"} < set(allowed)
    pins = {package: pinned("lowest-airflow-2", package) for package in allowed}
    assert {package: [Version(pin.split("==")[1]) for pin in found] for package, found in pins.items()} == {
        package: [version] for package, version in allowed.items()
    }


def test_the_lowest_common_compat_is_tested_on_both_lines() -> None:
    name = "apache-airflow-providers-common-compat"
    assert pinned("lowest-airflow-3", name) == pinned("lowest-airflow-2", name) != []


def test_every_python_that_is_named_is_tested() -> None:
    from tests.pythons import INTERPRETERS

    assert re.findall(r'Python :: (3\.\d+)"', PROJECT) == list(INTERPRETERS)
    assert f'requires-python = ">={next(iter(INTERPRETERS))}"' in PROJECT
