"""The link from a task to the place in DLI's console where its job is."""

from __future__ import annotations

from airflow_provider_dli.links.job import JobLink


class DliJobLink(JobLink):
    """Leads to the job in DLI's console, or in an emulator's page."""

    name = "DLI job"
