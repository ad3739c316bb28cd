"""The bounds of pyproject.toml: whatever they allow installs, imports, defers and finishes.

`make test-lowest` and `make test-pythons` run these tests on the oldest and the newest of what is allowed, on each
version of Python, so they import nothing that only one version of Airflow has.
"""

from __future__ import annotations

import ast
import asyncio
import importlib
import importlib.util
import json
import pkgutil
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, BaseOperator, TaskDeferred
from airflow.triggers.base import BaseTrigger

import airflow_provider_dli
from airflow_provider_dli.operators.flink import FlinkCancelJobOperator
from airflow_provider_dli.sensors.dli import DliFlinkJobStatusSensor
from airflow_provider_dli.sensors.flink import FlinkJobStatusSensor
from tests.airflow_engine import connect, context_of, deferred_or_not, run_task
from tests.every_task import DLI_JOB, JOB, LEAST, make
from tests.rest.server import Handler, Server, answer, serving
from tests.tasks.starts import Starts
from tests.test_pins import declared
from tests.triggers.flink_server import overview

ROOT = Path(__file__).parents[1]
PACKAGE = Path(airflow_provider_dli.__file__).parent
MODULES = [
    found.name
    for found in pkgutil.walk_packages(airflow_provider_dli.__path__, "airflow_provider_dli.")
    if not found.name.endswith("__main__")
]
EXAMPLES = sorted((ROOT / "example_dags").glob("*.py"))
#: Modules of distributions that others bring along, and that are not declared for that reason.
BROUGHT_ALONG = {
    "flask_appbuilder": "apache-airflow",
    "jinja2": "apache-airflow",
    "pendulum": "apache-airflow",
    "wtforms": "apache-airflow",
    "pydantic_core": "pydantic",
    "starlette": "fastapi",
}


def imports_in(file: Path) -> Iterator[tuple[str, str | None]]:
    """Yield the modules and names that a file imports from elsewhere, inside functions as well."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((str(node.module), alias.name) for alias in node.names)


def test_every_module_can_be_imported() -> None:
    assert len(MODULES) > 200
    for name in MODULES:
        importlib.import_module(name)


def test_every_name_of_common_compat_is_there() -> None:
    """Most of them are imported late, so that a missing one would only show when a task is deferred."""
    files = [*PACKAGE.rglob("*.py"), *EXAMPLES]
    wanted = {each for file in files for each in imports_in(file) if each[0].startswith("airflow.providers.")}
    assert {module.split(".")[2] for module, _ in wanted} == {"common"}
    missing = {each for each in wanted if not hasattr(importlib.import_module(each[0]), str(each[1]))}
    assert not missing


def test_what_is_imported_is_declared() -> None:
    always, locally = ({each.name for each in declared(table)} for table in ("dependencies", "local"))
    for file in PACKAGE.rglob("*.py"):
        allowed = always | (locally if "local" in file.relative_to(PACKAGE).parts else set())
        for module, _ in imports_in(file):
            top = module.split(".")[0]
            if top not in sys.stdlib_module_names and top not in {"airflow_provider_dli", *BROUGHT_ALONG}:
                assert _distribution(module) in allowed, f"{file}: {module}"


def _distribution(module: str) -> str:
    if module.startswith("airflow.providers.common.compat"):
        return "apache-airflow-providers-common-compat"
    top = module.split(".")[0]
    return "apache-airflow" if top == "airflow" else top


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_dag_is_read(file: Path) -> None:
    spec = importlib.util.spec_from_file_location(f"example_{file.stem}", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (dag,) = {id(each): each for each in vars(module).values() if isinstance(each, DAG)}.values()
    assert dag.tasks


@pytest.mark.parametrize("kind", LEAST, ids=lambda kind: kind.__name__)
def test_a_task_can_be_made(kind: type[BaseOperator]) -> None:
    assert make(kind, deferrable=True).deferrable


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that stands in for a Flink and a DLI."""
    with serving() as server:
        connect(monkeypatch, server.address)
        extra = {"endpoint": server.address, "region": "local-1", "project_id": "0" * 32}
        connection = {"conn_type": "dli", "login": "KEY", "password": "secret", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_DLI_DEFAULT", json.dumps(connection))
        yield server


class CancelledOnce:
    """Answers like a Flink whose one job is cancelled on request."""

    status = "RUNNING"

    def __call__(self, handler: Handler) -> None:
        if handler.command == "PATCH":
            self.status = "CANCELED"
            answer(202, b"{}")(handler)
        else:
            overview(self.status)(handler)


def run(kind: type[BaseOperator], deferrable: bool, **arguments: Any) -> Any:
    """Run a task, and its trigger where it defers, as Airflow does; return its result.

    By hand, as Airflow 3.0 has no ``DAG.test`` for DAGs of its task SDK.
    """
    task = kind(task_id="it", deferrable=deferrable, poll_interval=0.05, **arguments)
    context = context_of(task)
    task.pre_execute(context)
    try:
        result = task.execute(context)
    except TaskDeferred as deferral:
        assert deferrable
        path, stored = deferral.trigger.serialize()
        trigger = getattr(importlib.import_module(path.rpartition(".")[0]), path.rpartition(".")[2])
        event = asyncio.run(_fired(trigger(**json.loads(json.dumps(stored)))))
        again = kind(task_id="it", deferrable=deferrable, poll_interval=0.05, **arguments)
        return again.resume_execution(deferral.method_name, {"event": event}, context)
    assert not deferrable
    return result


async def _fired(trigger: BaseTrigger) -> Any:
    (event,) = [event async for event in trigger.run()]
    await trigger.cleanup()
    return event.payload


@deferred_or_not
def test_a_sensor_waits_for_a_job_on_flink(server: Server, deferrable: bool) -> None:
    server.says(overview("RUNNING"), overview("FINISHED"))
    result = run(FlinkJobStatusSensor, deferrable, job_id=JOB)
    assert getattr(result, "xcom_value", result) == "FINISHED"


@deferred_or_not
def test_an_operator_ends_a_job_on_flink(server: Server, deferrable: bool) -> None:
    server.says(CancelledOnce())
    run(FlinkCancelJobOperator, deferrable, job_id=JOB)
    assert [each.method for each in server.received].count("PATCH") == 1


@deferred_or_not
def test_an_operator_starts_a_job_and_waits_for_its_end(server: Server, deferrable: bool) -> None:
    server.says(overview("RUNNING"), overview("FINISHED"))
    assert run(Starts, deferrable, wait_until="finished") == JOB


@deferred_or_not
def test_a_sensor_waits_for_a_job_on_dli(server: Server, deferrable: bool) -> None:
    detail = {"job_id": int(DLI_JOB), "name": "orders", "status": "job_finish"}
    server.says(answer(body=json.dumps({"is_success": "true", "job_detail": detail}).encode()))
    result = run(DliFlinkJobStatusSensor, deferrable, job_id=DLI_JOB)
    assert getattr(result, "xcom_value", result) == "job_finish"


@pytest.mark.skipif(not hasattr(DAG, "test"), reason="Airflow 3.0 has no DAG.test in its task SDK")
def test_airflow_itself_defers_and_finishes_a_task(server: Server, airflow_db: None) -> None:
    server.says(overview("RUNNING"), overview("FINISHED"))
    task, log = run_task(Starts, deferrable=True, wait_until="finished", poll_interval=0.05)
    assert (task.state, task.result) == ("success", JOB), log


def test_the_versions_are_those_that_are_allowed() -> None:
    for requirement in (*declared("dependencies"), *declared("local")):
        assert requirement.specifier.contains(version(requirement.name)), str(requirement)
