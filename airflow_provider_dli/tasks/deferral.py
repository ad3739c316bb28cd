"""Limits of a deferred task: kills that do not reach its trigger, and triggers that do not fire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_dli.jobs.end import DETACH
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.rest.patience import WaitTimedOut

#: The XCom with which a task that has no result to show publishes that it has ended by itself, and not by a kill.
ENDED_BY_ITSELF = "ended_by_itself"


def triggers_hear_of_kills() -> bool:
    """Return whether this Airflow calls a trigger when a person ends its task (3.3+)."""
    from airflow.triggers.base import BaseTrigger

    return hasattr(BaseTrigger, "on_kill")


def out_of_reach(kill: Mapping[str, Any] | None) -> str:
    """Return a warning that a kill of the deferred task does not reach its job; empty where it does, or shall not.

    :param kill: how the job is to be ended; None where it is to be left alone.
    """
    if triggers_hear_of_kills() or kill is None or kill["how"] == DETACH:
        return ""
    return (
        "This Airflow calls no trigger when its task is killed: a kill while this task is deferred leaves job "
        f"{kill['job_id']} running, although on_kill={kill['how']!r}. Use deferrable=False, or Airflow 3.3 or newer."
    )


def why_not_fired(given: Mapping[str, Any], job_id: str | None) -> Exception:
    """Return the error to raise when a trigger has not fired: Airflow's own message for it has no cause.

    :param given: Airflow's arguments of the failed resumption, as ``error`` and ``traceback``.
    :param job_id: the task's job, where it is known.
    """
    if "timeout" in str(given.get("error")).lower():
        return WaitTimedOut(0, "nothing, for no triggerer has answered; see whether one runs")
    left = f" Job {job_id} is left as it is, and the next try finds it again." if job_id else ""
    return JobError(
        f"The triggerer could not run this task's wait: {_cause(given.get('traceback')) or given.get('error')}. "
        f"See its log, and whether it has this package in the worker's version.{left}",
        job_id=job_id,
    )


def _cause(traceback: Sequence[str] | None) -> str:
    """Return the last entry of a traceback, on one line."""
    return " ".join("".join((traceback or [])[-1:]).split()).rstrip(".")
