from __future__ import annotations

import math

import pytest

from airflow_provider_dli.flink.metrics import job_metric, taskmanager_metric, vertex_metric
from airflow_provider_dli.rest.request import Answer
from tests.flink.recordings import recorded, versions_with


@pytest.mark.parametrize("version", ["1.10.3", "1.14.6", "1.20.5", "2.0.2"])
def test_a_job_s_metrics_are_numbers(version: str) -> None:
    metrics = recorded(version, "job-metrics-get").read()
    assert metrics["numRestarts"] == {"value": 0.0}
    assert metrics["uptime"]["value"] > 0


@pytest.mark.parametrize("version", ["1.12.5", "2.3.0"])
def test_a_metric_that_is_not_known_yet_is_not_there(version: str) -> None:
    assert recorded(version, "job-metrics-get").read() == {}


@pytest.mark.parametrize("version", versions_with("vertex-subtasks-metrics-get"))
def test_a_vertex_s_metrics_are_aggregated(version: str) -> None:
    (numbers,) = recorded(version, "vertex-subtasks-metrics-get").read().values()
    assert numbers["min"] == numbers["max"] == numbers["avg"] == numbers["sum"] > 0


@pytest.mark.parametrize("version", versions_with("job-metrics-list"))
def test_metrics_have_names(version: str) -> None:
    assert "lastCheckpointSize" in recorded(version, "job-metrics-list").read()


@pytest.mark.parametrize("name", ["job-metrics-get-unknown", "unknown-job-metrics"])
def test_what_is_not_there_is_nothing(name: str) -> None:
    assert not recorded("2.3.0", name).read()


def test_a_value_may_be_no_number() -> None:
    told = Answer(200, {}, b'[{"id": "path", "value": "s3://a/chk-1"}, {"id": "lag", "value": "NaN"}]')
    metrics = job_metric("1", "x").decode(told)
    assert metrics["path"] == {"value": "s3://a/chk-1"}
    assert math.isnan(float(metrics["lag"]["value"]))


def test_a_metric_is_asked_for_by_name() -> None:
    name = (("get", "0.Map.lag"),)
    for request, path in (
        (job_metric("1", "0.Map.lag"), "/jobs/1/metrics"),
        (vertex_metric("1", "2", "0.Map.lag"), "/jobs/1/vertices/2/subtasks/metrics"),
        (taskmanager_metric("0.Map.lag"), "/taskmanagers/metrics"),
    ):
        assert (request.path, request.query) == (path, name)
