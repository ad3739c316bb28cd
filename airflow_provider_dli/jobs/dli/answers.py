"""Flink jobs of DLI, translated into the model of all back ends."""

from __future__ import annotations

import re
from dataclasses import dataclass

from airflow_provider_dli.dli.endpoints.flink_job import Job as Seen
from airflow_provider_dli.dli.endpoints.flink_job import JobConfig
from airflow_provider_dli.jobs.dli.object_store import plain
from airflow_provider_dli.jobs.dli.states import CANCEL_FAIL, RUNNING_EXCEPTION, SUBMIT_FAIL, flink_state
from airflow_provider_dli.jobs.model import Job, JobState

JAR_JOB = "flink_jar_job"


def job(seen: Seen, sent: float | None = None) -> Job:
    """Return a Flink job.

    :param seen: the job, as DLI describes it.
    :param sent: when DLI sent that, by its own clock in seconds since the epoch; None where unknown.
    """
    status = seen.status or ""
    settings = config(seen)
    state = flink_state(status)
    restarts = bool(settings.restart_when_exception) and settings.resume_max_num != 0
    return Job(
        id=str(seen.job_id),
        name=seen.name or "",
        state=state,
        status=status,
        started=seconds(seen.start_time),
        may_recover=restarts and status == RUNNING_EXCEPTION,
        age=age(seen.start_time, sent),
        stop_failed=status == CANCEL_FAIL,
        is_known_status=state is not JobState.UNKNOWN,
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
    cause = (seen.status_desc or "").strip() or f"DLI gives no reason{_where_logs_are(seen)}"
    if seen.status == CANCEL_FAIL:
        return f"{cause.rstrip('.')}. Its stop has failed, and it may still run"
    return cause


def _where_logs_are(seen: Seen) -> str:
    """Return where the logs of a job are, as the end of a sentence; a job that was never submitted has none."""
    settings = config(seen)
    if seen.status == SUBMIT_FAIL:
        return "; a job that was not submitted has no logs"
    if settings.obs_bucket and settings.log_enabled:
        return f"; its logs are in {settings.obs_bucket}"
    return "; set obs_bucket and log_enabled to keep its logs"


def makes_checkpoints(seen: Seen) -> bool:
    """Tell whether a job is set to make checkpoints by itself; of a program in a jar only that itself knows."""
    return seen.job_type == JAR_JOB or bool(config(seen).checkpoint_enabled)


@dataclass(frozen=True)
class Place:
    """A place of checkpoints and savepoints in the object store.

    :param folder: the folder, ``bucket/key``.
    :param job_id: the job whose folders in there are meant; their names begin with its id. None for the whole folder.
    """

    folder: str
    job_id: str | None = None

    def __str__(self) -> str:
        return self.folder if self.job_id is None else f"{self.folder}/{self.job_id}"


def places(seen: Seen) -> tuple[Place, ...]:
    """Return where in the object store a job's checkpoints and savepoints lie, as far as DLI's response shows.

    DLI documents the folders in ``obs_bucket`` only as ``jobs/checkpoint/`` and a name that begins with the job's id.
    """
    settings = config(seen)
    named = [Place(plain(path)) for path in (settings.checkpoint_path, seen.savepoint_path) if path]
    bucket = plain(settings.obs_bucket or "")
    kinds = ("checkpoint", "savepoint") if bucket else ()
    return tuple(dict.fromkeys([*named, *(Place(f"{bucket}/jobs/{kind}", str(seen.job_id)) for kind in kinds)]))


def is_of_stop(seen: Seen, path: str) -> bool:
    """Tell whether a savepoint lies where DLI writes the savepoints of stops.

    DLI deletes the savepoint of a stop when the job runs again. So one that exists when a job has been stopped is of
    that stop.

    :param seen: the job, as DLI describes it.
    :param path: the path of the savepoint.
    """
    return re.search(rf"(^|/)savepoints?/{seen.job_id}(?!\d)", plain(path)) is not None
