from __future__ import annotations

import time
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    BaseOperator,
    Context,
    TaskDeferred,
)

from airflow_provider_dli.flink.version import NotInThisVersion
from airflow_provider_dli.jobs import outcome
from airflow_provider_dli.jobs.errors import JobEnded, JobFailed, StopFailed
from airflow_provider_dli.jobs.flows import call
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.jobs.wait import wait_for_end
from airflow_provider_dli.operators.flink import FlinkStopJobOperator
from airflow_provider_dli.operators.flink.base import FlinkOperator
from airflow_provider_dli.rest.errors import NotReachable
from airflow_provider_dli.rest.patience import WaitTimedOut
from airflow_provider_dli.rest.request import Request
from airflow_provider_dli.sensors.flink import FlinkJobStatusSensor
from airflow_provider_dli.tasks.flow_task import attempt_of, identity_of
from tests.airflow_engine import START, FakeTi, context_of, make_dag, run_dag
from tests.every_task import JOB
from tests.rest.simulation import failed, refused

LOOK: Any = Request("GET", "/jobs/overview", lambda answer: None)
SEEN: list[tuple[Identity, float | None]] = []


class Fails(FlinkOperator):
    """Runs into an error at once."""

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


class Notes(BaseOperator):
    """Notes who it is; fails in its first try."""

    def __init__(self, *, mark: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mark = mark

    def execute(self, context: Context) -> None:
        SEEN.append((identity_of(context), attempt_of(context, "run").since))
        if context["ti"].try_number == 1:
            raise AirflowException("again")


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
        True,
        "The server answered 401: no (GET http://jobs:8081/jobs/overview). Check the connection's",
    ),
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
    assert caught.value.__cause__ is error


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

    set = dict.__setitem__


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


def test_who_a_task_is() -> None:
    ti = FakeTi(dag_id="d", run_id="r", task_id="t", max_tries=2)
    assert identity_of({"ti": ti}) == Identity("d", "r", "t", -1, 2)
    assert identity_of({"ti": FakeTi(dag_id="d", run_id="r", task_id="t", max_tries=2, map_index=None)}).map_index == -1
    assert identity_of({"ti": FakeTi(dag_id="d", run_id="r", task_id="t", max_tries=2, map_index=3)}).map_index == 3


def test_a_retry_is_the_same_a_mapped_one_and_a_cleared_one_are_others(airflow_db: None) -> None:
    """On Airflow's engine: what it counts is what decides."""
    SEEN.clear()
    with make_dag(default_args={"retries": 1, "retry_delay": 0}) as dag:
        Notes(task_id="one")
        Notes.partial(task_id="each", retries=1, retry_delay=0).expand(mark=["a", "b"])
    run = run_dag(dag)
    assert {task.tries for task in run.tasks.values()} == {2}
    tries: dict[Identity, list[float | None]] = {}
    for identity, began in SEEN:
        tries.setdefault(identity, []).append(began)
    assert sorted((identity.task_id, identity.map_index) for identity in tries) == [
        ("each", 0),
        ("each", 1),
        ("one", -1),
    ]
    for began, later in tries.values():
        assert began is None
        assert later is not None
        assert later <= time.time()
    assert _cleared(dag.dag_id, "one") not in tries


def _cleared(dag_id: str, task_id: str) -> Identity:
    """Clear a task, as a person does, and return who it is then."""
    from airflow.models.taskinstance import TaskInstance, clear_task_instances
    from airflow.utils.session import create_session

    with create_session() as session:
        found = session.query(TaskInstance).filter_by(dag_id=dag_id, task_id=task_id)
        clear_task_instances(found.all(), session)
        session.flush()
        return identity_of({"ti": found.one()})


def test_only_the_very_first_try_can_have_begun_nothing_before_its_dag_run() -> None:
    task = FlinkStopJobOperator(task_id="it", job_id=JOB, retries=5)
    assert attempt_of(context_of(task, max_tries=5), "run").nothing_before == START.timestamp()
    assert attempt_of(context_of(task, max_tries=5, try_number=2), "run").nothing_before is None
    # Not even where fewer retries are given now than when the run began.
    fewer = FlinkStopJobOperator(task_id="it", job_id=JOB, retries=0)
    assert attempt_of(context_of(fewer, max_tries=5, try_number=2), "run").nothing_before is None


def test_which_try_it_is() -> None:
    task = FlinkStopJobOperator(task_id="it", job_id=JOB, retries=1)
    first, retry, cleared, its_retry = (
        attempt_of(context_of(task, try_number=number, max_tries=most), "stop")
        for number, most in ((1, 1), (2, 1), (3, 3), (4, 3))
    )
    assert [(each.is_first, each.is_retry) for each in (first, retry)] == [(True, False), (False, True)]
    assert [(each.is_first, each.is_retry) for each in (cleared, its_retry)] == [(False, False), (False, True)]
    assert first.since is cleared.since is None
    assert retry.since == its_retry.since == START.timestamp()


def test_a_dag_run_whose_beginning_nobody_knows() -> None:
    """As where a single task is run from the command line."""
    task = FlinkStopJobOperator(task_id="it", job_id=JOB, retries=1)
    contexts = [context_of(task, max_tries=1, try_number=number) for number in (1, 2)]
    for context in contexts:
        context["dag_run"].start_date = None
        attempt = attempt_of(context, "stop")
        assert (attempt.nothing_before, attempt.since) == (None, None)
