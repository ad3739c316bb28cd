"""Operators that make checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_dli.jobs.checkpoint import begin_checkpoint, follow_checkpoint
from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.jobs.model import MadeCheckpoint
from airflow_provider_dli.links.flink import FlinkJobLink
from airflow_provider_dli.operators.flink.base import FlinkJobOperator
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.tasks.identity import attempt_of
from airflow_provider_dli.tasks.parameters import check_choice

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

# Flink knows INCREMENTAL as well, and refuses it.
TYPES = ("CONFIGURED", "FULL")


class FlinkTriggerCheckpointOperator(FlinkJobOperator):
    """Has a running job make a checkpoint now, and waits until it is complete (Flink 1.17+).

    Returns the checkpoint's path, and None where its state lies in the JobManager's memory, or where it has left the
    job's history before the path was told; pushes ``checkpoint_id``, ``checkpoint_path``, ``operation_id``, ``job_id``
    and ``job_url``. A retry finds the checkpoint that an earlier try began. Minutes after its end Flink forgets which
    one that was: then, of a job that makes checkpoints by itself, another one is made.

    The checkpoint stays the job's own: Flink deletes it when newer ones replace it, and when the job ends, unless the
    job is set to retain it. For state that is to be kept there is :class:`FlinkTriggerSavepointOperator`; to wait for
    checkpoints that a job makes by itself, ``FlinkCheckpointSensor``.

    :param checkpoint_type: ``CONFIGURED`` (as the job makes its own) or ``FULL`` (with all state, also where its own
        are incremental); None for ``CONFIGURED``.
    :raises AirflowException: when the checkpoint fails.
    """

    operator_extra_links = (FlinkJobLink(),)

    def __init__(self, *, checkpoint_type: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_choice("checkpoint_type", checkpoint_type or "CONFIGURED", TYPES)
        self.checkpoint_type = checkpoint_type

    def begin_with(self, context: Context, job_id: str, deadline: float | None) -> Call:
        """Begin the checkpoint, or find the one that an earlier try began."""
        flow = begin_checkpoint(
            self.hook.backend,
            job_id=job_id,
            attempt=attempt_of(context, "checkpoint"),
            trigger=lambda operation_id: self.trigger(job_id, operation_id),
            poll_interval=self.poll_interval,
        )
        begun = self.hook.run(flow, deadline)
        self.make_known(context, operation_id=begun.operation_id)
        return call(
            follow_checkpoint,
            job_id=job_id,
            operation_id=begun.operation_id,
            after_checkpoint=begun.after_checkpoint,
            poll_interval=self.poll_interval,
        )

    def trigger(self, job_id: str, operation_id: str) -> Flow[str]:
        """Trigger the checkpoint under an id."""
        return self.hook.backend.trigger_checkpoint(
            job_id, checkpoint_type=self.checkpoint_type, trigger_id=operation_id
        )

    def complete(self, context: Context, result: MadeCheckpoint) -> str | None:
        """Publish the checkpoint, and return its path."""
        self.make_known(context, checkpoint_id=result.checkpoint_id, checkpoint_path=result.path)
        self.log.info("Checkpoint %s of job %s lies at %s", result.checkpoint_id, result.job_id, result.path)
        return result.path
