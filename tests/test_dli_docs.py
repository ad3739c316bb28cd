"""The pages about DLI and its emulator name what there is: each field, operator, sensor, switch and fault."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.dli.advice import ADVICE
from airflow_provider_dli.dli.credentials.choice import WAYS
from airflow_provider_dli.dli.iam_actions import _OPERATIONS
from airflow_provider_dli.hooks.dli_fields import FIELDS
from airflow_provider_dli.jobs.dli.verdicts import _PASSING
from airflow_provider_dli.local.dli.faults.fault import Fault
from airflow_provider_dli.local.dli.settings import Settings
from airflow_provider_dli.local.dli.switches import Switches
from airflow_provider_dli.operators import dli as operators
from airflow_provider_dli.sensors import dli as sensors

DOCS = Path(__file__).parents[1] / "docs"
DLI, EMULATOR = (DOCS / "dli.md").read_text(), (DOCS / "emulator.md").read_text()
SENSORS = [name for name in vars(sensors) if re.fullmatch(r"Dli\w+(Status|Checkpoint|Metric)Sensor", name)]


def told(of: type) -> dict[str, str]:
    """What a docstring says of each parameter."""
    text = inspect.cleandoc(of.__doc__ or "")
    return {
        name: " ".join(said.split()) for name, said in re.findall(r":param (\w+): (.*?)(?=\n:param|\Z)", text, re.S)
    }


def row(of: type, name: str, default: Any) -> str:
    """A line of a table, as the docstring says it."""
    return f"| `{name}` | `{default!r}` | {told(of)[name].replace('``', '`')} |"


def test_every_field_of_the_connection_is_told() -> None:
    assert [name for name in FIELDS if f"`{name}`" not in DLI] == []


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_authenticate_is_told_with_what_it_needs(way: str) -> None:
    (line,) = [line for line in DLI.splitlines() if line.startswith(f"| `{way}` |")]
    assert [name for name in WAYS[way].needs if name not in line] == []


def test_every_operator_and_sensor_is_told() -> None:
    assert SENSORS
    assert [name for name in [*operators.__all__, *SENSORS] if f"| `{name}` |" not in DLI] == []


def test_every_code_with_an_advice_is_told() -> None:
    codes = {code.rpartition(".")[2] for code in [*ADVICE, *_PASSING]}
    assert [code for code in sorted(codes) if not re.search(rf"`(DLI|APIGW)?\.{code}`", DLI)] == []


def test_an_action_that_is_told_is_one_that_operations_need() -> None:
    identity_policies = {"dli:jobs:startFlinkJob", "dli:jobs:stopFlinkJob", "dli:jobs:list"}
    assert set(re.findall(r"dli:\w+:\w+", DLI)) <= {*_OPERATIONS, *identity_policies}


def test_every_switch_is_told_with_its_default() -> None:
    assert [line for one in fields(Switches) if (line := row(Switches, one.name, one.default)) not in EMULATOR] == []


def test_every_member_of_a_fault_is_told() -> None:
    assert [line for one in fields(Fault) if (line := row(Fault, one.name, one.default)) not in EMULATOR] == []


def test_who_is_there_from_the_beginning_is_told() -> None:
    known = {one.name: one.default for one in fields(Settings)}
    seeded = ("region", "project_id", "access_key", "domain", "user", "password")
    assert [name for name in seeded if f"`{known[name]}`" not in EMULATOR] == []
