"""Flink jobs of DLI, translated into the model of all back ends."""

from __future__ import annotations

import re

from airflow_provider_dli.dli.endpoints.flink_job import Job as Seen
from airflow_provider_dli.dli.endpoints.flink_job import JobConfig
from airflow_provider_dli.jobs.dli.object_store import plain
from airflow_provider_dli.jobs.dli.states import RUNNING_EXCEPTION, flink_state
from airflow_provider_dli.jobs.model import Job

JAR_JOB = "flink_jar_job"


def job(seen: Seen, sent: float | None = None) -> Job:
    """Return a Flink job.

    :param seen: the job, as DLI describes it.
    :param sent: when DLI sent that, by its own clock in seconds since the epoch; None where unknown.
    """
    status = seen.status or ""
    settings = config(seen)
    restarts = bool(settings.restart_when_exception) and settings.resume_max_num != 0
    return Job(
        id=str(seen.job_id),
        name=seen.name or "",
        state=flink_state(status),
        status=status,
        started=seconds(seen.start_time),
        may_recover=restarts and status == RUNNING_EXCEPTION,
        age=age(seen.start_time, sent),
    )


def age(start_time: int | None, sent: float | None) -> float | None:
    """Return how long ago something started, in seconds: both times are by DLI's own clock.

    :param start_time: the start, in milliseconds since the epoch; None or 0 where there was none.
    :param sent: the time of the response, in whole seconds since the epoch; None where unknown.
    """
    started = seconds(start_time)
    return None if started is None or sent is None else max(0.0, sent - started)


def config(seen: Seen) -> JobConfig:
    """Return what a job is set to; a list may leave that out."""
    return seen.job_config or JobConfig()


def seconds(milliseconds: int | None) -> float | None:
    """Return a time of DLI's in seconds since the epoch; None for never, which DLI says with nothing or with 0."""
    return milliseconds / 1000 if milliseconds and milliseconds > 0 else None


def reason(seen: Seen) -> str:
    """Return why a job is in its status, one line."""
    told = (seen.status_desc or "").strip()
    bucket = config(seen).obs_bucket
    logs = f"its logs are in {bucket}" if bucket else "give it obs_bucket and log_enabled to have its logs"
    return told or f"DLI gives no reason; {logs}"


def makes_checkpoints(seen: Seen) -> bool:
    """Tell whether a job is set to make checkpoints by itself; of a program in a jar only that itself knows."""
    return seen.job_type == JAR_JOB or bool(config(seen).checkpoint_enabled)


def places(seen: Seen) -> tuple[str, ...]:
    """Return where in the object store a job's checkpoints and savepoints lie, as far as DLI tells."""
    settings = config(seen)
    bucket = settings.obs_bucket
    own = [f"{bucket}/jobs/{kind}/{seen.job_id}" for kind in ("checkpoint", "savepoint")] if bucket else []
    told = (settings.checkpoint_path, seen.savepoint_path, *own)
    return tuple(dict.fromkeys(plain(path) for path in told if path))


def is_of_stop(seen: Seen, path: str) -> bool:
    """Tell whether a savepoint lies where DLI writes the savepoints of stops.

    DLI deletes the savepoint of a stop when the job runs again. So one that exists when a job has been stopped is of
    that stop.

    :param seen: the job, as DLI describes it.
    :param path: the path of the savepoint.
    """
    return re.search(rf"(^|/)savepoints?/{seen.job_id}(?!\d)", plain(path)) is not None
