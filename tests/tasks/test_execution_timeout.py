"""Airflow's execution_timeout: a deferred task keeps to it although Airflow does not count it then."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferred,
)

from airflow_provider_dli.jobs import outcome
from airflow_provider_dli.operators.flink import FlinkCancelJobOperator
from airflow_provider_dli.rest.patience import WaitTimedOut
from airflow_provider_dli.sensors.flink import FlinkJobStatusSensor
from tests.airflow_engine import connect, context_of, run_task
from tests.every_task import JOB
from tests.rest.server import serving
from tests.tasks.starts import Starts
from tests.triggers.flink_server import overview

LATE = outcome.failed(WaitTimedOut(3, "the job is RUNNING"))
MINUTE = timedelta(minutes=1)


def deadline_of(task: Any, monkeypatch: pytest.MonkeyPatch, **members: Any) -> float | None:
    monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", "flink://jobs")
    with pytest.raises(TaskDeferred) as caught:
        task.execute(context_of(task, **members))
    deadline: float | None = caught.value.trigger.serialize()[1]["deadline"]
    return deadline


@pytest.mark.parametrize(
    ("given", "after"),
    [
        ({}, None),
        ({"timeout": 7}, 7),
        ({"execution_timeout": MINUTE}, 60),
        ({"execution_timeout": MINUTE, "timeout": 7}, 7),
        ({"execution_timeout": MINUTE, "timeout": 100}, 60),
    ],
    ids=str,
)
def test_the_earlier_deadline_counts(given: Any, after: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    before = time.time()
    deadline = deadline_of(Starts(task_id="it", deferrable=True, wait_until="finished", **given), monkeypatch)
    assert deadline is None if after is None else 0 <= (deadline or 0) - before - after < 5


def test_it_counts_from_when_the_task_began(monkeypatch: pytest.MonkeyPatch) -> None:
    began = datetime(2026, 1, 1, tzinfo=timezone.utc)
    task = Starts(task_id="it", deferrable=True, execution_timeout=MINUTE)
    assert deadline_of(task, monkeypatch, start_date=began) == pytest.approx(began.timestamp() + 60, abs=5)
    sensor = FlinkJobStatusSensor(task_id="it", job_id=JOB, deferrable=True, execution_timeout=MINUTE)
    assert deadline_of(sensor, monkeypatch, start_date=began) == pytest.approx(began.timestamp() + 60, abs=5)


def test_on_a_worker_airflow_itself_counts_it() -> None:
    assert Starts(task_id="it", deferrable=False, execution_timeout=MINUTE).deadline_of({"ti": None}) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"execution_timeout": MINUTE}, "Timed out after 60 s, the execution_timeout. Last seen: the job is RUNNING."),
        ({"execution_timeout": MINUTE, "timeout": 7}, "Timed out after 7 s. Last seen: the job is RUNNING."),
        (
            {"execution_timeout": MINUTE, "timeout": 100},
            "Timed out after 60 s, the execution_timeout. Last seen: the job is RUNNING.",
        ),
    ],
    ids=str,
)
def test_the_error_names_the_right_one(given: Any, told: str) -> None:
    task = FlinkCancelJobOperator(task_id="it", job_id=JOB, deferrable=True, **given)
    with pytest.raises(AirflowException) as caught:
        task.execute_complete(context_of(task), LATE)
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"execution_timeout": MINUTE}, AirflowException),
        ({"execution_timeout": MINUTE, "timeout": 7}, AirflowSensorTimeout),
        ({"execution_timeout": MINUTE, "soft_fail": True}, AirflowSkipException),
    ],
    ids=str,
)
def test_a_sensor_is_tried_again_after_it_as_airflow_does(given: Any, kind: type[Exception]) -> None:
    sensor = FlinkJobStatusSensor(task_id="it", job_id=JOB, deferrable=True, **given)
    with pytest.raises(AirflowException) as caught:
        sensor.execute_complete(context_of(sensor), LATE)
    assert type(caught.value) is kind


@pytest.mark.parametrize("resumed", [False, True])
def test_airflow_2_does_not_count_it_again_after_the_deferral(resumed: bool) -> None:
    """It would raise before the task can say what was seen, or end its job."""
    task = FlinkCancelJobOperator(task_id="it", job_id=JOB, deferrable=True, execution_timeout=MINUTE)
    task.pre_execute(context_of(task, **({"next_method": "execute_complete"} if resumed else {})))
    assert task.execution_timeout == (None if resumed else MINUTE)
    with pytest.raises(AirflowException, match="60 s, the execution_timeout"):
        task.execute_complete(context_of(task), LATE)


def test_a_deferred_task_is_late_and_does_what_on_kill_says(airflow_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Airflow's engine; the time is enough for the part that runs on the worker, which Airflow itself limits."""
    with serving() as server:
        connect(monkeypatch, server.address)
        server.says(overview("RUNNING", running=1))
        task, _ = run_task(
            Starts,
            deferrable=True,
            wait_until="finished",
            poll_interval=0.1,
            grace_period=0,
            execution_timeout=timedelta(seconds=5),
        )
        cancelled = [each for each in server.received if each.method == "PATCH"]
    assert task.state == "failed"
    assert task.first_line.startswith("Timed out after 5 s, the execution_timeout. Last seen: job 'orders' (")
    assert len(cancelled) == 1
