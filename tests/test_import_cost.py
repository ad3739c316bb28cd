"""Every DAG file pays for what this package imports, each time that it is parsed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

MEASURE = """
import json, sys
from airflow.providers.common.compat.sdk import DAG, BaseHook, BaseOperator, BaseSensorOperator
import airflow.triggers.base
before = set(sys.modules)
from airflow_provider_dli.operators.{place} import *
import airflow_provider_dli.sensors.{place}
in_a_dag_file = set(sys.modules) - before
import airflow_provider_dli.hooks.{place}, airflow_provider_dli.triggers.flow
print(json.dumps([sorted(in_a_dag_file), sorted(set(sys.modules) - before)]))
"""


@pytest.fixture(scope="module", params=["flink", "dli"])
def imported(request: pytest.FixtureRequest) -> tuple[set[str], set[str]]:
    """What operators and sensors import in a fresh interpreter, beyond Airflow itself; and with hook and trigger."""
    root = Path(__file__).parents[1]
    code = MEASURE.replace("{place}", request.param)
    told = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    in_a_dag_file, in_all = json.loads(told.stdout.splitlines()[-1])
    return set(in_a_dag_file), set(in_all)


def test_what_is_dear_is_not_imported(imported: tuple[set[str], set[str]]) -> None:
    for modules in imported:
        assert not {"requests", "rich", "pendulum", "flask", "airflow_provider_dli.local"} & modules


def test_a_dag_file_imports_no_http_library_at_all(imported: tuple[set[str], set[str]]) -> None:
    assert not {name for name in imported[0] if name.partition(".")[0] in {"httpx", "requests", "urllib3"}}


def test_a_dag_file_builds_no_models(imported: tuple[set[str], set[str]]) -> None:
    """Airflow itself has parts of pydantic loaded: what counts are further parts, and what is made of them."""
    models = (".endpoints", ".members", ".client")
    assert not {name for name in imported[0] if name.partition(".")[0].startswith("pydantic")}
    assert not {name for name in imported[0] if name.endswith(models) or ".endpoints." in name}
    assert any(".endpoints." in name for name in imported[1])


def test_a_dag_file_imports_little_beside_this_package(imported: tuple[set[str], set[str]]) -> None:
    assert len(imported[0]) <= 78
    assert len({name for name in imported[0] if not name.startswith("airflow_provider_dli")}) <= 5
