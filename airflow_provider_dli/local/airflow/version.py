"""Which Airflow there is."""

from __future__ import annotations

from importlib import metadata

from airflow_provider_dli.local.airflow.errors import AirflowStartError


def version() -> str:
    """Return the version of this environment's Airflow.

    :raises AirflowStartError: if there is none, or one that has no API server yet.
    """
    try:
        return metadata.version("apache-airflow-core")
    except metadata.PackageNotFoundError:
        raise AirflowStartError("This environment has no Airflow 3: install apache-airflow>=3.") from None
