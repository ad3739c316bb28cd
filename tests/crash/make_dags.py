"""Makes the DAGs in ``dags/``: each has one task, and its runs are told where it works, and under which name.

It lies outside that folder: Airflow executes each file in there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import DAG, BaseOperator

#: Operators with their arguments, by the beginning of their DAGs' names.
Operators = Mapping[str, tuple[type[BaseOperator], dict[str, Any]]]


def told(member: str) -> str:
    """Return the template for what a run is told."""
    return f"{{{{ dag_run.conf[{member!r}] }}}}"


LANE, NAME, PATH = map(told, ("lane", "name", "path"))


def make(dag_id: str, operator: type[BaseOperator], **arguments: Any) -> None:
    """Make a DAG with one task, whose next try begins at once."""
    with DAG(dag_id, schedule=None, start_date=datetime(2026, 1, 1), max_active_runs=100):
        operator(task_id="it", retry_delay=timedelta(0), **arguments)


def make_both(name: str, operator: type[BaseOperator], **arguments: Any) -> None:
    """Make a DAG whose task waits on a worker, and one whose task is deferred."""
    make(f"{name}_waiting", operator, **arguments, deferrable=False)
    make(f"{name}_deferred", operator, **arguments, deferrable=True)


def make_all(lasting: Operators, at_once: Operators, **shared: Any) -> None:
    """Make the DAGs of many operators.

    :param lasting: those that can be deferred: each gets two.
    :param at_once: those that are done at once.
    :param shared: arguments of all that have no others.
    """
    for name, (operator, arguments) in lasting.items():
        make_both(name, operator, **{**shared, **arguments})
    for name, (operator, arguments) in at_once.items():
        make(f"{name}_waiting", operator, **{**shared, **arguments})
