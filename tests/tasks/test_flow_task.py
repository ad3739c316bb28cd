from __future__ import annotations

import time
import traceback
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    Context,
    TaskDeferred,
)

from airflow_provider_dli.flink.version import NotInThisVersion
from airflow_provider_dli.jobs import outcome
from airflow_provider_dli.jobs.errors import JobEnded, JobFailed, StopFailed
from airflow_provider_dli.jobs.flows import call
from airflow_provider_dli.jobs.wait import wait_for_end
from airflow_provider_dli.operators.flink import FlinkStopJobOperator
from airflow_provider_dli.operators.flink.base import FlinkOperator
from airflow_provider_dli.operators.flink.starts import FlinkStartingOperator
from airflow_provider_dli.rest.errors import NotReachable
from airflow_provider_dli.rest.patience import WaitTimedOut
from airflow_provider_dli.rest.request import Request
from airflow_provider_dli.sensors.flink import FlinkJobStatusSensor
from tests.airflow_engine import context_of
from tests.every_task import JOB
from tests.rest.server import Server
from tests.rest.simulation import failed, refused

LOOK: Any = Request("GET", "/jobs/overview", lambda answer: None)


class Fails(FlinkOperator):
    """Runs into an error at once."""

    def __init__(self, *, error: Exception, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error = error

    def begin(self, context: Context, deadline: float | None) -> Any:
        raise self.error


class FailsToStart(FlinkStartingOperator):
    """Runs into an error before it starts a job."""

    savepoint_directory = None

    def __init__(self, *, error: Exception, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error = error

    def begin(self, context: Context, deadline: float | None) -> Any:
        raise self.error


class Watches(FlinkJobStatusSensor):
    """Runs into an error as soon as it would begin to watch."""

    error: Exception

    def wait(self, job_id: str) -> Any:
        raise self.error


ERRORS = [
    (JobFailed("Job failed.", job_id=JOB), False, "Job failed."),
    (JobFailed("Job failed.", hopeless=True), True, "Job failed."),
    (JobEnded("Job has ended."), True, "Job has ended."),
    (
        JobFailed("Disk full.", savepoint_path="s3://s/1"),
        False,
        "Disk full. The savepoint s3://s/1 was made and is kept.",
    ),
    (failed(NotReachable, LOOK), False, "Something broke (GET http://jobs:8081/jobs/overview). Check the connection's"),
    (refused(503, LOOK), False, "The server answered 503: no (GET http://jobs:8081/jobs/overview)."),
    (
        refused(401, LOOK),
        False,
        "The server answered 401: no (GET http://jobs:8081/jobs/overview). Check the connection's",
    ),
    (refused(400, LOOK), True, "The server answered 400: no (GET http://jobs:8081/jobs/overview)."),
    (ValueError("jar is empty"), True, "jar is empty"),
    (
        NotInThisVersion("claim_mode needs Flink 1.15 or newer; the cluster runs 1.9."),
        True,
        "claim_mode needs Flink 1.15 or newer; the cluster runs 1.9.",
    ),
]


@pytest.mark.parametrize(("error", "hopeless", "told"), ERRORS)
def test_what_repeating_cannot_heal_is_not_retried(error: Exception, hopeless: bool, told: str) -> None:
    task = Fails(task_id="it", error=error)
    with pytest.raises(AirflowException) as caught:
        task.execute(context_of(task))
    assert type(caught.value) is (AirflowFailException if hopeless else AirflowException)
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize("kind", [Fails, FailsToStart, Watches])
def test_the_log_of_a_failed_task_has_the_message_and_no_helper_above_it(
    kind: Any, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    """Airflow logs each exception that led to the last one, with all frames, and the message below them."""
    error = failed(NotReachable, LOOK)
    error.__cause__ = OSError("Connection refused")
    given = {"job_id": JOB} if kind is Watches else {"error": error}
    monkeypatch.setattr(Watches, "error", error, raising=False)
    task = kind(task_id="it", **given)
    with pytest.raises(AirflowException) as caught:
        task.execute(context_of(task))
    logged = "".join(traceback.format_exception(caught.value))
    assert logged.count("Traceback") == 1
    assert "Connection refused" not in logged
    ours = [frame for frame in traceback.extract_tb(caught.tb) if "/airflow_provider_dli/" in frame.filename]
    # A sensor has one more: Airflow's loop between execute and poke.
    assert len(ours) <= (4 if kind is Watches else 3), logged
    assert not any("contextlib" in frame.filename for frame in traceback.extract_tb(caught.tb))


@pytest.mark.parametrize(("error", "hopeless", "told"), ERRORS)
def test_a_sensor_that_fails_softly_skips_what_repeating_cannot_heal(
    error: Exception, hopeless: bool, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", "flink://jobs")
    monkeypatch.setattr(Watches, "error", error, raising=False)
    for given, kind in (
        ({}, AirflowFailException if hopeless else AirflowException),
        ({"soft_fail": True}, AirflowSkipException if hopeless else AirflowException),
        ({"never_fail": True}, AirflowSkipException),
    ):
        task = Watches(task_id="it", job_id=JOB, **given)
        with pytest.raises(AirflowException) as caught:
            task.execute(context_of(task))
        assert type(caught.value) is kind
        assert str(caught.value).startswith(told)


def test_a_wait_that_took_too_long() -> None:
    task = Fails(task_id="it", timeout=7, error=WaitTimedOut(3, "the job is RUNNING"))
    with pytest.raises(AirflowException, match=r"^Timed out after 7 s. Last seen: the job is RUNNING.$") as caught:
        task.execute(context_of(task))
    assert type(caught.value) is AirflowException


@pytest.mark.parametrize("event", [None, {}, {"version": 0}, {"version": 2, "result": "Job", "members": {}}])
def test_an_event_of_another_version_is_tried_again(event: dict[str, Any] | None) -> None:
    task = Fails(task_id="it", error=ValueError())
    with pytest.raises(AirflowException, match="The trigger returned what this version of the provider") as caught:
        task.execute_complete(context_of(task), event)
    assert type(caught.value) is AirflowException


@pytest.mark.parametrize("word", ["Trigger timeout", "Trigger/execution timeout"])
def test_a_triggerer_that_does_not_answer_is_a_time_out(word: str) -> None:
    task = Fails(task_id="it", timeout=7, error=ValueError())
    with pytest.raises(
        AirflowException, match=r"Timed out after 7 s. Last seen: nothing, for no triggerer has answered"
    ):
        task.resume_execution("__fail__", {"error": word}, context_of(task))
    sensor = FlinkJobStatusSensor(task_id="it", timeout=7, job_id=JOB)
    with pytest.raises(AirflowSensorTimeout, match="for no triggerer has answered; see whether one runs"):
        sensor.resume_execution("__fail__", {"error": word}, context_of(sensor))
    sensor = FlinkJobStatusSensor(task_id="it", timeout=7, job_id=JOB, soft_fail=True)
    with pytest.raises(AirflowSkipException, match="Timed out after 7 s"):
        sensor.resume_execution("__fail__", {"error": word}, context_of(sensor))


TRACEBACK = ["Traceback (most recent call last):\n", "  line 1\n", "ModuleNotFoundError: No module named 'nowhere'\n"]


def test_a_trigger_that_broke_is_told_with_its_cause_and_the_job(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    task = Fails(task_id="it", error=ValueError())
    context = context_of(task)
    context["ti"].xcom_push("job_id", JOB)
    with pytest.raises(AirflowException) as caught:
        task.resume_execution("__fail__", {"error": "Trigger failure", "traceback": TRACEBACK}, context)
    assert type(caught.value) is AirflowException
    assert str(caught.value) == (
        "The triggerer could not run this task's wait: ModuleNotFoundError: No module named 'nowhere'. "
        "See its log, and whether it has this package in the worker's version. "
        f"Job {JOB} is left as it is, and the next try finds it again."
    )
    assert "line 1" in capsys.readouterr().out + caplog.text
    sensor = FlinkJobStatusSensor(task_id="it", job_id=JOB, never_fail=True)
    with pytest.raises(AirflowSkipException, match="could not run this task's wait: ModuleNotFoundError"):
        sensor.resume_execution("__fail__", {"error": "Trigger failure", "traceback": TRACEBACK}, context_of(sensor))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"error": "Trigger failure"}, "Trigger failure"),
        ({"error": "Trigger failure", "traceback": None}, "Trigger failure"),
    ],
)
def test_a_trigger_that_ended_without_a_word(given: dict[str, Any], told: str) -> None:
    task = Fails(task_id="it", error=ValueError())
    with pytest.raises(AirflowException, match=f"could not run this task's wait: {told}. See its log"):
        task.resume_execution("__fail__", given, context_of(task))


class Store(dict[str, Any]):
    """Airflow's task state store."""

    def set(self, key: str, value: Any, retention: Any = None) -> None:
        self[key] = value


def test_what_a_task_makes_known_its_later_tries_know_as_well(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", "flink://jobs")
    store, task = Store(), Fails(task_id="it", error=JobFailed("Disk full.", savepoint_path="s3://s/1"), retries=1)
    first, second = (context_of(task, max_tries=1, try_number=number) for number in (1, 2))
    for context in (first, second):
        context["task_state_store"] = store
    task.publish(first, JOB)
    for context, is_told in ((first, False), (second, True)):
        with caplog.at_level("INFO"), pytest.raises(AirflowException, match="Disk full"):
            task.execute(context)
        url = f"http://jobs:8081/#/job/running/{JOB}/overview"
        told = f"An earlier try has left: job_id {JOB}, job_url {url}, savepoint_path s3://s/1."
        assert (told in capsys.readouterr().out + caplog.text) == is_told
    assert first["ti"].xcoms.keys() == {"job_id", "job_url", "_link_FlinkJobLink", "savepoint_path"}
    assert second["ti"].xcoms == {"savepoint_path": "s3://s/1"}


def test_a_store_that_fails_changes_nothing() -> None:
    class Broken:
        """Answers nothing."""

    task = Fails(task_id="it", error=JobFailed("Disk full.", savepoint_path="s3://s/1"), retries=1)
    context = {**context_of(task, max_tries=1, try_number=2), "task_state_store": Broken()}
    with pytest.raises(AirflowException, match=r"^Disk full. The savepoint s3://s/1 was made and is kept.$"):
        task.execute(context)
    assert context["ti"].xcoms == {"savepoint_path": "s3://s/1"}


@pytest.mark.parametrize("deferred", [False, True], ids=["on the worker", "deferred"])
def test_a_savepoint_is_published_although_the_stop_failed(monkeypatch: pytest.MonkeyPatch, deferred: bool) -> None:
    error = StopFailed("Disk full.", job_id=JOB, savepoint_path="s3://savepoints/1")

    def begin(*given: Any) -> None:
        raise error

    monkeypatch.setattr(FlinkStopJobOperator, "begin", begin)
    task = FlinkStopJobOperator(task_id="it", job_id=JOB)
    context = context_of(task)
    with pytest.raises(AirflowException, match=r"^Disk full. The savepoint s3://savepoints/1 was made and is kept.$"):
        task.execute_complete(context, outcome.failed(error)) if deferred else task.execute(context)
    assert context["ti"].xcoms == {"savepoint_path": "s3://savepoints/1"}


def test_what_is_handed_to_the_triggerer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fails, "begin", lambda *given: call(wait_for_end, job_id=JOB, poll_interval=2.0), raising=True)
    task = Fails(task_id="it", error=ValueError(), deferrable=True, timeout=60, grace_period=5, flink_conn_id="prod")
    before = time.time()
    with pytest.raises(TaskDeferred) as caught:
        task.execute(context_of(task))
    path, given = caught.value.trigger.serialize()
    assert path == "airflow_provider_dli.triggers.flow.FlowTrigger"
    deadline = given.pop("deadline")
    assert 0 <= deadline - before - 60 < 5
    assert given == {
        "hook": "airflow_provider_dli.hooks.flink.FlinkHook",
        "conn_id": "prod",
        "flow": "wait_for_end",
        "arguments": {"job_id": JOB, "poll_interval": 2.0},
        "grace_period": 5.0,
        "kill": None,
    }
    assert caught.value.method_name == "execute_complete"
    # Airflow ends the task only where the triggerer has not done so before.
    assert caught.value.timeout is not None
    assert 100 < caught.value.timeout.total_seconds() <= 120
