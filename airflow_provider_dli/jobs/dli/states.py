"""Statuses of DLI's jobs, and the states of all back ends that they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from airflow_provider_dli.jobs.model import Job, JobState

#: Where a Flink job stands while it is at work.
ACTIVE: Final = frozenset(state for state in JobState if not state.is_final and state is not JobState.DRAFT)

INIT: Final = "job_init"
RUNNING: Final = "job_running"
RUNNING_EXCEPTION: Final = "job_running_exception"
SAVEPOINTING: Final = "job_savepointing"
CANCELING: Final = "job_canceling"
CANCEL_FAIL: Final = "job_cancel_fail"
SUBMIT_FAIL: Final = "job_submit_fail"
SUBMITTING: Final = "job_submitting"
# As it was until 2020.
_MISSPELLED: Final = "job_submiting"

#: DLI's code for an operation that a job's status does not allow.
WRONG_STATUS: Final = "DLI.0007"

#: Statuses of Flink jobs. One that is not here is a newer one of DLI's, and does not count as an end.
FLINK: Final[Mapping[str, JobState]] = {
    INIT: JobState.DRAFT,
    SUBMITTING: JobState.STARTING,
    SUBMIT_FAIL: JobState.FAILED,
    RUNNING: JobState.RUNNING,
    RUNNING_EXCEPTION: JobState.FAILED,
    "job_downloading": JobState.STARTING,
    "job_idle": JobState.STARTING,
    CANCELING: JobState.ENDING,
    "job_cancel_success": JobState.CANCELED,
    CANCEL_FAIL: JobState.FAILED,
    SAVEPOINTING: JobState.SAVEPOINTING,
    "job_arrearage_stopped": JobState.FAILED,
    "job_arrearage_recovering": JobState.RESTARTING,
    "job_finish": JobState.FINISHED,
}

#: What DLI says of a Spark batch; a cancelled one is dead as well.
SPARK: Final[Mapping[str, JobState]] = {
    "starting": JobState.STARTING,
    "running": JobState.RUNNING,
    "recovering": JobState.RESTARTING,
    "success": JobState.FINISHED,
    "dead": JobState.FAILED,
}

#: What DLI says of a SQL job.
SQL: Final[Mapping[str, JobState]] = {
    "LAUNCHING": JobState.STARTING,
    "RUNNING": JobState.RUNNING,
    "SCALING": JobState.RUNNING,
    "FINISHED": JobState.FINISHED,
    "FINISH": JobState.FINISHED,
    "FAILED": JobState.FAILED,
    "CANCELLED": JobState.CANCELED,
}


def flink_state(status: str) -> JobState:
    """Return where a Flink job stands."""
    return FLINK.get(SUBMITTING if status == _MISSPELLED else status, JobState.UNKNOWN)


def is_active(state: JobState) -> bool:
    """Tell whether a Flink job is at work: from when it is being submitted until it has ended."""
    return state in ACTIVE


def may_run(job: Job) -> bool:
    """Return whether a Flink job is at work, or may be, as its stop has failed."""
    return is_active(job.state) or job.stop_failed
