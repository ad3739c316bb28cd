"""What the packages of operators have for others is loaded when it is first asked for, and known to type checkers."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

PACKAGE = "airflow_provider_dli.operators"


@pytest.fixture(params=["flink", "dli"])
def package(request: pytest.FixtureRequest) -> ModuleType:
    return import_module(f"{PACKAGE}.{request.param}")


def told_to_type_checkers(package: ModuleType) -> dict[str, str]:
    """The names that a package imports for type checkers, each with the module that it is from."""
    tree = ast.parse(Path(str(package.__file__)).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


def test_all_that_is_told_is_there(package: ModuleType) -> None:
    told = told_to_type_checkers(package)
    assert sorted(told) == package.__all__ == dir(package)
    assert {name: getattr(package, name).__module__ for name in told} == told
    assert {name: vars(package)[name] for name in told} == {name: getattr(package, name) for name in told}


def test_what_is_not_there(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match=rf"module '{package.__name__}' has no attribute 'FlinkOperator'"):
        _ = package.FlinkOperator
    assert not hasattr(package, "_anything")


def test_nothing_is_loaded_that_was_not_asked_for() -> None:
    code = f"import sys; from {PACKAGE}.flink import FlinkCancelJobOperator; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True, timeout=60
    ).stdout.split()
    assert f"{PACKAGE}.flink.ends" in loaded
    assert f"{PACKAGE}.flink.sql" not in loaded
