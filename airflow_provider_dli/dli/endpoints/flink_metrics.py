"""Records that Flink jobs have read and written. DLI calls these operations deprecated: no wait should hang on them."""

from __future__ import annotations

from pydantic import AliasChoices, Field

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.written import Ids, numbers
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Members


class Stream(Members):
    """What went through a source or a sink.

    :param name: its name.
    :param records: how many records.
    :param corrupted_records: how many that could not be read.
    """

    name: str | None = None
    records: int | None = None
    corrupted_records: int | None = None


class Metrics(Members):
    """What went through a job.

    :param sources: its sources.
    :param sinks: its sinks.
    :param total_read_rate: records a second that all sources read.
    :param total_write_rate: records a second that all sinks write.
    """

    sources: tuple[Stream, ...] | None = None
    sinks: tuple[Stream, ...] | None = None
    total_read_rate: float | None = None
    total_write_rate: float | None = None


class JobMetrics(Members):
    """The metrics of a job.

    :param job_id: its id.
    :param metrics: what went through it; None where DLI has no data.
    """

    job_id: int | None = None
    metrics: Metrics | None = None


class MetricsHolder(Members):
    """The metrics of all jobs that were asked for. A job without data may be missing.

    :param jobs: the jobs.
    """

    jobs: tuple[JobMetrics, ...] | None = None


class MetricsAnswer(Told):
    """What both operations answer, each with members of its own.

    :param metrics: the metrics; the older operation calls this ``payload``.
    :param message_id: the code of ``message``; the older operation's alone.
    :param current_time: when it answered, in milliseconds since the epoch; the older operation's alone.
    """

    metrics: MetricsHolder | None = Field(None, validation_alias=AliasChoices("metrics", "payload"))
    message_id: str | None = None
    current_time: int | None = None

    @property
    def jobs(self) -> tuple[JobMetrics, ...]:
        """The jobs that there are metrics of."""
        return (self.metrics.jobs if self.metrics else None) or ()


@DLI.endpoint("POST /v1.0/{project_id}/streaming/jobs/metrics", MetricsAnswer.read)
def metrics(job_ids: Ids) -> Parts:
    """Ask for metrics of Flink jobs.

    :param job_ids: the job's id, or several.
    """
    return Parts(json={"job_ids": numbers(job_ids)}, repeatable=True)


@DLI.endpoint("POST /v1.0/{project_id}/jobs/metrics", MetricsAnswer.read)
def cloud_stream_metrics(job_ids: Ids) -> Parts:
    """Ask for metrics of Flink jobs in the form of 2020, when the service was called Cloud Stream.

    :param job_ids: the job's id, or several.
    """
    return Parts(json={"job_ids": numbers(job_ids)}, repeatable=True)
