"""Operators for savepoints of Flink jobs on DLI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_dli.jobs.flows import Call
from airflow_provider_dli.jobs.model import Savepoint
from airflow_provider_dli.operators.dli.base import DliJobOperator
from airflow_provider_dli.tasks.identity import attempt_of
from airflow_provider_dli.tasks.parameters import path_in_obs

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


class DliTriggerSavepointOperator(DliJobOperator):
    """Trigger a savepoint of a running Flink job, which continues.

    DLI gives a savepoint no id, so each task instance writes into a folder of its own below ``savepoint_directory``: a
    retry finds there what an earlier try has made. Whether it is complete is read from the job's status and the path
    that DLI names; where the connection has ``object_store``, from the file ``_metadata``.

    Returns the savepoint's path; pushes ``savepoint_path``, ``job_id`` and ``job_url``.

    :param savepoint_directory: where in OBS it is written, ``bucket/folder``. (templated)
    """

    readers = {**DliJobOperator.readers, "savepoint_directory": path_in_obs}
    template_fields = tuple(readers)

    def __init__(self, *, savepoint_directory: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check(savepoint_directory=savepoint_directory)
        self.savepoint_directory = savepoint_directory

    def begin_with(self, context: Context, job_id: str, deadline: float | None) -> Call:
        """Trigger the savepoint, unless an earlier try has."""
        from airflow_provider_dli.jobs.dli.savepoint import begin_savepoint

        attempt = attempt_of(context, "savepoint")
        folder = f"{self.savepoint_directory.rstrip('/')}/{attempt.ids[0]}/"
        flow = begin_savepoint(
            self.hook.backend,
            job_id=job_id,
            folder=folder,
            attempt=attempt,
            poll_interval=self.poll_interval,
            recovery=self.grace_period,
        )
        begun = self.hook.run(flow, deadline)
        arguments = {
            "job_id": job_id,
            "folder": folder,
            "poll_interval": self.poll_interval,
            "others": list(begun.others),
            "described": begun.described,
        }
        return Call("follow_dli_savepoint", arguments)

    def complete(self, context: Context, result: Savepoint) -> str:
        """Publish and return the savepoint's path."""
        self.make_known(context, savepoint_path=result.path)
        self.log.info("Savepoint %s; the job is %s.", result.path, result.job_status)
        return result.path


class DliImportSavepointOperator(DliJobOperator):
    """Import a savepoint or checkpoint for a Flink job that does not run.

    The job starts from there when it is run with ``resume_savepoint=True``. Returns the path; pushes ``job_id`` and
    ``job_url``.

    :param savepoint_path: the folder in OBS that holds its ``_metadata``. (templated)
    """

    readers = {**DliJobOperator.readers, "savepoint_path": path_in_obs}
    template_fields = tuple(readers)

    def __init__(self, *, savepoint_path: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check(savepoint_path=savepoint_path)
        self.savepoint_path = savepoint_path

    def begin_with(self, context: Context, job_id: str, deadline: float | None) -> str:
        """Import the savepoint."""
        from airflow_provider_dli.jobs.dli.savepoint import import_savepoint

        path = self.savepoint_path
        flow = import_savepoint(self.hook.backend, job_id=job_id, path=path, recovery=self.grace_period)
        self.hook.run(flow, deadline)
        return path

    def complete(self, context: Context, result: str) -> str:
        """Return the savepoint's path."""
        self.log.info("The job starts from %s when it is resumed.", result)
        return result
