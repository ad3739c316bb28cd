"""What DLI may do with buckets in OBS."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts


@DLI.endpoint("POST /v1.0/{project_id}/dli/obs-authorize", Told.read)
def authorize(obs_buckets: Sequence[str]) -> Parts:
    """Let DLI use buckets. Without that a Flink job may not name one as ``obs_bucket``: DLI refuses with DLI.11016.

    :param obs_buckets: the buckets' names.
    """
    return Parts(json={"obs_buckets": obs_buckets}, repeatable=True)
