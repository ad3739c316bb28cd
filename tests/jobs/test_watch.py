"""Waits of deferred sensors, on a scripted flow."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from airflow_provider_dli.jobs.errors import ConditionNotReachable, JobError, JobFailed
from airflow_provider_dli.jobs.watch import intervals, persistently
from airflow_provider_dli.rest.flow import Flow, Pause, drive
from airflow_provider_dli.rest.patience import WaitTimedOut, within


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({"backs_off": False, "max_wait": None}, [4, 4, 4, 4]),
        ({"backs_off": False, "max_wait": 1.0}, [4, 4, 4, 4]),
        ({"backs_off": True, "max_wait": None}, [4, 8, 16, 32]),
        ({"backs_off": True, "max_wait": 10.0}, [4, 8, 10, 10]),
    ],
)
def test_intervals(given: dict[str, Any], made: list[float]) -> None:
    assert list(islice(intervals(4.0, **given), 4)) == made


def test_intervals_stay_finite() -> None:
    assert next(islice(intervals(4.0, backs_off=True, max_wait=None), 5000, None)) == 86400 * 365


def scripted(*errors: Exception) -> Any:
    left = list(errors)

    def attempt() -> Flow[str]:
        yield from ()
        if left:
            raise left.pop(0)
        return "done"

    return attempt


def test_an_error_that_may_be_transient_is_not_the_end() -> None:
    paused: list[str] = []
    flow = persistently(scripted(JobFailed("Disk full."), OSError("no route")), 4.0)
    assert drive(flow, lambda step: paused.append(step.seeing) if isinstance(step, Pause) else None) == "done"
    assert paused == [
        "trying again after an error, as silent_fail is set: Disk full.",
        "trying again after an error, as silent_fail is set: OSError: no route",
    ]


@pytest.mark.parametrize("error", [ConditionNotReachable("It has ended."), ValueError("no such metric")])
def test_an_error_that_is_hopeless_is_the_end(error: Exception) -> None:
    with pytest.raises(type(error)):
        drive(persistently(scripted(error), 4.0), lambda step: None)


def test_a_time_out_is_the_end() -> None:
    with pytest.raises(WaitTimedOut, match="Last seen: trying again after an error"):
        drive(within(persistently(scripted(JobError("Disk full.")), 4.0), 0.0), lambda step: None)
