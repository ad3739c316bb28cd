from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_provider_dli.local.cluster import LocalFlink
from tests.jobs.live import Live


@pytest.fixture
def live(flink: LocalFlink) -> Iterator[Live]:
    """A real cluster, as a task on a worker uses it; its jobs are cancelled afterwards."""
    with Live(flink) as live:
        yield live
