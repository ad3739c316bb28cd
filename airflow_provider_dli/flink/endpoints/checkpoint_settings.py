"""How a job makes checkpoints: ``/jobs/:jobid/checkpoints/config``."""

from __future__ import annotations

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Members

# The interval that Flink reports where periodic checkpoints are off: the largest long.
_NEVER = 2**63 - 1


class Externalization(Members):
    """Whether checkpoints outlive their job.

    :param enabled: whether they do.
    :param delete_on_cancellation: whether they go when the job is cancelled.
    """

    enabled: bool | None = None
    delete_on_cancellation: bool | None = None


class Settings(Members):
    """How a job makes checkpoints. Durations are milliseconds.

    :param mode: ``exactly_once`` or ``at_least_once``.
    :param interval: between two; :attr:`is_periodic` knows when that means never.
    :param timeout: that one may take.
    :param min_pause: at least, between the end of one and the begin of the next.
    :param max_concurrent: how many may go on at once.
    :param externalization: whether they outlive their job.
    :param state_backend: what keeps the state (Flink 1.10+).
    :param checkpoint_storage: what keeps the checkpoints (Flink 1.13+).
    :param unaligned_checkpoints: whether they overtake records (Flink 1.12+).
    :param aligned_checkpoint_timeout: after which an aligned one becomes unaligned (Flink 1.14+).
    :param tolerable_failed_checkpoints: how many in a row may fail before the job does (Flink 1.12+).
    :param checkpoints_after_tasks_finish: whether they go on when some tasks have finished (Flink 1.14+).
    :param state_changelog_enabled: whether state is written as it changes (Flink 1.16+).
    :param changelog_storage: what keeps these changes (Flink 1.16+).
    :param changelog_periodic_materialization_interval: between two times that they are folded up (Flink 1.16+).
    """

    mode: str = ""
    interval: int
    timeout: int | None = None
    min_pause: int | None = None
    max_concurrent: int | None = None
    externalization: Externalization | None = None
    state_backend: str | None = None
    checkpoint_storage: str | None = None
    unaligned_checkpoints: bool | None = None
    aligned_checkpoint_timeout: int | None = None
    tolerable_failed_checkpoints: int | None = None
    checkpoints_after_tasks_finish: bool | None = None
    state_changelog_enabled: bool | None = None
    changelog_storage: str | None = None
    changelog_periodic_materialization_interval: int | None = None

    @property
    def is_periodic(self) -> bool:
        """Whether checkpoints are made without being asked for."""
        return self.interval < _NEVER


@FLINK.endpoint("GET /jobs/:jobid/checkpoints/config", Settings.read)
def settings(job_id: str) -> Parts:
    """Ask how a job makes checkpoints. A batch job makes none, which is a 404.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])
