"""What tests of kills share, on the triggerer and on a worker (``tests/tasks`` has it from here)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_provider_dli.triggers import clients
from tests.airflow_engine import connect
from tests.rest.server import Server, serving


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that the connection ``flink_default`` leads to; in the end, no trigger holds a client of it."""
    with serving() as server:
        connect(monkeypatch, server.address)
        yield server
    assert not clients._current
