from __future__ import annotations

import math
from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints import metrics
from airflow_provider_dli.flink.version import Dialect, NotInThisVersion, Version
from airflow_provider_dli.rest.request import Answer, Request
from tests.flink.recordings import recorded, versions_with

NEW, OLD = Dialect(Version(2, 3)), Dialect(Version(1, 19))
LAG = ["0.Map.lag"]


@pytest.mark.parametrize("version", ["1.10.3", "1.14.6", "1.20.5", "2.0.2"])
def test_a_job_s_metrics_are_texts(version: str) -> None:
    restarts, uptime = recorded(version, "job-metrics-get").read()
    assert (restarts.id, restarts.value, restarts.reading("max")) == ("numRestarts", "0", "0")
    assert float(uptime.value) > 0


@pytest.mark.parametrize("version", ["1.12.5", "2.3.0"])
def test_a_metric_that_is_not_known_yet_is_not_there(version: str) -> None:
    assert recorded(version, "job-metrics-get").read() == ()


@pytest.mark.parametrize("version", versions_with("vertex-subtasks-metrics-get"))
def test_a_vertex_s_metrics_are_aggregated(version: str) -> None:
    (one,) = recorded(version, "vertex-subtasks-metrics-get").read()
    assert one.min == one.max == one.avg == one.sum == one.reading("avg") > 0


@pytest.mark.parametrize("version", versions_with("job-metrics-list"))
def test_without_names_the_names_are_listed(version: str) -> None:
    assert ("lastCheckpointSize", None) in {(one.id, one.value) for one in recorded(version, "job-metrics-list").read()}


@pytest.mark.parametrize("name", ["job-metrics-get-unknown", "unknown-job-metrics", "subtask-metrics-unknown-index"])
def test_what_is_not_there_is_nothing(name: str) -> None:
    assert recorded("2.3.0", name).read() == ()


def test_a_value_may_be_no_number() -> None:
    told = Answer(200, {}, b'[{"id": "path", "value": "s3://a/chk-1"}, {"id": "lag", "value": "NaN"}]')
    path, lag = metrics.of_job("1").decode(told)
    assert (path.value, lag.value) == ("s3://a/chk-1", "NaN")
    (aggregated,) = metrics.of_jobs(NEW).decode(Answer(200, {}, b'[{"id": "lag", "max": "NaN"}]'))
    assert math.isnan(aggregated.reading("max") or 0.0)
    assert aggregated.min is None


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        (metrics.of_jobmanager(LAG), "/jobmanager/metrics"),
        (metrics.of_taskmanagers(NEW, LAG), "/taskmanagers/metrics"),
        (metrics.of_taskmanager("tm-1", LAG), "/taskmanagers/tm-1/metrics"),
        (metrics.of_jobs(NEW, LAG), "/jobs/metrics"),
        (metrics.of_job("1", LAG), "/jobs/1/metrics"),
        (metrics.of_vertex("1", "2", LAG), "/jobs/1/vertices/2/metrics"),
        (metrics.of_subtasks(NEW, "1", "2", LAG), "/jobs/1/vertices/2/subtasks/metrics"),
        (metrics.of_subtask("1", "2", 0, LAG), "/jobs/1/vertices/2/subtasks/0/metrics"),
        (metrics.of_coordinators("1", "2", LAG), "/jobs/1/vertices/2/jm-operator-metrics"),
    ],
)
def test_a_metric_is_asked_for_by_name(request_: Request[Any], path: str) -> None:
    assert (request_.method, request_.path, request_.query) == ("GET", path, (("get", "0.Map.lag"),))


def test_names_may_be_several_and_one_is_not_taken_for_its_letters() -> None:
    assert metrics.of_job("1", ["a", "b"]).query == (("get", "a,b"),)
    assert metrics.of_job("1", "ab").query == (("get", "ab"),)


def test_what_is_aggregated_may_be_chosen() -> None:
    assert metrics.of_jobs(NEW, ["a"], aggregations=["max", "skew"], job_ids=["1", "2"]).query == (
        ("get", "a"),
        ("agg", "max,skew"),
        ("jobs", "1,2"),
    )
    assert metrics.of_taskmanagers(NEW, taskmanager_ids=["tm-1"]).query == (("taskmanagers", "tm-1"),)
    assert metrics.of_subtasks(NEW, "1", "2", subtasks="0,2-3").query == (("subtasks", "0,2-3"),)


def test_an_older_flink_knows_no_skew() -> None:
    with pytest.raises(NotInThisVersion, match=r"aggregation skew needs Flink 1\.20 or newer; the cluster runs 1\.19"):
        metrics.of_jobs(OLD, ["a"], aggregations=["skew"])
