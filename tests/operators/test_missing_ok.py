"""Clean-up tasks whose job, savepoint or jar is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_dli.operators.dli import DliStopFlinkJobOperator
from airflow_provider_dli.operators.flink import (
    FlinkCancelJobOperator,
    FlinkDeleteJarOperator,
    FlinkDisposeSavepointOperator,
    FlinkStopJobOperator,
)
from tests.airflow_engine import connect, context_of
from tests.every_task import DLI_JOB, JOB
from tests.jobs.script import history
from tests.rest.server import Handler, Server, answer, serving

JOB_ENDERS = [FlinkCancelJobOperator, FlinkStopJobOperator, DliStopFlinkJobOperator]
ON_FLINK = [FlinkCancelJobOperator, FlinkStopJobOperator]


class Empty:
    """Responds as a Flink without the job, or with one that has ended, and as a DLI without jobs."""

    def __init__(self, *jobs: dict[str, Any]) -> None:
        self.jobs = jobs

    def __call__(self, handler: Handler) -> None:
        path = handler.path.partition("?")[0]
        if "/streaming/jobs" in path:
            listed = {"is_success": True, "message": "", "job_list": {"total_count": 0, "jobs": []}}
            missing = {"error_code": "DLI.16001", "error_msg": "The Flink job 2387 does not exist."}
            status, body = (200, listed) if path.endswith("/jobs") else (404, missing)
            answer(status, json.dumps(body).encode())(handler)
            return
        replies: dict[str, Any] = {
            "/jobs/overview": {"jobs": list(self.jobs)},
            "/config": {"flink-version": "2.2.1"},
            "/jobmanager/config": [{"key": "execution.checkpointing.savepoint-dir", "value": "file:///savepoints"}],
            f"/jobs/{JOB}/checkpoints": history() if self.jobs else None,
        }
        reply = replies.get(path)
        status = 404 if reply is None else 200
        answer(status, json.dumps(reply or {"errors": ["Job not found"]}).encode())(handler)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving() as server:
        server.says(Empty())
        connect(monkeypatch, server.address)
        extra = {"endpoint": server.address, "region": "local-1", "project_id": "1" * 32}
        dli = {"conn_type": "dli", "login": "key", "password": "secret", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_DLI_DEFAULT", json.dumps(dli))
        yield server


def run(kind: Any, **arguments: Any) -> Any:
    task = kind(task_id="it", grace_period=0, **arguments)
    return task.execute(context_of(task))


@pytest.mark.parametrize("kind", JOB_ENDERS)
@pytest.mark.parametrize("given", ["id", "name", "nothing"])
def test_a_job_that_is_gone_fails_the_task_unless_it_may_be_missing(kind: Any, given: str, server: Server) -> None:
    job_id = DLI_JOB if kind is DliStopFlinkJobOperator else JOB
    arguments = {"id": {"job_id": job_id}, "name": {"job_name": "orders"}, "nothing": {"job_id": ""}}[given]
    with pytest.raises(AirflowException):
        run(kind, **arguments)
    assert run(kind, **arguments, missing_ok=True) is None
    assert all(each.method == "GET" for each in server.received)


@pytest.mark.parametrize("state", ["FINISHED", "CANCELED"])
def test_a_stop_of_a_job_that_has_ended(state: str, server: Server) -> None:
    job = {"jid": JOB, "name": "orders", "state": state, "start-time": 1000, "end-time": 2000, "tasks": {"total": 1}}
    server.says(Empty(job))
    with pytest.raises(AirflowException):
        run(FlinkStopJobOperator, job_id=JOB)
    assert run(FlinkStopJobOperator, job_id=JOB, missing_ok=True) is None
    assert all(each.method == "GET" for each in server.received)


@pytest.mark.parametrize("kind", ON_FLINK)
def test_a_name_that_several_running_jobs_have_is_not_a_missing_job(kind: Any, server: Server) -> None:
    job = {"name": "orders", "state": "RUNNING", "start-time": 1000, "end-time": -1, "tasks": {"total": 1}}
    server.says(Empty({"jid": "a" * 32, **job}, {"jid": "b" * 32, **job}))
    with pytest.raises(AirflowException, match="2 jobs are called 'orders'"):
        run(kind, job_name="orders", missing_ok=True)


def test_a_savepoint_or_jar_that_was_never_made(server: Server) -> None:
    assert run(FlinkDisposeSavepointOperator, savepoint_path=None, missing_ok=True) is None
    assert run(FlinkDeleteJarOperator, jar_id=None) is None
    with pytest.raises(AirflowException, match="savepoint_path is empty"):
        run(FlinkDisposeSavepointOperator, savepoint_path=None)
    with pytest.raises(AirflowException, match="jar_id is empty"):
        run(FlinkDeleteJarOperator, jar_id=None, missing_ok=False)
    assert not server.received
