"""What becomes of a Flink job that is created or changed."""

from __future__ import annotations

from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.members import Members


class CreatedJob(Members):
    """A job that has been created.

    :param job_id: its id.
    :param status_name: its status, ``job_init``: a draft.
    :param status_desc: why it is in this status.
    """

    job_id: int
    status_name: str | None = None
    status_desc: str | None = None


class Created(Told):
    """The answer to the creation of a job.

    :param job: the job.
    """

    job: CreatedJob


class UpdatedJob(Members):
    """A job that has been changed.

    :param update_time: when, in milliseconds since the epoch.
    """

    update_time: int | None = None


class Updated(Told):
    """The answer to a change of a job.

    :param job: the job.
    """

    job: UpdatedJob | None = None
