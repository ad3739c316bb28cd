"""How a flow ended, as plain JSON: what crosses from the triggerer to the worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeAlias

from airflow_provider_dli.flink.version import NotInThisVersion
from airflow_provider_dli.jobs import errors
from airflow_provider_dli.jobs.disposal import Disposal
from airflow_provider_dli.jobs.model import (
    Checkpoint,
    Job,
    JobState,
    MadeCheckpoint,
    Reading,
    Savepoint,
    Stopped,
    Watched,
)
from airflow_provider_dli.jobs.program_run import ProgramRun
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.patience import WaitTimedOut

VERSION = 1

Result: TypeAlias = (
    "Job | ProgramRun | Savepoint | Stopped | Checkpoint | MadeCheckpoint | Disposal | Reading | Watched"
)
_KINDS = (Job, ProgramRun, Savepoint, Stopped, Checkpoint, MadeCheckpoint, Disposal, Reading)
_RESULTS = {kind.__name__: kind for kind in _KINDS}


def succeeded(result: Result) -> dict[str, Any]:
    """Return the outcome of a flow that returned."""
    if isinstance(result, Watched):
        return {**succeeded(result.result), "watched": result.job_id}
    return {"version": VERSION, "result": type(result).__name__, "members": asdict(result)}


def failed(error: Exception) -> dict[str, Any]:
    """Return the outcome of a flow that raised."""
    if isinstance(error, WaitTimedOut):
        return {"version": VERSION, "timed_out": {"seconds": error.seconds, "seeing": error.seeing}}
    job_error = as_job_error(error)
    members = {name: getattr(job_error, name) for name in ("sentence", "job_id", "savepoint_path", "hopeless")}
    if job_error.directory:
        members["directory"] = job_error.directory
    return {"version": VERSION, "error": type(job_error).__name__, "members": members}


def read(outcome: Mapping[str, Any] | None) -> Any:
    """Return what a flow returned, or raise what it raised.

    :raises ValueError: when this is no outcome that this version can read.
    """
    if not outcome or outcome.get("version") != VERSION:
        raise ValueError(f"The trigger returned what this version of the provider cannot read: {outcome!r}")
    if "watched" in outcome:
        return Watched(outcome["watched"], read({name: outcome[name] for name in ("version", "result", "members")}))
    if "timed_out" in outcome:
        raise WaitTimedOut(**outcome["timed_out"])
    members = dict(outcome["members"])
    if "error" in outcome:
        raise getattr(errors, outcome["error"])(members.pop("sentence"), **members)
    if outcome["result"] == Job.__name__:
        return _job(members)
    if outcome["result"] == ProgramRun.__name__:
        state = members.pop("state")
        jobs = tuple(map(_job, members.pop("jobs")))
        return ProgramRun(**members, jobs=jobs, state=JobState(state) if state else None)
    return _RESULTS[outcome["result"]](**members)


def _job(members: Mapping[str, Any]) -> Job:
    return Job(**{**members, "state": JobState(members["state"])})


def as_job_error(error: Exception) -> errors.JobError:
    """Return an error as one of this floor's own; trouble with the back end becomes :class:`BackendTrouble`."""
    if isinstance(error, errors.JobError):
        return error
    if isinstance(error, RestError):
        return errors.BackendTrouble(str(error), hopeless=error.is_final)
    if isinstance(error, (ValueError, NotInThisVersion)):
        # A parameter or a connection that cannot be used stays so, however often it is tried.
        return errors.JobError(str(error), hopeless=True)
    return errors.JobError(f"{type(error).__name__}: {error}")
