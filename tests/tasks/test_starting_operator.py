"""What becomes of a job when its task is killed on a worker."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, Context, TaskDeferred

from airflow_provider_dli.tasks import starting_operator
from airflow_provider_dli.tasks.deferral import ENDED_BY_ITSELF
from tests.airflow_engine import connect, context_of
from tests.conftest import AIRFLOW_3
from tests.every_task import JOB
from tests.jobs.script import IN_PROGRESS, broken
from tests.rest.server import Server, serving
from tests.tasks.starts import Starts
from tests.triggers.flink_server import Cluster


class Stops(Starts):
    """Stops its job under an id that is known."""

    def kill_arguments(self, job_id: str) -> dict[str, Any]:
        return {**super().kill_arguments(job_id), "operation_id": "a" * 32}


@pytest.fixture
def killed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Any:
    """Kill a task whose job's stop comes to something; return the log."""

    def kill(stop: dict[str, Any]) -> str:
        monkeypatch.setattr(starting_operator, "SECONDS_LEFT_BY_A_KILL", 1.1)
        with serving() as server, caplog.at_level("INFO"):
            connect(monkeypatch, server.address)
            server.says(Cluster(stop))
            task = Stops(task_id="it", wait_until="submitted", on_kill="stop_with_savepoint")
            task.execute(context_of(task))
            task.on_kill()
            assert sum(each.method == "POST" for each in server.received) == 1
        return capsys.readouterr().out + caplog.text

    return kill


def test_a_stop_that_takes_longer_than_a_kill_leaves_goes_on_and_is_told_how_to_find(killed: Any) -> None:
    told = killed(IN_PROGRESS)
    operation = "a" * 32
    assert f"Job {JOB} is being stopped with a savepoint, as operation {operation}." in told
    assert f"GET /jobs/{JOB}/savepoints/{operation} returns the path" in told
    assert f"Last seen: operation {operation} on job {JOB} is in progress. What the cluster has begun it ends" in told


def test_a_stop_that_fails_says_whether_the_job_still_runs(killed: Any) -> None:
    assert "is RUNNING, tasks: 1 running: it still runs." in killed(broken("java.io.IOException: Disk full"))


@pytest.fixture
def kill_in(
    server: Server, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Kill a task on a worker in one of its tries; return how often its job was cancelled, and the log."""

    def kill(on_kill: str, try_number: int, max_tries: int) -> tuple[int, str]:
        server.says(Cluster())
        task = Starts(task_id="it", wait_until="submitted", on_kill=on_kill)
        with caplog.at_level("INFO"):
            task.execute(context_of(task, try_number=try_number, max_tries=max_tries))
            task.on_kill()
        return sum(each.method == "PATCH" for each in server.received), capsys.readouterr().out + caplog.text

    return kill


@pytest.mark.parametrize(("try_number", "max_tries", "cancelled"), [(1, 0, 1), (1, 1, 0), (2, 1, 1), (2, 3, 0)])
def test_a_job_whose_task_is_tried_again_survives_a_kill(
    kill_in: Callable[..., tuple[int, str]], try_number: int, max_tries: int, cancelled: int
) -> None:
    """As with a pod that is evicted."""
    sent, log = kill_in("cancel_unless_retried", try_number, max_tries)
    assert sent == cancelled
    assert ("as on_kill='cancel_unless_retried' says" in log) is True
    assert (f"this was try {try_number} of {max_tries + 1}, and the next try attaches" in log) is not bool(cancelled)


def test_other_choices_do_not_depend_on_tries(kill_in: Callable[..., tuple[int, str]]) -> None:
    assert kill_in("cancel", 1, 3)[0] == 1


def test_a_time_out_cancels_also_where_a_try_is_left(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.says(Cluster())
    task = Starts(task_id="it", wait_until="finished", on_kill="cancel_unless_retried", timeout=0.1, poll_interval=0.05)
    with pytest.raises(AirflowException, match="is being cancelled, as on_kill='cancel_unless_retried' says"):
        task.execute(context_of(task, max_tries=3))
    assert sum(each.method == "PATCH" for each in server.received) == 1


class Ends(Starts):
    """Ends as it is told when it resumes."""

    outcome: Any = None

    def begin(self, context: Context, deadline: float | None) -> Any:
        return self.outcome if not isinstance(self.outcome, Exception) else self._raise()

    def complete(self, context: Context, result: Any) -> Any:
        return result

    def execute_complete(self, context: Context, event: Any = None) -> Any:
        return self.begin(context, None)

    def _raise(self) -> Any:
        raise self.outcome


@pytest.mark.skipif(not AIRFLOW_3, reason="Airflow 2 calls no trigger on a kill")
class TestAnEndByItself:
    """A trigger that hears late of a kill, as its triggerer hung, has to know of it."""

    @pytest.mark.parametrize("resumes", [False, True])
    @pytest.mark.parametrize(
        ("outcome", "given", "published"),
        [
            (JOB, {}, False),
            (JOB, {"do_xcom_push": False}, True),
            (None, {}, True),
            (AirflowException("lost"), {}, True),
            (AirflowException("lost"), {"deferrable": False}, False),
        ],
    )
    def test_is_published_unless_a_result_shows_it(
        self, outcome: Any, given: dict[str, Any], published: bool, resumes: bool
    ) -> None:
        task = Ends(task_id="it", **{"deferrable": True, **given})
        task.outcome = outcome
        context = context_of(task)
        with suppress(AirflowException):
            if resumes:
                task.resume_execution("execute_complete", {"event": {}}, context)
            else:
                task.execute(context)
        assert (ENDED_BY_ITSELF in context["ti"].xcoms) is published

    def test_a_deferral_is_none(self, server: Server) -> None:
        server.says(Cluster())
        task = Starts(task_id="it", wait_until="finished", deferrable=True)
        context = context_of(task)
        with pytest.raises(TaskDeferred):
            task.execute(context)
        assert ENDED_BY_ITSELF not in context["ti"].xcoms

    def test_an_error_is_not_hidden_by_one_of_airflows(self) -> None:
        def unreachable(**given: Any) -> None:
            raise OSError("Airflow cannot be reached")

        task = Ends(task_id="it", deferrable=True)
        task.outcome = AirflowException("lost")
        with pytest.raises(AirflowException, match="lost"):
            task.execute(context_of(task, xcom_push=unreachable))
