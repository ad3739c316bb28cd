"""No secret of a connection is shown: in no log, error, rendered template, stored DAG, trigger or ``repr``."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_provider_dli.hooks.dli import DliHook, DliSparkHook, DliSqlHook
from airflow_provider_dli.hooks.flink import FlinkHook
from airflow_provider_dli.local.demo_jobs import JAR
from airflow_provider_dli.operators.dli import DliSqlOperator, DliStopFlinkJobOperator
from airflow_provider_dli.operators.flink import FlinkCancelJobOperator, FlinkRunJarOperator
from airflow_provider_dli.sensors.dli import DliFlinkJobStatusSensor
from airflow_provider_dli.sensors.flink import FlinkJobStatusSensor
from tests.airflow_engine import connect, context_of, make_dag, run_dag
from tests.every_task import DLI_JOB, JOB
from tests.rest.server import Server, answer, close, serving
from tests.triggers.flink_server import overview

PASSWORD, TOKEN, KEY = "pa55-word-s3cret", "t0ken-s3cret", "h3ader-s3cret"
BASIC = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
WAYS: list[dict[str, Any]] = [
    {"login": "me", "password": PASSWORD, "headers": {"X-Key": KEY}},
    {"token": TOKEN, "headers": json.dumps({"X-Key": KEY})},
]


def shown(text: object) -> set[str]:
    return {secret for secret in (PASSWORD, TOKEN, KEY, BASIC) if secret in str(text) or secret in repr(text)}


@pytest.fixture(params=WAYS, ids=["password", "token"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving() as server:
        connect(monkeypatch, server.address, **request.param)
        yield server


@pytest.mark.parametrize(
    "reply",
    [overview("FINISHED"), overview("FAILED"), answer(401), answer(200, b"<html>", "text/html"), close],
    ids=["fine", "failed", "refused", "no JSON", "cut off"],
)
def test_nothing_is_shown_by_a_run(server: Server, airflow_db: None, reply: Any) -> None:
    server.says(reply)
    with make_dag(default_args={"grace_period": 0.1, "poll_interval": 0.1}) as dag:
        for deferrable in (False, True):
            FlinkJobStatusSensor(task_id=f"watch_{deferrable}", job_id=JOB, deferrable=deferrable)
            FlinkCancelJobOperator(task_id=f"cancel_{deferrable}", job_id=JOB, deferrable=deferrable)
        FlinkRunJarOperator(task_id="run", jar=str(JAR), on_kill="cancel", timeout=0.5)
    run = run_dag(dag)
    assert server.received
    assert {received.headers.get("x-key") for received in server.received} == {KEY}
    assert {received.headers["authorization"] for received in server.received} <= {f"Basic {BASIC}", f"Bearer {TOKEN}"}
    assert not shown(run.log)
    for task in run.tasks.values():
        assert not shown(task.xcoms)
        for error in task.errors:
            while error:
                assert not shown(error)
                error = error.__cause__ or error.__context__
    assert not shown(_rendered(dag.dag_id))


def test_nothing_is_handed_to_the_triggerer(server: Server) -> None:
    task = FlinkJobStatusSensor(task_id="it", job_id=JOB, deferrable=True)
    with pytest.raises(TaskDeferred) as caught:
        task.execute(context_of(task))
    assert not shown(json.dumps(caught.value.trigger.serialize()))
    assert not shown(caught.value.trigger)


def test_nothing_is_in_a_repr(server: Server) -> None:
    hook = FlinkHook()
    hook.backend.job_url(JOB)
    for each in (hook, hook._target, hook._target.authentication, hook.backend, hook._driver):
        assert not shown(each)


def test_the_connection_test_shows_nothing(server: Server) -> None:
    server.says(answer(401, b"go away"))
    assert not shown(FlinkHook().test_connection())


@pytest.mark.parametrize("secret", [f"{TOKEN}\n", f"{TOKEN} ", f"{TOKEN}é"])
def test_a_secret_that_no_header_can_hold(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    connect(monkeypatch, "http://127.0.0.1:1", token=secret)
    good, told = FlinkHook().test_connection()
    assert not good
    assert told.startswith("Header Authorization")
    assert not shown(told)


SECRET_KEY, SECURITY_TOKEN, IAM_TOKEN, IAM_PASSWORD = "k3y-s3cret", "s3c-t0ken-s3cret", "i4m-s3cret", "us3r-pa55-s3cret"
ON_DLI: dict[str, dict[str, Any]] = {
    "key": {"login": "ACCESSKEY", "password": SECRET_KEY, "security_token": SECURITY_TOKEN},
    "token": {"authentication": "token", "token": IAM_TOKEN},
    "password": {"login": "me", "password": IAM_PASSWORD, "domain": "us", "authentication": "password"},
}


def shown_of_dli(text: object) -> set[str]:
    secrets = (SECRET_KEY, SECURITY_TOKEN, IAM_TOKEN, IAM_PASSWORD)
    return {secret for secret in secrets if secret in str(text) or secret in repr(text)}


@pytest.fixture(params=ON_DLI.values(), ids=ON_DLI)
def dli(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving() as server:
        told = dict(request.param)
        members = {name: told.pop(name, None) for name in ("login", "password")}
        extra = {"endpoint": server.address, "region": "local-1", "project_id": "0" * 32, **told}
        connection = {"conn_type": "dli", **members, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_DLI_DEFAULT", json.dumps(connection))
        yield server


@pytest.mark.parametrize(
    "reply",
    [
        answer(
            body=b'{"is_success": "true", "job_detail": {"job_id": 2387, "name": "orders", "status": "job_finish"}}'
        ),
        answer(401, b'{"error_code": "APIGW.0301", "error_msg": "no"}'),
        answer(400, b'[{"error_code": "DLI.13024", "error_msg": "No queue."}]'),
        answer(200, b"<html>", "text/html"),
        close,
    ],
    ids=["fine", "not known", "refused", "no JSON", "cut off"],
)
def test_nothing_of_dli_is_shown_by_a_run(dli: Server, airflow_db: None, reply: Any) -> None:
    dli.says(reply)
    with make_dag(default_args={"grace_period": 0.1, "poll_interval": 0.1}) as dag:
        for deferrable in (False, True):
            DliFlinkJobStatusSensor(task_id=f"watch_{deferrable}", job_id=DLI_JOB, deferrable=deferrable)
        DliStopFlinkJobOperator(task_id="stop", job_id=DLI_JOB, trigger_savepoint=False, timeout=0.5)
        DliSqlOperator(task_id="sql", sql="SELECT 1", timeout=0.5)
    run = run_dag(dag)
    assert dli.received
    assert not shown_of_dli(run.log)
    for task in run.tasks.values():
        assert not shown_of_dli(task.xcoms)
        for error in task.errors:
            while error:
                assert not shown_of_dli(error)
                error = error.__cause__ or error.__context__
    assert not shown_of_dli(_rendered(dag.dag_id))


def test_nothing_of_dli_is_shown_elsewhere(dli: Server) -> None:
    dli.says(answer(401, b"go away"))
    for kind in (DliHook, DliSparkHook, DliSqlHook):
        hook = kind()
        assert not shown_of_dli(hook.test_connection())
        for each in (hook, hook._target, hook._target.authentication, hook.backend, hook.backend.gate, hook._driver):
            assert not shown_of_dli(each)
    task = DliFlinkJobStatusSensor(task_id="it", job_id=DLI_JOB, deferrable=True)
    with pytest.raises(TaskDeferred) as caught:
        task.execute(context_of(task))
    assert not shown_of_dli(json.dumps(caught.value.trigger.serialize()))
    assert not shown_of_dli(caught.value.trigger)


def _rendered(dag_id: str) -> list[Any]:
    from airflow.models.renderedtifields import RenderedTaskInstanceFields
    from airflow.utils.session import create_session

    with create_session() as session:
        found = session.query(RenderedTaskInstanceFields).filter_by(dag_id=dag_id).all()
        assert found
        return [each.rendered_fields for each in found]
