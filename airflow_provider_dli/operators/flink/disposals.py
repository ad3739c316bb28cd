"""Operators that delete savepoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_dli.jobs.disposal import Disposal, begin_disposal, follow_disposal
from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.operators.flink.base import FlinkOperator
from airflow_provider_dli.tasks.identity import is_retry
from airflow_provider_dli.tasks.parameters import location, optional

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

_MISSING = "There is no savepoint %s (any more): an earlier try or somebody else has deleted it, or it never was there."


class FlinkDisposeSavepointOperator(FlinkOperator):
    """Delete a savepoint through the cluster, and wait until that is done.

    Returns the path; pushes ``operation_id``. A savepoint that is not there fails the task without a retry, unless
    ``missing_ok`` is set; a retry succeeds then, as an earlier try may have deleted it.

    Flink deletes the savepoint's own folder with all that belongs to it, and leaves the folder around it, though that
    be empty. It does not ask who still needs the savepoint. A job that has taken it over (``claim_mode="CLAIM"``), and
    one whose retained checkpoint (``.../chk-7``) is given here, which Flink deletes as readily, runs on and may not
    come up again after its next failure. So dispose of a job's checkpoint only once the job has ended.

    :param savepoint_path: the savepoint's path, as :class:`FlinkTriggerSavepointOperator` returns it. (templated)
    :param missing_ok: whether the task succeeds where there is no such savepoint, or ``savepoint_path`` is empty.
        Default: False.
    """

    readers = {**FlinkOperator.readers, "savepoint_path": optional(location)}
    template_fields = tuple(readers)

    def __init__(self, *, savepoint_path: str | None, missing_ok: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check(savepoint_path=savepoint_path)
        if not missing_ok and savepoint_path == "":
            location("savepoint_path", savepoint_path)
        self.savepoint_path = savepoint_path
        self.missing_ok = missing_ok

    def begin(self, context: Context, deadline: float | None) -> Call | None:
        """Begin to delete the savepoint."""
        if self.missing_ok and self.has_nothing("savepoint_path"):
            return None
        path = location("savepoint_path", self.savepoint_path)
        begun = self.hook.run(begin_disposal(self.hook.backend, path=path, again=is_retry(context)), deadline)
        self.make_known(context, operation_id=begun.operation_id)
        return call(
            follow_disposal,
            path=path,
            operation_id=begun.operation_id,
            again=begun.again,
            missing_ok=self.missing_ok,
            poll_interval=self.poll_interval,
        )

    def complete(self, context: Context, result: Disposal | None) -> str | None:
        """Return the savepoint's path; None where none was given."""
        if result is None:
            return None
        if result.was_there:
            self.log.info("Savepoint %s is deleted.", result.path)
        else:
            self.log.warning(_MISSING, result.path)
        return result.path
