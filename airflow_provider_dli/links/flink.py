"""The link from a task to its job's page in Flink's web UI."""

from __future__ import annotations

from airflow_provider_dli.links.job import JobLink


class FlinkJobLink(JobLink):
    """Leads to the job's page in Flink's web UI."""

    name = "Flink job"
