from __future__ import annotations

from airflow_provider_dli.links.dli import DliJobLink
from airflow_provider_dli.links.job import JOB_URL
from tests.airflow_engine import FakeTi
from tests.every_task import ON_DLI

URL = "https://console.huaweicloud.com/dli/?region=cn-north-4"


def test_the_link_is_there_as_soon_as_it_is_pushed() -> None:
    """Airflow 3 shows what stands under its key, and writes it by itself only when the task has ended."""
    ti = FakeTi()
    DliJobLink.push({"ti": ti}, URL)
    assert ti.xcoms == {JOB_URL: URL, "_link_DliJobLink": URL}
    assert getattr(DliJobLink(), "xcom_key", "_link_DliJobLink") == "_link_DliJobLink"


def test_every_task_that_is_about_a_job_has_the_link() -> None:
    links = {kind.__name__: [link.name for link in getattr(kind, "operator_extra_links", ())] for kind in ON_DLI}
    without = {name for name, found in links.items() if not found}
    assert without == {"DliReportEdgeJobStatusOperator"}
    assert {link for found in links.values() for link in found} == {"DLI job"}
