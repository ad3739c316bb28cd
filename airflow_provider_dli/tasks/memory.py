"""What a task has learnt, kept for its later tries in Airflow's task state store (Airflow 3.3+).

XComs go with each try, this stays. Nothing depends on it: jobs and savepoints are found again by their ids, and where
there is no store, or it fails, a task goes on without.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

KEY = "airflow_provider_dli.flow"
VERSION = 1

_log = logging.getLogger(__name__)
# Tries that have been told that the store fails: once is enough.
_told: set[tuple[Any, ...]] = set()


def remember(context: Context, **what: Any) -> None:
    """Keep what a task has learnt, beside what it has kept before.

    :param context: the task's context.
    :param what: names and values, plain JSON, as in ``job_id``, ``savepoint_path`` or ``checkpoint``; None is left out.
    """
    store = _store(context)
    if store is None:
        return
    try:
        known = _read(store, context)
        learnt = {**known, **{name: value for name, value in what.items() if value is not None}}
        if learnt != known:
            store.set(KEY, {"version": VERSION, "generation": _generation(context), "known": learnt})
    except Exception as error:
        _complain(context, error)


def recalled(context: Context) -> Mapping[str, Any]:
    """Return what this try and earlier ones have kept; nothing of what was before a person cleared the task.

    :param context: the task's context.
    """
    store = _store(context)
    if store is None:
        return {}
    try:
        return _read(store, context)
    except Exception as error:
        _complain(context, error)
        return {}


def _store(context: Context) -> Any:
    """Return the store; None where Airflow has none. One that is there may be falsy."""
    return context.get("task_state_store")


def _read(store: Any, context: Context) -> dict[str, Any]:
    kept = store.get(KEY)
    is_ours = isinstance(kept, Mapping) and kept.get("version") == VERSION
    if not is_ours or kept.get("generation") != _generation(context):
        return {}
    return dict(kept["known"])


def _generation(context: Context) -> int:
    """Return what a retry keeps and a clear by a person raises: the store outlives both."""
    return int(context["ti"].max_tries)


def _complain(context: Context, error: Exception) -> None:
    ti = context["ti"]
    who = (ti.dag_id, ti.run_id, ti.task_id, ti.map_index, ti.try_number)
    if who not in _told:
        _told.add(who)
        why = f"{type(error).__name__}: {error}"
        _log.warning("Airflow's task state store fails, so that later tries know less: %s", why)
