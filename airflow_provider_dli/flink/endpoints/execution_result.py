"""What a job came to: ``/jobs/:jobid/execution-result``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.failure import FailureCause
from airflow_provider_dli.flink.endpoints.operations import Operation
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Dashed


class JobExecutionResult(Dashed):
    """How a job has ended.

    :param id: the job's id.
    :param application_status: ``SUCCEEDED``, ``FAILED``, ``CANCELED`` or ``UNKNOWN``; a stopped job has succeeded.
    :param accumulator_results: its accumulators' values for Java programs, by name, in base64.
    :param net_runtime: for how many milliseconds it ran.
    :param failure_cause: why it failed.
    :param name: the job's name (Flink 2.3+).
    :param start_time: when it started (Flink 2.3+).
    :param end_time: when it ended (Flink 2.3+).
    :param application_id: the application that it belonged to (Flink 2.3+).
    """

    id: str
    application_status: str
    accumulator_results: Mapping[str, Any] | None = None
    net_runtime: int | None = None
    failure_cause: FailureCause | None = None
    name: str | None = None
    start_time: int | None = None
    end_time: int | None = None
    application_id: str | None = None


class ExecutionResult(Operation):
    """Whether a job has ended, and how.

    :param job_execution_result: how; None while it has not.
    """

    job_execution_result: JobExecutionResult | None = Field(None, alias="job-execution-result")


@FLINK.endpoint("GET /jobs/:jobid/execution-result", ExecutionResult.read)
def execution_result(job_id: str) -> Parts:
    """Ask whether a job has ended, and how. A job that the cluster has forgotten is a 404.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])
