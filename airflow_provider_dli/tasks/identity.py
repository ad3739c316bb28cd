"""Identity of a task instance, from the values that each version of Airflow gives to a running task.

What the versions offer, and what stays ambiguous before 3.2, is in ``docs/airflow.md``.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from airflow.providers.common.compat.sdk import conf

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.tasks.ledger import StoreLedger

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

# Generations before clears that are derived where no ledger names them.
_MOST_EARLIER = 60

# Executions of operators, by the try in which they happened; a process runs one try, or few of them in `dag.test()`.
_executions: Counter[tuple[Identity, int]] = Counter()
# Name of this process in the identity of runs that Airflow 2.11 makes again with all of their values.
_PROCESS = uuid4().hex


def start_execution(context: Context) -> None:
    """Count an execution of an operator: each execution in one try has an identity of its own.

    :param context: the task's context.
    """
    _executions[_base(context), context["ti"].try_number] += 1


def identity_of(context: Context) -> Identity:
    """Return the identity of the operator execution that is under way.

    :param context: the task's context.
    """
    base = _base(context)
    execution = max(0, _executions[base, context["ti"].try_number] - 1)
    return replace(base, execution=execution)


def attempt_of(context: Context, operation: str, *, owns_job: bool = False, stopped_by_kill: bool = False) -> Attempt:
    """Return the attempt of this try at an operation.

    :param context: the task's context.
    :param operation: name of the operation, as in ``run`` or ``savepoint``.
    :param owns_job: whether it starts a job that is the task's own, to be ended when the task is killed.
    :param stopped_by_kill: whether a kill stops that job with a savepoint.
    """
    is_first = context["ti"].try_number <= 1
    return Attempt(
        identity_of(context),
        operation,
        ledger=ledger_of(context),
        earlier=_earlier(context),
        is_first=is_first,
        is_retry=is_retry(context),
        follows_success=_follows_success(context),
        run_age=None if _carrier(context) or not is_first else _run_age(context),
        owns_job=owns_job,
        stopped_by_kill=stopped_by_kill,
    )


def is_retry(context: Context) -> bool:
    """Tell whether an earlier try of this generation may have started something.

    A ledger knows it. Without one, a later try is a retry unless it follows a success.

    :param context: the task's context.
    """
    number = context["ti"].try_number
    if number <= 1:
        return False
    ledger = ledger_of(context)
    if ledger.durable and ledger.first_try is not None:
        return ledger.first_try < number
    # A store that has other generations, and not this one, has not lost it.
    return not (ledger.durable and ledger.earlier) and not _follows_success(context)


def ledger_of(context: Context) -> StoreLedger:
    """Return the ledger of this generation of the task instance.

    :param context: the task's context.
    """
    return StoreLedger(context.get("task_state_store"), identity_of(context), context["ti"].try_number)


def generation_of(context: Context) -> str:
    """Return the text that names this generation of this instance of the DAG run.

    :param context: the task's context.
    """
    ti = context["ti"]
    carrier = _carrier(context)
    if carrier:
        # `max_tries` covers a clear that leaves the run as it is, and with it the carrier.
        return f"{carrier}:{ti.max_tries}"
    return _generation(context, ti.max_tries, _clear_number(context))


def namespace() -> str:
    """Return the name of this Airflow installation, from Airflow's configuration; empty where none is set."""
    return conf.get("airflow_provider_dli", "namespace", fallback="") or ""


def _base(context: Context) -> Identity:
    ti = context["ti"]
    map_index = -1 if ti.map_index is None else ti.map_index
    return Identity(ti.dag_id, ti.run_id, ti.task_id, map_index, generation_of(context), namespace=namespace())


def _earlier(context: Context) -> tuple[Identity, ...]:
    """Return the task instance before clears, newest first, as far as that is known."""
    base = _base(context)
    ledger = ledger_of(context)
    if context["ti"].try_number <= 1:
        names: Sequence[str] = ()
    elif ledger.durable:
        names = ledger.earlier
    elif _carrier(context):
        # Each carrier is random.
        names = ()
    else:
        max_tries, clear_number = context["ti"].max_tries, _clear_number(context)
        before = itertools.product(range(clear_number, -1, -1), range(max_tries, -1, -1))
        names = [_generation(context, tries, clears) for clears, tries in itertools.islice(before, _MOST_EARLIER)]
    return tuple(replace(base, generation=name) for name in names if name != base.generation)


def _carrier(context: Context) -> str:
    """Return the random part of the task's trace context; empty where it does not name the generation.

    From Airflow 3.2 on a new one is drawn for each run and for each clear, with or without tracing, and kept by retries
    and deferrals. Before, it is missing or new in each try.
    """
    if _airflow() < (3, 2):
        return ""
    carrier = getattr(context["ti"], "context_carrier", None) or {}
    parts = str(carrier.get("traceparent") or "").split("-")
    return "-".join(parts[1:3]) if len(parts) >= 3 else ""


def _generation(context: Context, max_tries: int, clear_number: int) -> str:
    cleared = f":{clear_number}" if clear_number else ""
    return f"{_run_instance(context)}:{max_tries}{cleared}"


def _run_instance(context: Context) -> str:
    """Return what tells one instance of a DAG run from another one with the same id, as far as this Airflow can."""
    run = context.get("dag_run")
    if _airflow() >= (3, 0):
        return str(getattr(run, "run_after", None) or "")
    if run is not None and _runs_in_process(context["ti"], run):
        return _PROCESS
    return f"{getattr(run, 'id', None) or ''}:{getattr(run, 'execution_date', None) or ''}"


def _runs_in_process(ti: Any, run: Any) -> bool:
    """Tell whether Airflow 2.11 runs this in `dag.test()`, which gives two runs of one date the same values."""
    return getattr(run, "queued_at", ...) is None and getattr(ti, "start_date", ...) is None


def _clear_number(context: Context) -> int:
    """Return how often the run was cleared, where a retry that waits keeps that number: before Airflow 3.2."""
    return (getattr(context.get("dag_run"), "clear_number", None) or 0) if _airflow() < (3, 2) else 0


def _follows_success(context: Context) -> bool:
    """Tell whether the try before has succeeded, which proves a clear; False where that is unknown."""
    ti = context["ti"]
    if ti.try_number <= 1:
        return False
    if _airflow() < (3, 0):
        return _last_state_on_airflow_2(ti) == "success"
    # Airflow deletes the XComs of a try when the next one starts, and still has their names. A result is pushed last.
    from_server = getattr(ti, "_ti_context_from_server", None)
    return "return_value" in (getattr(from_server, "xcom_keys_to_clear", None) or ())


def _last_state_on_airflow_2(ti: Any) -> str | None:
    """Return how the try before has ended."""
    if not hasattr(ti, "get_dagrun"):
        return None
    from airflow.models.taskinstancehistory import TaskInstanceHistory
    from airflow.utils.session import create_session

    key = {"dag_id": ti.dag_id, "run_id": ti.run_id, "task_id": ti.task_id, "map_index": ti.map_index}
    with create_session() as session:
        tries = session.query(TaskInstanceHistory).filter_by(**key)
        last = tries.order_by(TaskInstanceHistory.try_number.desc()).first()
        return None if last is None else last.state


def _run_age(context: Context) -> Callable[[], float] | None:
    """Return a function that returns the age of the DAG run when it is called; None where the run has no start."""
    if age_of_run(context) is None:
        return None
    return lambda: age_of_run(context) or 0.0


def age_of_run(context: Context) -> float | None:
    """Return the seconds since the DAG run began, by Airflow's clock; None where it has no start.

    :param context: the task's context.
    """
    began = getattr(context.get("dag_run"), "start_date", None)
    return max(0.0, time.time() - began.timestamp()) if began else None


@cache
def _airflow() -> tuple[int, int]:
    from airflow import __version__

    major, minor = __version__.split(".")[:2]
    return int(major), int(minor)
