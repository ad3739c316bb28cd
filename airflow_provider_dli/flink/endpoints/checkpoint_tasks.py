"""The share of each task in a checkpoint: ``/jobs/:jobid/checkpoints/details/:checkpointid/subtasks/:vertexid``."""

from __future__ import annotations

from pydantic import Field

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.checkpoints import Measured, Spread
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Members


class SyncAndAsync(Members):
    """How long a task worked on a checkpoint, milliseconds.

    :param sync: while it processed no records.
    :param async_: beside its records.
    """

    sync: int | None = None
    async_: int | None = Field(None, alias="async")


class Alignment(Members):
    """How a task aligned its inputs.

    :param buffered: bytes that waited; nothing any more.
    :param processed: bytes that it read meanwhile (Flink 1.12+).
    :param persisted: bytes that were in flight and became part of the checkpoint (Flink 1.12+).
    :param duration: milliseconds that it took.
    """

    buffered: int | None = None
    processed: int | None = None
    persisted: int | None = None
    duration: int | None = None


class TaskShare(Members):
    """The share of one task; all but the first two come once it has acknowledged.

    :param index: the task's index within its vertex, from 0.
    :param status: ``completed``, or ``pending_or_failed``.
    :param class_name: the same.
    :param ack_timestamp: when it had acknowledged.
    :param end_to_end_duration: milliseconds from the trigger until then.
    :param checkpointed_size: bytes written (Flink 1.15+).
    :param state_size: bytes of all its state.
    :param checkpoint: how long it worked on it.
    :param alignment: how it aligned its inputs.
    :param start_delay: milliseconds until the checkpoint reached it (Flink 1.11+).
    :param unaligned_checkpoint: whether it was unaligned (Flink 1.14+).
    :param aborted: whether it was given up (Flink 1.14+).
    """

    index: int
    status: str | None = None
    class_name: str | None = Field(None, alias="className")
    ack_timestamp: int | None = None
    end_to_end_duration: int | None = None
    checkpointed_size: int | None = None
    state_size: int | None = None
    checkpoint: SyncAndAsync | None = None
    alignment: Alignment | None = None
    start_delay: int | None = None
    unaligned_checkpoint: bool | None = None
    aborted: bool | None = None


class DurationSpread(Members):
    """How the time differs that tasks worked on a checkpoint.

    :param sync: while they processed no records.
    :param async_: beside their records.
    """

    sync: Spread | None = None
    async_: Spread | None = Field(None, alias="async")


class AlignmentSpread(Members):
    """How the alignment of tasks differs.

    :param buffered: nothing any more.
    :param processed: in the bytes read meanwhile (Flink 1.12+).
    :param persisted: in the bytes in flight (Flink 1.12+).
    :param duration: in milliseconds.
    """

    buffered: Spread | None = None
    processed: Spread | None = None
    persisted: Spread | None = None
    duration: Spread | None = None


class ShareSpread(Members):
    """How the shares of tasks differ.

    :param state_size: in the size of their state, bytes.
    :param checkpointed_size: in what was written, bytes (Flink 1.15+).
    :param end_to_end_duration: in the milliseconds from the trigger to the acknowledgement.
    :param checkpoint_duration: in the time they worked on it.
    :param alignment: in how they aligned their inputs.
    :param start_delay: in the milliseconds until the checkpoint reached them (Flink 1.11+).
    """

    state_size: Spread | None = None
    checkpointed_size: Spread | None = None
    end_to_end_duration: Spread | None = None
    checkpoint_duration: DurationSpread | None = None
    alignment: AlignmentSpread | None = None
    start_delay: Spread | None = None


class VertexShare(Measured):
    """The share of one vertex in a checkpoint.

    :param summary: how the shares of its tasks differ; None while none has acknowledged.
    :param subtasks: the share of each task.
    """

    summary: ShareSpread | None = None
    subtasks: tuple[TaskShare, ...] = ()


@FLINK.endpoint("GET /jobs/:jobid/checkpoints/details/:checkpointid/subtasks/:vertexid", VertexShare.read)
def of_vertex(job_id: str, checkpoint_id: int, vertex_id: str) -> Parts:
    """Ask for the share of each task of a vertex in one checkpoint of the history.

    :param job_id: the job's id, 32 hex digits.
    :param checkpoint_id: the checkpoint's id within the job, 1 or more.
    :param vertex_id: the vertex's id, 32 hex digits.
    """
    return Parts([job_id, str(checkpoint_id), vertex_id])
