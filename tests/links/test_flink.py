from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import BaseOperator, Context

from airflow_provider_dli.links.flink import FlinkJobLink
from airflow_provider_dli.links.job import JOB_URL
from tests.airflow_engine import FakeTi, make_dag, run_dag
from tests.conftest import AIRFLOW_3
from tests.every_task import LEAST, ON_DLI

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


def test_every_task_that_is_about_a_job_has_the_link() -> None:
    without = {kind.__name__ for kind in LEAST if kind not in ON_DLI and not getattr(kind, "operator_extra_links", ())}
    assert without == {"FlinkDeleteJarOperator", "FlinkDisposeSavepointOperator", "FlinkUploadJarOperator"}


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
