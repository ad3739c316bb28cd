"""Running DAGs and single operators in this process, on Airflow's real engine: no scheduler, no API server.

``dag.test()`` runs a DAG until it has ended, retries included; a deferred task's trigger runs in between, on an event
loop of its own.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest
from airflow.providers.common.compat.sdk import DAG, BaseOperator

from tests.conftest import AIRFLOW_3

START = pendulum.datetime(2026, 1, 1)
#: Both ways in which a task can wait.
deferred_or_not = pytest.mark.parametrize("deferrable", [False, True], ids=["on the worker", "deferred"])

_numbers = count(1)


class FakeTi:
    """A task instance outside of Airflow: it has an identity, and keeps what is pushed."""

    def __init__(self, task_id: str = "it", **members: Any) -> None:
        self.dag_id, self.run_id, self.task_id = f"fake_{next(_numbers)}", "manual", task_id
        self.map_index, self.try_number, self.max_tries = -1, 1, 0
        self.xcoms: dict[str, Any] = {}
        vars(self).update(members)

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value

    def xcom_pull(self, *, task_ids: str, key: str, map_indexes: int) -> Any:
        assert (task_ids, map_indexes) == (self.task_id, self.map_index)
        return self.xcoms.get(key)


def context_of(task: BaseOperator, **members: Any) -> Any:
    """Return a context in which a task can be run without Airflow's engine."""
    return {"ti": FakeTi(task.task_id, **members), "task": task, "dag_run": SimpleNamespace(start_date=START)}


@dataclass(frozen=True)
class Task:
    """What became of one task instance.

    :param state: Airflow's word for it.
    :param tries: how often it was tried.
    :param xcoms: what it pushed, with the result under ``return_value``.
    :param errors: what each failed try raised.
    """

    state: str
    tries: int
    xcoms: Mapping[str, Any]
    errors: list[BaseException]

    @property
    def result(self) -> Any:
        return self.xcoms.get("return_value")

    @property
    def error(self) -> str:
        """The last error's text."""
        return str(self.errors[-1]) if self.errors else ""

    @property
    def first_line(self) -> str:
        return self.error.split("\n")[0]


@dataclass
class Run:
    """What became of a DAG run.

    :param state: Airflow's word for it.
    :param log: what the tasks and their triggers logged.
    :param tasks: the task instances, by id; a mapped one's id ends in its index, as in ``each[0]``.
    """

    state: str
    log: str
    tasks: dict[str, Task] = field(default_factory=dict)

    def __getitem__(self, task_id: str) -> Task:
        return self.tasks[task_id]


def connect(monkeypatch: pytest.MonkeyPatch, address: str, conn_id: str = "flink_default", **members: Any) -> None:
    """Let a connection lead to an address; ``members`` that Airflow has no field for go into its extra."""
    fields = {name: members.pop(name) for name in ("login", "password", "schema", "port") if name in members}
    connection = {"conn_type": "flink", "host": address, **fields, "extra": members}
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(connection))


def make_dag(dag_id: str = "test", **arguments: Any) -> DAG:
    """Return a DAG to put tasks into; each has an id of its own, and so its jobs have."""
    return DAG(f"{dag_id}_{next(_numbers)}", schedule=None, start_date=START, catchup=False, **arguments)


def run_task(operator: type[BaseOperator], **arguments: Any) -> tuple[Task, str]:
    """Run one task as a DAG of its own, retries at once; return what became of it, and the log."""
    with make_dag() as dag:
        operator(task_id="it", retry_delay=timedelta(0), **arguments)
    run = run_dag(dag)
    return run["it"], run.log


def run_dag(dag: DAG, **conf: Any) -> Run:
    """Run a DAG to its end.

    :param dag: the DAG, from a file or made by a test.
    :param conf: its params.
    """
    errors = _note_errors(dag)
    _make_known(dag)
    with _listening() as log:
        dag_run = dag.test(run_conf=conf or None)
    run = Run(str(dag_run.state), log.getvalue())
    for ti in dag_run.get_task_instances():
        name = ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]"
        run.tasks[name] = Task(str(ti.state), ti.try_number, _xcoms(ti), errors.get((ti.task_id, ti.map_index), []))
    return run


@contextmanager
def _listening() -> Iterator[io.StringIO]:
    """Listen to what is logged: Airflow 3 prints it, Airflow 2 hands it to Python's logging."""
    log = io.StringIO()
    if AIRFLOW_3:
        with redirect_stdout(log), redirect_stderr(log):
            yield log
        return
    handler, root, tasks = logging.StreamHandler(log), logging.getLogger(), logging.getLogger("airflow.task")
    before = (root.level, tasks.level, tasks.propagate)
    root.setLevel(logging.INFO)
    tasks.setLevel(logging.INFO)
    tasks.propagate = True
    root.addHandler(handler)
    try:
        yield log
    finally:
        root.removeHandler(handler)
        root.setLevel(before[0])
        tasks.setLevel(before[1])
        tasks.propagate = before[2]


def _note_errors(dag: DAG) -> dict[tuple[str, int], list[BaseException]]:
    """Note what tasks raise; ``dag.test()`` itself only logs it."""
    errors: dict[tuple[str, int], list[BaseException]] = {}

    def note(context: Any) -> None:
        ti = context["ti"]
        errors.setdefault((ti.task_id, ti.map_index), []).append(context["exception"])

    for task in dag.tasks:
        target = task if isinstance(task, BaseOperator) else task.partial_kwargs
        for when in ("on_failure_callback", "on_retry_callback"):
            _set(target, when, [note])
    return errors


def _set(target: Any, name: str, value: Any) -> None:
    if isinstance(target, dict):
        target[name] = value
    else:
        setattr(target, name, value)


def _make_known(dag: DAG) -> None:
    """Write a DAG that is in no file into the database, where Airflow 3 looks for it."""
    if not AIRFLOW_3:
        return
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.collection import update_dag_parsing_results_in_db
    from airflow.serialization.serialized_objects import LazyDeserializedDAG
    from airflow.utils.session import create_session

    with create_session() as session:
        DagBundlesManager().sync_bundles_to_db(session=session)
        session.commit()
        known = [LazyDeserializedDAG.from_dag(dag)]
        update_dag_parsing_results_in_db("dags-folder", None, known, {}, None, set(), session=session)


def _xcoms(ti: Any) -> dict[str, Any]:
    from airflow.models import xcom
    from airflow.utils.session import create_session

    table = xcom.XComModel if AIRFLOW_3 else xcom.XCom
    with create_session() as session:
        rows = session.query(table).filter_by(
            dag_id=ti.dag_id, run_id=ti.run_id, task_id=ti.task_id, map_index=ti.map_index
        )
        return {row.key: _value(table, row) for row in rows}


def _value(table: Any, row: Any) -> Any:
    # Airflow 2 reads the values while it loads the rows; Airflow 3 stores a text as it is, and would read it twice.
    return table.deserialize_value(row) if AIRFLOW_3 and not isinstance(row.value, str) else row.value
