"""What operators share that start a job from state which is there: a path that is given, or the newest one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_dli.jobs.errors import JobError, JobFailed, JobForgotten
from airflow_provider_dli.operators.flink.starts import FlinkStartingOperator
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.tasks.identity import ledger_of

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_dli.jobs.attempt import Attempt
    from airflow_provider_dli.jobs.flink.remains import FlinkRemains
    from airflow_provider_dli.jobs.latest import Kept
    from airflow_provider_dli.jobs.model import Job

# How long a task that fails looks for the state that its job has left.
_SECONDS_TO_LOOK = 20.0


class FlinkRestoringOperator(FlinkStartingOperator):
    """What operators share that start a job from state which is there.

    :param restore_from: path of the savepoint or checkpoint to start from, for example another task's result. None or
        empty: start without state. ``latest``: the newest one that jobs of this task instance have left, in earlier
        tries or before it was cleared, and none in the first try; the checkpoints must be retained, and for a job that
        the cluster has forgotten the worker must be able to read their folder. (templated)
    """

    flink_configuration: Mapping[str, str] | None

    def __init__(self, *, restore_from: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check(restore_from=restore_from)
        self.restore_from = restore_from

    @property
    def wants_latest(self) -> bool:
        """Whether the newest state is wanted, wherever it lies."""
        from airflow_provider_dli.jobs.latest import LATEST

        return self.restore_from == LATEST

    def path_to_start_from(self, context: Context, operation: str) -> Flow[str | None]:
        """Return the path of the state to start from; None for none. What is newest is looked for now.

        :param context: the task's context.
        :param operation: what the task's jobs are started for, as in ``run``.
        """
        if not self.wants_latest:
            return self.restore_from
        from airflow_provider_dli.hooks.object_store import OpenedStore
        from airflow_provider_dli.jobs.latest import Candidates, find_latest

        attempt = self.attempt(context, operation)
        marked = yield from self._marked_jobs(attempt)
        candidates = Candidates.of(attempt, context["ti"].try_number, marked)
        noted = ledger_of(context).get("savepoint_path")
        return (yield from find_latest(self.hook.backend, self._remains(), OpenedStore, candidates, noted))

    def _marked_jobs(self, attempt: Attempt) -> Flow[list[Job]]:
        """Return jobs by their marks where no id from before a clear is known: on Airflow 3.2."""
        if attempt.is_first or attempt.earlier or attempt.ledger.durable:
            return []
        from airflow_provider_dli.jobs.flink.marked_jobs import jobs_of_task

        return (yield from jobs_of_task(self.hook.backend, attempt.identity))

    def explained(self, context: Context, error: JobError) -> JobError:
        """Name the state that a job has left which the cluster has forgotten, or which has failed."""
        is_forgotten = isinstance(error, JobForgotten)
        if not error.job_id or not (is_forgotten or (isinstance(error, JobFailed) and self.wants_latest)):
            return error
        kept = self._left_by(error.job_id)
        if kept is None:
            return error
        told = f"{error.sentence} {self._told(kept, is_forgotten, error.hopeless, self._how(context, kept))}"
        return type(error)(told, job_id=error.job_id, savepoint_path=error.savepoint_path, hopeless=error.hopeless)

    def _left_by(self, job_id: str) -> Kept | None:
        """Look for the state that a job has left; that this fails must not hide why the task does."""
        from airflow_provider_dli.hooks.object_store import OpenedStore
        from airflow_provider_dli.jobs.latest import find_left_by

        try:
            flow = find_left_by(self.hook.backend, self._remains(), OpenedStore, job_id)
            return self.hook.run_apart(flow, _SECONDS_TO_LOOK, grace_period=0)
        except Exception as error:
            self.log.info("What job %s has left of its state could not be looked for: %s", job_id, error)
            return None

    def derives(self, context: Context, job_id: str) -> bool:
        """Return whether a job has an id of this task instance, by which its state is found again."""
        return True

    def _how(self, context: Context, kept: Kept) -> str:
        if self.wants_latest:
            return ""
        return "with restore_from='latest' " if self.derives(context, kept.job_id) else "with it as restore_from "

    def _told(self, kept: Kept, is_forgotten: bool, is_hopeless: bool, how: str) -> str:
        state = f"Its last checkpoint is {kept.path}" if is_forgotten else f"Its state is kept in {kept.path}"
        who = "the task, once it is cleared," if is_hopeless else "the next try"
        return f"{state}: {how}{who} goes on from there."

    def _remains(self) -> FlinkRemains:
        from airflow_provider_dli.jobs.flink.remains import FlinkRemains

        return FlinkRemains(self.hook.backend, self.flink_configuration or {})
