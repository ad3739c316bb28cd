from __future__ import annotations

import math
from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints import rescales
from airflow_provider_dli.flink.version import Dialect, NotInThisVersion, Version
from airflow_provider_dli.rest.errors import NotFound
from tests.flink.recordings import recorded
from tests.flink.wire import same, told


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        (rescales.overview("1"), "/jobs/1/rescales/overview"),
        (rescales.history("1"), "/jobs/1/rescales/history"),
        (rescales.summary("1"), "/jobs/1/rescales/summary"),
        (rescales.configuration("1"), "/jobs/1/rescales/config"),
        (rescales.detail("1", "2"), "/jobs/1/rescales/details/2"),
    ],
)
def test_rescales_are_asked_for_by_the_job_s_id(request_: Any, path: str) -> None:
    assert (request_.method, request_.path, request_.safe) == ("GET", path, True)
    with pytest.raises(NotInThisVersion, match=r"2\.3 or newer"):
        Dialect(Version(2, 2)).check(request_.availability)


@pytest.mark.parametrize("name", ["overview", "overview-default-config", "history", "summary", "config", "details"])
def test_nothing_is_lost(name: str) -> None:
    recording = recorded("2.3.0", f"adaptive-rescales-{name}")
    assert same(told(recording.read()), recording.json)


def test_the_overview_counts_and_tells_the_latest() -> None:
    read = recorded("2.3.0", "adaptive-rescales-overview").read()
    counts, latest = read.rescales_counts, read.latest
    assert (counts.ignored, counts.in_progress, counts.completed, counts.failed) == (2, 1, 1, 0)
    assert (latest.completed.trigger_cause, latest.completed.terminated_reason) == ("INITIAL_SCHEDULE", "SUCCEEDED")
    assert (latest.ignored.terminal_state, latest.failed) == ("IGNORED", None)


def test_the_overview_is_empty_where_the_cluster_remembers_none() -> None:
    latest = recorded("2.3.0", "adaptive-rescales-overview-default-config").read().latest
    assert latest.completed is latest.failed is latest.ignored is None


def test_the_history_begins_with_the_newest() -> None:
    states = [one.terminal_state for one in recorded("2.3.0", "adaptive-rescales-history").read()]
    assert states == [None, "IGNORED", "IGNORED", "COMPLETED"]


def test_the_summary_tells_how_long_they_took() -> None:
    read = recorded("2.3.0", "adaptive-rescales-summary").read()
    assert read.rescales_duration_stats_in_millis.max == 14183
    assert math.isnan(read.failed_rescales_duration_stats_in_millis.p999)


def test_how_the_scheduler_goes_about_it() -> None:
    read = recorded("2.3.0", "adaptive-rescales-config").read()
    assert (read.rescale_history_max, read.scheduler_execution_mode) == (10, None)
    assert read.executing_cooldown_timeout_in_millis == 30_000


def test_one_under_way_has_vertices_and_slots_but_no_end() -> None:
    read = recorded("2.3.0", "adaptive-rescales-details").read()
    assert (read.end_timestamp_in_millis, read.terminal_state) == (None, None)
    assert {vertex.desired_parallelism for vertex in read.vertices.values()} == {1}
    (slots,) = read.slots.values()
    assert (slots.desired_slots, slots.post_rescale_slots, slots.request_resource_profile.cpu_cores) == (1, None, -1.0)


def test_an_unknown_one_is_not_found() -> None:
    assert isinstance(recorded("2.3.0", "adaptive-rescales-details-unknown").error(), NotFound)
