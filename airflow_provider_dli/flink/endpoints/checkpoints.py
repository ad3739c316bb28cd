"""Checkpoints: ``/jobs/:jobid/checkpoints``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.operations import CheckpointOperation, triggered
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import NEEDED, Members

# What Flink writes in place of a path for state that lives in the JobManager's memory.
_NO_PATH = "<checkpoint-not-externally-addressable>"


class Measured(Members):
    """What is measured of every checkpoint, of its share in a vertex as well. Sizes are bytes, durations milliseconds.

    :param id: counts up within a job.
    :param status: ``IN_PROGRESS``, ``COMPLETED`` or ``FAILED``.
    :param latest_ack_timestamp: when the last task had acknowledged it; -1 while none has.
    :param state_size: of all its state; of an incremental one, see ``checkpointed_size``.
    :param checkpointed_size: what was written for it (Flink 1.15+).
    :param end_to_end_duration: from its trigger to the last acknowledgement.
    :param alignment_buffered: nothing any more; 0.
    :param processed_data: what tasks read while they aligned (Flink 1.12+).
    :param persisted_data: what was in flight and became part of it (Flink 1.12+).
    :param num_subtasks: how many tasks take part.
    :param num_acknowledged_subtasks: how many have acknowledged it.
    """

    id: int
    status: str | None = None
    latest_ack_timestamp: int = -1
    state_size: int = -1
    checkpointed_size: int | None = None
    end_to_end_duration: int | None = None
    alignment_buffered: int | None = None
    processed_data: int | None = None
    persisted_data: int | None = None
    num_subtasks: int | None = None
    num_acknowledged_subtasks: int | None = None


class Checkpoint(Measured):
    """One checkpoint or savepoint of a job.

    :param is_savepoint: whether it was asked for.
    :param trigger_timestamp: when it began.
    :param checkpoint_type: as in ``UNALIGNED_CHECKPOINT`` or ``SYNC_SAVEPOINT`` (Flink 1.12+).
    :param savepoint_format: ``CANONICAL`` or ``NATIVE`` (Flink 1.17+).
    :param class_name: in which of its states it is told of.
    :param external_path: where it lies, when it is complete; :attr:`path` knows when that is no path.
    :param discarded: whether it was deleted since.
    :param failure_timestamp: when it failed.
    :param failure_message: why it failed.
    :param tasks: what is measured of its share in each vertex, by the vertex's id.
    """

    status: str
    is_savepoint: bool
    trigger_timestamp: int
    checkpoint_type: str | None = None
    savepoint_format: str | None = Field(None, alias="savepointFormat")
    class_name: str | None = Field(None, alias="className")
    external_path: Annotated[str | None, NEEDED] = None
    discarded: bool | None = None
    failure_timestamp: int | None = None
    failure_message: str | None = None
    tasks: Mapping[str, Measured] = Field(default_factory=dict)

    @property
    def path(self) -> str | None:
        """Where it lies; None while it does not, and for state in the JobManager's memory."""
        return None if self.external_path == _NO_PATH else self.external_path


class Restored(Members):
    """What a job started from.

    :param id: the checkpoint's id.
    :param restore_timestamp: when the job started from it.
    :param is_savepoint: whether it was a savepoint; not, where Flink has taken it over as its own.
    :param external_path: where it lies.
    """

    id: int
    restore_timestamp: int | None = None
    is_savepoint: bool | None = None
    external_path: str | None = None


class Counts(Members):
    """How many checkpoints there were, savepoints included; begins anew when the JobManager does.

    :param restored: how often the job started from one.
    :param total: how many were begun.
    :param in_progress: how many go on.
    :param completed: how many have completed.
    :param failed: how many have failed.
    """

    restored: int = 0
    total: int = 0
    in_progress: int = 0
    completed: int
    failed: int = 0


class Spread(Members):
    """How a number differs between checkpoints, or between tasks. Percentiles may be no number (Flink 1.14+).

    :param min: the smallest.
    :param max: the greatest.
    :param avg: their mean.
    :param p50: what half of them do not exceed.
    :param p90: what 90 of 100 do not exceed.
    :param p95: what 95 of 100 do not exceed.
    :param p99: what 99 of 100 do not exceed.
    :param p999: what 999 of 1,000 do not exceed.
    """

    min: int | None = None
    max: int | None = None
    avg: int | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    p999: float | None = None


class Summary(Members):
    """How the completed checkpoints of a job differ.

    :param state_size: in the size of their state, bytes.
    :param checkpointed_size: in what was written for them, bytes (Flink 1.15+).
    :param end_to_end_duration: in the time they took, milliseconds.
    :param alignment_buffered: nothing any more.
    :param processed_data: in what tasks read while they aligned, bytes (Flink 1.12+).
    :param persisted_data: in what was in flight, bytes (Flink 1.12+).
    """

    state_size: Spread | None = None
    checkpointed_size: Spread | None = None
    end_to_end_duration: Spread | None = None
    alignment_buffered: Spread | None = None
    processed_data: Spread | None = None
    persisted_data: Spread | None = None


class Latest(Members):
    """The last one of each kind; None where there was none.

    :param completed: the last good checkpoint.
    :param savepoint: the last good savepoint.
    :param failed: the last one that failed.
    :param restored: what the job last started from.
    """

    completed: Annotated[Checkpoint | None, NEEDED] = None
    savepoint: Annotated[Checkpoint | None, NEEDED] = None
    failed: Checkpoint | None = None
    restored: Restored | None = None


class Statistics(Members):
    """What a job's checkpoints were; up to 3 seconds old.

    :param counts: how many there were.
    :param summary: how they differ.
    :param latest: the last one of each kind.
    :param history: the last ones, newest first, ten unless the cluster is set otherwise.
    """

    counts: Counts
    summary: Summary | None = None
    latest: Latest
    history: tuple[Checkpoint, ...]


@FLINK.endpoint("GET /jobs/:jobid/checkpoints", Statistics.read)
def statistics(job_id: str) -> Parts:
    """Ask what checkpoints a job has made. Up to 3 seconds old; a batch job has none, which is a 404.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("GET /jobs/:jobid/checkpoints/details/:checkpointid", Checkpoint.read)
def detail(job_id: str, checkpoint_id: int) -> Parts:
    """Ask for one checkpoint of the history, with each vertex's share in it.

    :param job_id: the job's id, 32 hex digits.
    :param checkpoint_id: the checkpoint's id within the job, 1 or more.
    """
    return Parts([job_id, str(checkpoint_id)])


@FLINK.endpoint("POST /jobs/:jobid/checkpoints", triggered, success=202, since="1.17")
def trigger(job_id: str, *, checkpoint_type: str | None = None, trigger_id: str | None = None) -> Parts:
    """Start a checkpoint of a running job, and return the operation's id. Accepted even for a job that is not there.

    :param job_id: the job's id, 32 hex digits.
    :param checkpoint_type: ``CONFIGURED`` or ``FULL``; None for ``CONFIGURED``. ``INCREMENTAL`` is refused by every
        version that was tried.
    :param trigger_id: the id that the operation shall have, 32 hex digits; with it, sending twice makes one checkpoint.
    """
    body = {"checkpointType": checkpoint_type, "triggerId": trigger_id}
    return Parts([job_id], json=body, repeatable=trigger_id is not None)


@FLINK.endpoint("GET /jobs/:jobid/checkpoints/:triggerid", CheckpointOperation.read, since="1.17")
def operation(job_id: str, trigger_id: str) -> Parts:
    """Ask how far a checkpoint that was asked for has come. Forgotten, so a 404, five minutes after it ended.

    :param job_id: the job's id, 32 hex digits.
    :param trigger_id: the operation's id, 32 hex digits.
    """
    return Parts([job_id, trigger_id])
