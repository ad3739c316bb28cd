"""What Flink's answers mean in the words of :mod:`airflow_provider_dli.jobs.model`."""

from __future__ import annotations

import math
import re
from typing import Any

from airflow_provider_dli.flink import advice
from airflow_provider_dli.flink.endpoints.checkpoints import Checkpoint as FlinkCheckpoint
from airflow_provider_dli.flink.endpoints.checkpoints import Statistics
from airflow_provider_dli.flink.endpoints.jobs import JobDetail, JobSummary
from airflow_provider_dli.flink.endpoints.jobs import Vertex as FlinkVertex
from airflow_provider_dli.flink.endpoints.operations import CheckpointOperation, SavepointOperation
from airflow_provider_dli.flink.endpoints.operations import Disposal as FlinkDisposal
from airflow_provider_dli.flink.throwable import deepest
from airflow_provider_dli.jobs.model import Checkpoint, Checkpoints, DisposalState, Job, JobState, Operation, Vertex

_STATES = {
    "INITIALIZING": JobState.STARTING,
    "CREATED": JobState.STARTING,
    "RUNNING": JobState.RUNNING,
    "RESTARTING": JobState.RESTARTING,
    "RECONCILING": JobState.RESTARTING,
    "FAILING": JobState.ENDING,
    "CANCELLING": JobState.ENDING,
    # The JobManager gave the job up without ending it: another one may take it over.
    "SUSPENDED": JobState.SUSPENDED,
    "FINISHED": JobState.FINISHED,
    "CANCELED": JobState.CANCELED,
    "FAILED": JobState.FAILED,
}
# Flink's words for a job that failed while it stopped, after its savepoint was complete.
_MADE_ALL_THE_SAME = re.compile(r"savepoint has been created at: (.+?),? but")
_NOTHING_THERE = "Cannot find checkpoint or savepoint file/directory"
# As in "Count (1/2) - execution #3", in the exception history.
_ATTEMPT = re.compile(r"execution #(\d+)")


def state(status: str) -> JobState:
    """Return where a job stands that Flink says this of."""
    return _STATES.get(status, JobState.UNKNOWN)


def job(summary: JobSummary) -> Job:
    """Return a job of ``/jobs/overview``."""
    started, ended, tasks = _seconds(summary.start_time), _end(summary.end_time), dict(summary.tasks)
    # Of a job that has ended, the duration is not its age.
    age = None if ended or summary.duration is None or summary.duration < 0 else summary.duration / 1000
    return _job(summary.jid, summary.name, summary.state, tasks=tasks, started=started, ended=ended, age=age)


def job_of(detail: JobDetail) -> Job:
    """Return a job of ``/jobs/:jobid``, without its tasks."""
    started, ended = _seconds(detail.start_time), _end(detail.end_time)
    return _job(detail.jid, detail.name, detail.state, started=started, ended=ended)


def _job(job_id: str, name: str, status: str, **members: Any) -> Job:
    return Job(job_id, name, state(status), status, is_known_status=status in _STATES, **members)


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _end(milliseconds: int | None) -> float | None:
    """Return when a job ended; None while it has not, which Flink writes as -1."""
    return milliseconds / 1000 if milliseconds and milliseconds > 0 else None


def vertex(one: FlinkVertex) -> Vertex:
    """Return a vertex of ``/jobs/:jobid``."""
    most = one.max_parallelism if one.max_parallelism and one.max_parallelism > 0 else None
    return Vertex(one.id, one.name, one.parallelism, most, one.slot_sharing_group_id)


def checkpoints(seen: Statistics) -> Checkpoints:
    """Return a job's checkpoints: those of the history, and the last good ones that may have left it."""
    latest = (seen.latest.completed, seen.latest.savepoint)
    known = {one.id: one for one in (*latest, *seen.history) if one}
    return Checkpoints(seen.counts.completed, tuple(_checkpoint(known[number]) for number in sorted(known)[::-1]))


def operation(seen: SavepointOperation) -> Operation:
    """Return how far a savepoint has come. ``COMPLETED`` alone is not success."""
    return _failed(seen.failure or "") if seen.done and not seen.location else Operation(path=seen.location)


def checkpoint_operation(seen: CheckpointOperation) -> Operation:
    """Return how far a checkpoint on demand has come. ``COMPLETED`` alone is not success."""
    if seen.done and seen.checkpoint_id is None:
        return Operation(failure=reason(seen.failure or ""))
    return Operation(checkpoint_id=seen.checkpoint_id)


def disposal(seen: FlinkDisposal) -> DisposalState:
    """Return how far the deletion of a savepoint has come. ``COMPLETED`` alone is not success."""
    if seen.failure is None:
        return DisposalState(seen.done)
    known = advice.advice_on_disposal(seen.failure)
    told = f"{str(deepest(seen.failure)).rstrip('.')}."
    missing = _NOTHING_THERE in seen.failure
    return DisposalState(True, f"{told} {known}" if known else told, missing, hopeless=known is not None)


def cause(trace: str) -> str:
    """Return the cause of them all, and what to do about it where that is known."""
    what_to_do = advice.advice_on_job(trace)
    return f"{str(deepest(trace)).rstrip('.')}. {what_to_do}" if what_to_do else str(deepest(trace))


def reason(trace: str) -> str:
    """Return why an operation failed, and what to do about it where that is known."""
    said = str(deepest(trace)) or "Flink gave neither a result nor a reason"
    return " ".join(filter(None, (f"{said.rstrip('.')}.", advice.advice_on(trace))))


def restarts(metric: str | None, task: str) -> int | None:
    """Return how often a job was restarted: the metric is up to ten seconds late, a task's attempt is not."""
    known = [int(attempt) for attempt in _ATTEMPT.findall(task)]
    number = float(metric) if metric else math.nan
    return max([*known, int(number)] if math.isfinite(number) else known, default=None)


def _checkpoint(one: FlinkCheckpoint) -> Checkpoint:
    triggered, completed = one.trigger_timestamp / 1000, one.latest_ack_timestamp / 1000
    return Checkpoint(
        one.id,
        one.is_savepoint,
        one.status,
        triggered,
        completed,
        one.path,
        one.failure_message,
        stops_job=one.checkpoint_type == "SYNC_SAVEPOINT",
    )


def _failed(trace: str) -> Operation:
    """Read a failed operation; its words may hold a path all the same."""
    made = _MADE_ALL_THE_SAME.search(trace)
    return Operation(made[1] if made else None, reason(trace))
