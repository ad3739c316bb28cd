"""What a job's program counts: ``/jobs/:jobid/accumulators``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Dashed, Members


class UserAccumulator(Members):
    """One accumulator of a program.

    :param name: its name.
    :param type: its kind, as in ``LongCounter``.
    :param value: its value, as text.
    """

    name: str
    type: str | None = None
    value: str | None = None


class JobAccumulators(Dashed):
    """The accumulators of a job, those of all its tasks together.

    :param job_accumulators: nothing in any version that was tried.
    :param user_task_accumulators: the accumulators.
    :param serialized_user_task_accumulators: their values for Java programs, by name, in base64.
    """

    job_accumulators: tuple[Any, ...] = ()
    user_task_accumulators: tuple[UserAccumulator, ...]
    serialized_user_task_accumulators: Mapping[str, Any] | None = None


@FLINK.endpoint("GET /jobs/:jobid/accumulators", JobAccumulators.read)
def accumulators(job_id: str, *, include_serialized: bool | None = None) -> Parts:
    """Ask what a job's accumulators hold. Up to 3 seconds old, and tasks tell their values late.

    :param job_id: the job's id, 32 hex digits.
    :param include_serialized: whether to send the values for Java programs as well; None for no.
    """
    return Parts([job_id], query={"includeSerializedValue": include_serialized})
