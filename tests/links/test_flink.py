from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException, BaseOperator, Context

from airflow_provider_dli.links.flink import FlinkJobLink
from airflow_provider_dli.links.job import JOB_URL
from airflow_provider_dli.operators.flink import FlinkRescaleJobOperator
from tests.airflow_engine import FakeTi, connect, context_of, make_dag, run_dag
from tests.conftest import AIRFLOW_3
from tests.every_task import ABOUT_A_JOB, LEAST, ON_DLI, make
from tests.rest.server import answer, serving

URL = "http://jobs:8081/#/job/running/d63d21a66af14d4ca0fd3d05cdcff844/overview"


class Links(BaseOperator):
    """Has the link; pushes it if it is to."""

    operator_extra_links = (FlinkJobLink(),)

    def __init__(self, *, url: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url = url

    def execute(self, context: Context) -> None:
        if self.url:
            FlinkJobLink.push(context, self.url)


def test_the_link_is_there_as_soon_as_it_is_pushed() -> None:
    """Airflow 3 shows what stands under its key, and writes it by itself only when the task has ended."""
    ti = FakeTi()
    FlinkJobLink.push({"ti": ti}, URL)
    assert ti.xcoms == {JOB_URL: URL, "_link_FlinkJobLink": URL}
    assert getattr(FlinkJobLink(), "xcom_key", "_link_FlinkJobLink") == "_link_FlinkJobLink"


@pytest.mark.skipif(not AIRFLOW_3, reason="Airflow 2 reads a link through the backend, and by the other key")
def test_the_link_can_be_followed_where_a_backend_keeps_values_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow reads it without the backend, so a reference would be shown as the link."""
    from airflow.sdk import BaseXCom
    from airflow.sdk.execution_time import task_runner, xcom

    class Elsewhere(BaseXCom):  # type: ignore[misc]
        @staticmethod
        def serialize_value(value: Any, **who: Any) -> str:
            return "file:///elsewhere"

    stored: dict[str, Any] = {}

    def send(message: Any) -> None:
        assert (message.dag_id, message.task_id, message.run_id, message.map_index) == (ti.dag_id, "it", "manual", 2)
        stored[message.key] = message.value

    def push(key: str, value: Any) -> None:
        who = {"dag_id": ti.dag_id, "task_id": ti.task_id, "run_id": ti.run_id, "map_index": ti.map_index}
        Elsewhere.set(key, value, **who)

    ti = FakeTi(map_index=2, xcom_push=push)
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", SimpleNamespace(send=send), raising=False)
    monkeypatch.setattr(xcom, "XCom", Elsewhere)
    FlinkJobLink.push({"ti": ti}, URL)
    assert stored == {JOB_URL: "file:///elsewhere", "_link_FlinkJobLink": URL}


def test_every_task_that_is_about_a_job_has_the_link() -> None:
    without = {kind.__name__ for kind in LEAST if kind not in ON_DLI and not getattr(kind, "operator_extra_links", ())}
    assert without == {"FlinkDeleteJarOperator", "FlinkDisposeSavepointOperator", "FlinkUploadJarOperator"}


@pytest.mark.parametrize("kind", [kind for kind in ABOUT_A_JOB if kind is not FlinkRescaleJobOperator])
def test_a_failed_task_has_its_link_and_the_address_in_its_log(
    kind: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not every page of Airflow has the links."""
    with serving() as server:
        connect(monkeypatch, server.address)
        extra = {"endpoint": server.address, "region": "local-1", "project_id": "1" * 32}
        dli = {"conn_type": "dli", "login": "key", "password": "secret", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_DLI_DEFAULT", json.dumps(dli))
        server.says(answer(400))
        task = make(kind, grace_period=0)
        context = context_of(task)
        with caplog.at_level("INFO"), pytest.raises(AirflowException):
            task.execute(context)
    url = context["ti"].xcoms[JOB_URL]
    assert LEAST[kind]["job_id"] in url or kind in ON_DLI
    assert f"Job {LEAST[kind]['job_id']}: {url}" in caplog.text + capsys.readouterr().out


def test_airflow_finds_the_link(airflow_db: None) -> None:
    with make_dag() as dag:
        Links(task_id="pushed", url=URL)
        Links(task_id="silent")
        Links.partial(task_id="each").expand(url=[f"{URL}?0", f"{URL}?1"])
    run = run_dag(dag)
    assert run.state == "success"
    assert run["pushed"].xcoms[JOB_URL] == URL
    for task_id, map_index, url in (
        ("pushed", -1, URL),
        ("silent", -1, ""),
        ("each", 0, f"{URL}?0"),
        ("each", 1, f"{URL}?1"),
    ):
        assert _as_the_web_server_does(dag.dag_id, task_id, map_index) == url


def _as_the_web_server_does(dag_id: str, task_id: str, map_index: int) -> str:
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session

    with create_session() as session:
        ti = session.query(TaskInstance).filter_by(dag_id=dag_id, task_id=task_id, map_index=map_index).one()
        session.expunge(ti)
    if AIRFLOW_3:
        from airflow.serialization.definitions.operatorlink import XComOperatorLink

        link = XComOperatorLink(name="Flink job", xcom_key="_link_FlinkJobLink")
        return str(link.get_link(None, ti_key=ti.key) or "")
    return FlinkJobLink().get_link(None, ti_key=ti.key)
