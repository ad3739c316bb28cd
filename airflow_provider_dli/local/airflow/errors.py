"""What can go wrong with an Airflow of one's own."""

from __future__ import annotations

from airflow_provider_dli.local.errors import LocalError, StartError


class AirflowStartError(StartError):
    """Airflow did not come up, or did not stay up."""


class DagFileError(LocalError):
    """Airflow cannot read a DAG file."""
