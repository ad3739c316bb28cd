"""Our client calls every operation on Flink jobs, edge, Spark and SQL of the emulator, and reads each answer whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from airflow_provider_dli.dli import job_groups
from airflow_provider_dli.dli.client import Dli
from airflow_provider_dli.dli.credentials.sources import GivenKeys
from airflow_provider_dli.dli.credentials.values import Credentials
from airflow_provider_dli.dli.credentials.ways import Signed
from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.dli.project import given
from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo_jobs import JAR, STREAMING_COUNT
from airflow_provider_dli.local.dli.emulator import LocalDli
from airflow_provider_dli.rest.client import Group, Method
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.request import Request
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target
from tests.local.flink_jobs import FRESH
from tests.local.waiting import wait_until

pytestmark = pytest.mark.live

STREAM = """CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');
CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO nowhere SELECT n FROM numbers;"""
ENDLESS = (
    "CREATE TABLE slow (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1', 'number-of-rows' = '9999')"
)
ON_FLINK = {"queue_name": "flink", "obs_bucket": "state", "execution_agency_urn": "agency"}


class Noting(Gate):
    """Notes which operations were asked for, and what in their answers has no name."""

    def __init__(self, project_id: str) -> None:
        super().__init__(lambda: given(project_id))
        self.called: set[str] = set()
        self.unnamed: dict[str, set[str]] = {}

    def ask(self, request: Request[Any]) -> Flow[Any]:
        assert request.availability
        operation = request.availability.operation
        answer = yield from super().ask(request)
        self.called.add(operation)
        if found := set(unnamed(answer)):
            self.unnamed.setdefault(operation, set()).update(found)
        return answer


def unnamed(answer: Any, place: str = "") -> Iterator[str]:
    """Yield the members of an answer, and of what is in it, that have no field."""
    if isinstance(answer, tuple):
        for each in answer:
            yield from unnamed(each, place)
    elif isinstance(answer, BaseModel):
        yield from (f"{place}{name}" for name in answer.model_extra or {})
        for name in type(answer).model_fields:
            yield from unnamed(getattr(answer, name), f"{place}{name}.")


@pytest.fixture(scope="module")
def noted() -> Iterator[Noting]:
    with LocalFlink(slots=4, configuration=FRESH) as flink, LocalDli(flink=flink.address) as dli:
        for bucket in ("jars", "state"):
            (dli.obs / bucket).mkdir()
        (dli.obs / "jars" / "demo.jar").write_bytes(JAR.read_bytes())
        (dli.obs / "jars" / "wait.py").write_text("import time\ntime.sleep(600)\n")
        keys = Credentials(dli.settings.access_key, dli.settings.secret_key)
        sender = Sender(Target((dli.address,), Signed(GivenKeys(keys))))
        gate = Noting(dli.settings.project_id)
        api = Dli(Driver(sender, lambda text: None).run, gate)
        for chapter in (sql_job, jar_job, flink_templates, edge, spark, spark_templates, sql, sql_templates):
            chapter(api)
        sender.close()
        yield gate


def sql_job(api: Dli) -> None:
    jobs = api.flink_jobs
    job_id = jobs.create_sql("numbers", sql_body=STREAM, flink_version="1.12", **ON_FLINK).job.job_id
    jobs.generate_graph(job_id, STREAM, job_type="flink_opensource_sql_job", flink_version="1.12")
    jobs.update_sql(job_id, parallel_number=2)
    assert jobs.run(job_id)
    _is(api, job_id, "job_running")
    assert jobs.execute_graph(job_id).execute_graph
    jobs.apig_sinks(job_id)
    jobs.stop(job_id, trigger_savepoint=True)
    _is(api, job_id, "job_cancel_success")
    assert jobs.detail(job_id).job_detail.savepoint_path
    exported = jobs.export_jobs("obs://state/exported", job_selected=job_id)
    jobs.import_jobs(f"obs://state/exported/{(exported.zip_file or [''])[0].rpartition('/')[2]}", is_cover=True)
    jobs.delete(job_id)


def jar_job(api: Dli) -> None:
    jobs = api.flink_jobs
    program = {"entrypoint": "obs://jars/demo.jar", "main_class": STREAMING_COUNT}
    job_id, other = (jobs.create_jar(name, **program, **ON_FLINK).job.job_id for name in ("count", "other"))
    jobs.update_jar(job_id, entrypoint_args="--rate 20")
    jobs.run(job_id)
    _is(api, job_id, "job_running")
    assert [each.job_id for each in jobs.metrics(job_id).jobs] == [job_id]
    jobs.cloud_stream_metrics(job_id)
    jobs.trigger_savepoint(job_id, "state/backups/")
    path = wait_until(lambda: jobs.detail(job_id).job_detail.savepoint_path)
    jobs.import_savepoint(other, path)
    jobs.stop(job_id)
    _is(api, job_id, "job_cancel_success")
    assert {job_id, other} <= {job.job_id for job in jobs.list_jobs().jobs}
    jobs.delete_several([job_id, other])


def flink_templates(api: Dli) -> None:
    made = api.flink_templates.create("numbers", sql_body=STREAM).template
    assert made
    api.flink_templates.update(made.template_id, desc="Counts.")
    api.flink_templates.overview()
    api.flink_templates.delete(made.template_id)


def edge(api: Dli) -> None:
    job = api.flink_jobs.create_sql(
        "edge", job_type="flink_sql_edge_job", run_mode="edge_node", edge_group_ids=["group"]
    ).job
    api.edge.create_message_channel("5bb6a5e8-2ef8-4d6b-9a2c-1d2f0a6a4f0e")
    told = {"job_id": job.job_id, "status": "job_running", "create_time": 1_700_000_000_000}
    api.edge.report_jobs([told], "message", msg_confirm_topic="done")
    _is(api, job.job_id, "job_running")
    api.edge.report_action("message", "done")
    api.edge.report_system_event("group", "delete", 1_700_000_000, "events", "group", attributes={})


def spark(api: Dli) -> None:
    batch = api.spark.create("obs://jars/wait.py", "", queue="spark", name="wait").id
    wait_until(lambda: api.spark.state(batch).state == "running")
    assert [each.id for each in api.spark.list_batches().sessions or ()] == [batch]
    api.spark.detail(batch)
    api.spark.log(batch)
    api.spark.cancel(batch)
    wait_until(lambda: api.spark.state(batch).state == "dead")


def spark_templates(api: Dli) -> None:
    made = api.spark_templates.create("wait", {"file": "wait.py"}).id
    assert made
    api.spark_templates.update(made, "wait", {"file": "other.py"})
    api.spark_templates.detail(made)
    api.spark_templates.overview()


def sql(api: Dli) -> None:
    api.sql.check("SELECT 1")
    job_id = _executed(api, "SELECT 1 AS a")
    assert len(api.sql.preview(job_id).rows or ()) == 1
    for ask in (api.sql.detail, api.sql.progress):
        ask(job_id)
    assert job_id in {job.job_id for job in api.sql.list_jobs().jobs or ()}
    api.sql.export_result(job_id, "obs://state/result", queue_name="sql")
    for statement in ("CREATE DATABASE shop", "CREATE TABLE shop.sales (id INT)", "INSERT INTO shop.sales VALUES (1)"):
        _executed(api, statement)
    _has(api, api.sql.export_table("obs://state/sales", "shop", "sales", queue_name="sql").job_id, "FINISHED")
    _has(api, api.sql.import_table("obs://state/sales", "csv", "shop", "sales", queue_name="sql").job_id, "FINISHED")
    _executed(api, ENDLESS)
    endless = api.sql.submit("SELECT * FROM slow", queue_name="sql").job_id
    _has(api, endless, "RUNNING")
    api.sql.cancel(endless)
    _has(api, endless, "CANCELLED")


def sql_templates(api: Dli) -> None:
    made = api.sql_templates.create("one", "SELECT 1").sql_id
    assert made
    api.sql_templates.update(made, sql_name="one", sql="SELECT 2")
    api.sql_templates.overview()
    api.sql_templates.delete_several([made])


def _is(api: Dli, job_id: int, status: str) -> None:
    wait_until(lambda: api.flink_jobs.detail(job_id).job_detail.status == status)


def _executed(api: Dli, statement: str) -> str:
    job_id = api.sql.submit(statement, queue_name="sql").job_id
    _has(api, job_id, "FINISHED")
    return job_id


def _has(api: Dli, job_id: str, status: str) -> None:
    wait_until(lambda: api.sql.status(job_id).status == status)


def test_every_operation_was_called(noted: Noting) -> None:
    groups = [kind for kind in vars(job_groups).values() if isinstance(kind, type) and issubclass(kind, Group)]
    methods = [method for kind in groups for method in vars(kind).values() if isinstance(method, Method)]
    assert {method.endpoint.availability.operation for method in methods} - noted.called == set()
    assert len(methods) >= 52


def test_every_answer_was_read_whole(noted: Noting) -> None:
    """Flink's own graph is passed on as it is, with more than DLI documents."""
    graph = "GET /v1.0/{project_id}/streaming/jobs/:job_id/execute-graph"
    assert {operation: found for operation, found in noted.unnamed.items() if operation != graph} == {}
