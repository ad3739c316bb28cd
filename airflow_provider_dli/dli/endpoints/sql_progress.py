"""How far the parts of a SQL job have come."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Members


class SubJob(Members):
    """A part of a SQL job, which is a job of Spark's.

    :param id: Spark's id of it.
    :param name: its name.
    :param description: what it does.
    :param submission_time: when it was submitted, a text.
    :param completion_time: when it ended, a text.
    :param stage_ids: ids of its stages.
    :param job_group: the id of the SQL job.
    :param status: its status, as Spark tells it.
    :param num_tasks: how many tasks it has.
    :param num_active_tasks: how many of them run.
    :param num_completed_tasks: how many have ended well.
    :param num_skipped_tasks: how many were not needed.
    :param num_failed_tasks: how many have failed.
    :param num_killed_tasks: how many were killed.
    :param num_completed_indices: how many partitions are done.
    :param num_active_stages: how many stages run.
    :param num_completed_stages: how many have ended well.
    :param num_skipped_stages: how many were not needed.
    :param num_failed_stages: how many have failed.
    :param killed_tasks_summary: how many tasks were killed for which reason.
    """

    id: int | None = None
    name: str | None = None
    description: str | None = None
    submission_time: str | None = None
    completion_time: str | None = None
    stage_ids: tuple[int, ...] | None = None
    job_group: str | None = None
    status: str | None = None
    num_tasks: int | None = None
    num_active_tasks: int | None = None
    num_completed_tasks: int | None = None
    num_skipped_tasks: int | None = None
    num_failed_tasks: int | None = None
    num_killed_tasks: int | None = None
    num_completed_indices: int | None = None
    num_active_stages: int | None = None
    num_completed_stages: int | None = None
    num_skipped_stages: int | None = None
    num_failed_stages: int | None = None
    killed_tasks_summary: Mapping[str, int] | None = None


class JobProgress(Told):
    """How far a job has come.

    :param job_id: its id, a UUID.
    :param status: its status, as in ``RUNNING``.
    :param sub_job_id: the part that runs; None where none does.
    :param progress: 0 to 1: how far that part has come, or the whole job where no part runs.
    :param sub_jobs: its parts.
    """

    job_id: str | None = None
    status: str | None = None
    sub_job_id: int | None = None
    progress: float | None = None
    sub_jobs: tuple[SubJob, ...] | None = None


@DLI.endpoint("GET /v1/{project_id}/jobs/:job_id/progress", JobProgress.read)
def progress(job_id: str) -> Parts:
    """Ask how far the parts of a SQL job have come.

    :param job_id: its id, a UUID.
    """
    return Parts([job_id])
