from __future__ import annotations

import pytest

from airflow_provider_dli.flink.endpoints.cluster import shutdown
from tests.flink.recordings import recorded, versions_with


@pytest.mark.parametrize("version", versions_with("config"))
def test_the_version(version: str) -> None:
    assert recorded(version, "config").read().flink_version == version


def test_what_the_cluster_lets_its_users_do() -> None:
    assert recorded("2.3.0", "config-submit-and-cancel-disabled").read().features.web_submit is False
    assert recorded("1.9.3", "config").read().features.web_rescale is None
    assert recorded("2.3.0", "adaptive-config").read().features.web_rescale is True


@pytest.mark.parametrize("version", versions_with("overview"))
def test_the_overview(version: str) -> None:
    seen = recorded(version, "overview").read()
    assert (seen.flink_version, seen.taskmanagers, seen.slots_total, seen.slots_available) == (version, 1, 4, 4)
    assert seen.taskmanagers_blocked is None


def test_a_shutdown_is_sent_once() -> None:
    request = shutdown()
    assert (request.method, request.path, request.safe, request.repeatable) == ("DELETE", "/cluster", False, False)
