"""Running DAGs and single operators in this process, on Airflow's real engine: no scheduler, no API server."""

from __future__ import annotations

import json
from typing import Any

import pytest


def connect(monkeypatch: pytest.MonkeyPatch, address: str, **extra: Any) -> None:
    """Let the connection ``flink_default`` lead to an address."""
    connection = {"conn_type": "flink", "host": address, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", json.dumps(connection))
