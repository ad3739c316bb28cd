"""What every operator and sensor owes to Airflow."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import BaseSensorOperator, conf

from tests.airflow_engine import make_dag, run_dag
from tests.conftest import AIRFLOW_3
from tests.every_task import ABOUT_A_JOB, LEAST, SENSORS, make, names_in_the_package

every = pytest.mark.parametrize("kind", LEAST)
Kind = Any


def test_none_is_forgotten_here() -> None:
    assert {kind.__name__ for kind in LEAST} == names_in_the_package()


@every
def test_template_fields_are_attributes(kind: Kind) -> None:
    task = make(kind)
    for name in kind.template_fields:
        assert hasattr(task, name), name
    assert len(set(kind.template_fields)) == len(kind.template_fields)
    assert set(kind.template_fields_renderers) <= set(kind.template_fields)


@every
def test_template_fields_are_kept_as_they_were_given(kind: Kind) -> None:
    given = {name: f"{{{{ params.{name} }}}}" for name in kind.template_fields}
    if "job_name" in given and "job_id" in given:
        del given["job_id"]
    task = kind(task_id="it", **{**{name: value for name, value in LEAST[kind].items() if name != "job_id"}, **given})
    for name, value in given.items():
        assert getattr(task, name) == value


@every
def test_every_parameter_is_told_of_and_given_by_name(kind: Kind) -> None:
    docs = " ".join(base.__doc__ or "" for base in kind.__mro__ if base.__module__.startswith("airflow_provider_dli"))
    for base in kind.__mro__:
        if base.__module__.startswith("airflow_provider_dli") and "__init__" in vars(base):
            for name, parameter in list(inspect.signature(base).parameters.items()):
                if parameter.kind is not parameter.VAR_KEYWORD:
                    assert parameter.kind is parameter.KEYWORD_ONLY, name
                    assert f":param {name}:" in docs, name


@every
def test_templated_is_said_of_what_is_templated_and_of_nothing_else(kind: Kind) -> None:
    docs = "\n".join(base.__doc__ or "" for base in kind.__mro__ if base.__module__.startswith("airflow_provider_dli"))
    said = {match[1] for match in re.finditer(r":param (\w+):((?:(?!:param).)*?)\(templated\)", docs, re.DOTALL)}
    assert said == set(kind.template_fields)


@every
def test_airflow_can_store_a_dag_with_it(kind: Kind) -> None:
    with make_dag() as dag:
        make(kind)
    stored = json.loads(json.dumps(_serialize(dag)))
    task = _deserialize(stored).task_dict["it"]
    assert task.task_type == kind.__name__
    assert set(task.template_fields) == set(kind.template_fields)
    for name, value in LEAST[kind].items():
        if name in kind.template_fields:
            assert getattr(task, name) == value


@every
def test_it_can_be_mapped(kind: Kind) -> None:
    name, value = next(iter(LEAST[kind].items()))
    rest = {other: given for other, given in LEAST[kind].items() if other != name}
    with make_dag() as dag:
        kind.partial(task_id="it", poll_interval=3, **rest).expand(**{name: [value, value]})
    mapped = _deserialize(_serialize(dag)).task_dict["it"]
    assert "Mapped" in type(mapped).__name__
    task = dag.task_dict["it"].unmap({**rest, name: value})
    assert getattr(task, name) == value
    assert task.poll_interval == 3


@every
def test_default_arguments_reach_it(kind: Kind) -> None:
    given = {
        "deferrable": True,
        "poll_interval": 3,
        "grace_period": 5,
        kind.place.conn_id: "prod",
        "timeout": 7,
        "retries": 2,
    }
    with make_dag(default_args=given):
        task = make(kind)
    assert {name: getattr(task, name) for name in given} == given


@every
def test_a_given_argument_wins_over_a_default_one(kind: Kind) -> None:
    with make_dag(default_args={"deferrable": True, "poll_interval": 3}):
        task = make(kind, deferrable=False, poll_interval=4)
    assert (task.deferrable, task.poll_interval) == (False, 4)


def test_what_airflow_is_configured_to_is_the_default() -> None:
    assert not conf.getboolean("operators", "default_deferrable")
    assert not any(make(kind).deferrable for kind in LEAST)
    code = "from tests.every_task import LEAST, make; print(*(make(kind).deferrable for kind in LEAST))"
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE": "True"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split()[-len(LEAST) :] == ["True"] * len(LEAST)


@pytest.mark.parametrize("kind", SENSORS)
def test_a_sensor_pokes_as_often_as_it_polls(kind: Kind) -> None:
    assert make(kind, poll_interval=3).poke_interval == 3
    assert make(kind, poll_interval=3, poke_interval=5).poke_interval == 5
    assert issubclass(kind, BaseSensorOperator)


@pytest.mark.parametrize("kind", ABOUT_A_JOB)
def test_a_job_may_be_another_tasks_result(kind: Kind) -> None:
    with make_dag() as dag:
        first = make(kind)
        second = kind(**{**LEAST[kind], "task_id": "second", "job_id": first.output})
    assert second in dag.get_task("it").downstream_list


def test_a_mapped_task_runs(airflow_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them fails by itself, with an error of its own: so each got its own arguments."""
    kind = next(iter(LEAST))
    with make_dag() as dag:
        kind.partial(task_id="it").expand(jar=["a.jar", "b.jar"])
    monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", "flink://nowhere")
    run = run_dag(dag)
    assert ["a.jar" in run["it[0]"].error, "b.jar" in run["it[1]"].error] == [True, True]


def _serialize(dag: Any) -> Any:
    if AIRFLOW_3:
        from airflow.serialization.serialized_objects import DagSerialization

        return DagSerialization.to_dict(dag)
    from airflow.serialization.serialized_objects import SerializedDAG

    return SerializedDAG.to_dict(dag)


def _deserialize(stored: Any) -> Any:
    if AIRFLOW_3:
        from airflow.serialization.serialized_objects import DagSerialization

        return DagSerialization.from_dict(stored)
    from airflow.serialization.serialized_objects import SerializedDAG

    return SerializedDAG.from_dict(stored)
