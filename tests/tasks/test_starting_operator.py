"""What becomes of a job when its task is killed on a worker."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.tasks import starting_operator
from tests.airflow_engine import connect, context_of
from tests.every_task import JOB
from tests.jobs.script import IN_PROGRESS, broken
from tests.rest.server import serving
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
