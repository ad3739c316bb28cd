"""Each floor knows only the floors under it, and what is slow to load is loaded when it is first used."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

import airflow_provider_dli

PACKAGE = airflow_provider_dli.__name__
ROOT = Path(airflow_provider_dli.__file__).parent
# From the ground up; what stands together on one floor may know each other.
FLOORS = [{"rest"}, {"flink", "dli"}, {"jobs"}, {"hooks", "tasks", "operators", "sensors", "triggers", "links"}]
LOWER = ("rest", "flink", "dli", "jobs")


def modules(floor: str) -> Iterator[tuple[str, Path]]:
    for file in sorted((ROOT / floor).rglob("*.py")):
        parts = file.relative_to(ROOT.parent).with_suffix("").parts
        yield ".".join(parts).removesuffix(".__init__"), file


def imported(name: str, file: Path) -> Iterator[str]:
    """Yield what a module imports, at its top, within its functions, or for its types."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{source}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("floor", LOWER)
def test_a_floor_knows_only_those_under_it(floor: str) -> None:
    height = next(height for height, rooms in enumerate(FLOORS) if floor in rooms)
    known = {PACKAGE + "." + room for rooms in FLOORS[: height + 1] for room in rooms}
    seen = {(name, other) for name, file in modules(floor) for other in imported(name, file)}
    ours = {(name, other) for name, other in seen if other.split(".")[0] == PACKAGE}
    assert ours
    assert not {(name, other) for name, other in ours if ".".join(other.split(".")[:2]) not in known}
    assert not {(name, other) for name, other in seen if other.split(".")[0] == "airflow"}


@pytest.mark.parametrize("floor", sorted(FLOORS[-1]))
def test_the_top_floor_does_not_know_what_is_beside_the_house(floor: str) -> None:
    assert not {
        (name, other) for name, file in modules(floor) for other in imported(name, file) if f"{PACKAGE}.local" in other
    }


def test_the_emulator_does_not_know_the_client_that_it_is_a_check_on() -> None:
    known = {(name, other) for name, file in modules("local/dli") for other in imported(name, file)}
    assert known
    assert not {(name, other) for name, other in known if f"{other}.".startswith(f"{PACKAGE}.dli.")}


def test_the_lower_floors_load_no_airflow_and_no_requests() -> None:
    names = [name for floor in LOWER for name, _ in modules(floor)]
    code = f"import sys, {', '.join(names)}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True, timeout=60
    ).stdout.split()
    assert set(names) <= set(loaded)
    assert not {name for name in loaded if name.split(".")[0] in {"airflow", "requests", "urllib3"}}
