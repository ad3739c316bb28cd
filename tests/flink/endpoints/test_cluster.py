from __future__ import annotations

import pytest

from airflow_provider_dli.flink.cluster import Overview
from airflow_provider_dli.flink.version import Version
from tests.flink.recordings import recorded, versions_with


@pytest.mark.parametrize("version", versions_with("config"))
def test_the_version(version: str) -> None:
    assert recorded(version, "config").read() == Version.read(version)


@pytest.mark.parametrize("version", versions_with("overview"))
def test_the_overview(version: str) -> None:
    assert recorded(version, "overview").read() == Overview(version, 1, 4, 4)
