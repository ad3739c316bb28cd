"""What a person must know of a deferred task."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.triggers.base import BaseTrigger

from airflow_provider_dli.jobs.end import CHOICES, DETACH
from airflow_provider_dli.jobs.flows import call
from airflow_provider_dli.jobs.wait import wait_for_end
from airflow_provider_dli.operators.flink import FlinkRunJarOperator
from airflow_provider_dli.sensors.flink import FlinkJobStatusSensor
from airflow_provider_dli.tasks.flow_task import FlowTask
from airflow_provider_dli.tasks.identity import identity_of
from tests.airflow_engine import context_of
from tests.conftest import AIRFLOW_3
from tests.every_task import JOB


def deferred(task: FlowTask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand a task's wait to a triggerer that is not there."""
    monkeypatch.setattr(task, "defer", lambda **given: None)
    if isinstance(task, FlinkRunJarOperator):
        task.identity = identity_of(context_of(task))
    task.run_or_defer(call(wait_for_end, job_id=JOB, poll_interval=2.0), None)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Any:
    """Where tasks log: Airflow 3 prints it, Airflow 2 hands it to Python's logging."""
    return lambda: capsys.readouterr().out or caplog.text


@pytest.mark.parametrize("on_kill", CHOICES)
def test_what_a_kill_will_not_do_is_said_once_before_the_deferral(
    on_kill: str, monkeypatch: pytest.MonkeyPatch, log: Any
) -> None:
    if AIRFLOW_3:
        monkeypatch.delattr(BaseTrigger, "on_kill")
    assert not hasattr(BaseTrigger, "on_kill")
    deferred(FlinkRunJarOperator(task_id="it", jar="x.jar", on_kill=on_kill, deferrable=True), monkeypatch)
    told = f"leaves job {JOB} running, although on_kill='{on_kill}'. Use deferrable=False, or Airflow 3.3 or newer."
    assert log().count(told) == (0 if on_kill == DETACH else 1)


def test_a_task_that_only_watches_leaves_its_job_alone_anyway(monkeypatch: pytest.MonkeyPatch, log: Any) -> None:
    deferred(FlinkJobStatusSensor(task_id="it", job_id=JOB, deferrable=True), monkeypatch)
    assert "kill" not in log()


@pytest.mark.skipif(not AIRFLOW_3, reason="Airflow 2 tells no trigger about a kill")
def test_an_airflow_that_tells_triggers_about_kills_needs_no_words(monkeypatch: pytest.MonkeyPatch, log: Any) -> None:
    deferred(FlinkRunJarOperator(task_id="it", jar="x.jar", on_kill="cancel", deferrable=True), monkeypatch)
    assert "kill" not in log()
