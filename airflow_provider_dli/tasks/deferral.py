"""What a person must know of a deferred task: what Airflow cannot do then, and why a trigger has not fired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_dli.jobs.end import DETACH
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.rest.patience import WaitTimedOut


def out_of_reach(kill: Mapping[str, Any] | None) -> str:
    """Return what a kill of a deferred task cannot do on this Airflow; empty where it does all that it is to do.

    :param kill: how the job is to be ended; None where it is to be left alone.
    """
    from airflow.triggers.base import BaseTrigger

    if hasattr(BaseTrigger, "on_kill") or kill is None or kill["how"] == DETACH:
        return ""
    return (
        "This Airflow tells no trigger that its task is killed: a kill while this task is deferred leaves job "
        f"{kill['job_id']} running, although on_kill={kill['how']!r}. Use deferrable=False, or Airflow 3.3 or newer."
    )


def why_not_fired(given: Mapping[str, Any], job_id: str | None) -> Exception:
    """Return what to fail with when a trigger has not fired: Airflow's own words for it hold no cause.

    :param given: what Airflow says, as ``error`` and ``traceback``.
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
    """Return what the end of a traceback says, on one line."""
    return " ".join("".join((traceback or [])[-1:]).split()).rstrip(".")
