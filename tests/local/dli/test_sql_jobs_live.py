from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.dli.sql_jobs.documents import SqlJobs
from tests.local.dli.answers import accepted, refused
from tests.local.dli.client import DliClient
from tests.local.flink_jobs import FRESH
from tests.local.waiting import wait_until

pytestmark = pytest.mark.live

JOBS = "/v1.0/{project_id}/jobs"
SYNCHRONOUS = ["dli.sql.sqlasync.enabled=false"]
SALES = """
CREATE TABLE sales (id INT, item STRING, price DOUBLE)
WITH ('connector' = 'filesystem', 'path' = 'obs://shop/sales', 'format' = 'csv')
"""
SLOW = "CREATE TABLE slow (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1', 'number-of-rows' = '9999')"


class Sql:
    """What a test asks of the emulator's SQL jobs."""

    def __init__(self, dli: DliClient) -> None:
        self.dli = dli

    def submit(self, sql: str, **more: Any) -> dict[str, Any]:
        return accepted(self.dli.post(f"{JOBS}/submit-job", {"sql": sql, **more}))

    def refused(self, sql: str, path: str = "submit-job", **more: Any) -> str:
        return refused(self.dli.post(f"{JOBS}/{path}", {"sql": sql, **more}))

    def status(self, job_id: str) -> dict[str, Any]:
        return accepted(self.dli.get(f"{JOBS}/{job_id}/status"))

    def ended(self, job_id: str) -> dict[str, Any]:
        wait_until(lambda: self.status(job_id)["status"] not in {"LAUNCHING", "RUNNING"})
        return self.status(job_id)

    def done(self, sql: str, **more: Any) -> str:
        job_id = str(self.submit(sql, **more)["job_id"])
        status = self.ended(job_id)
        assert status["status"] == "FINISHED", status["message"]
        return job_id

    def rows(self, sql: str, **more: Any) -> list[list[Any]]:
        job_id = self.done(sql, **more)
        rows: list[list[Any]] = self.dli.get(f"{JOBS}/{job_id}/preview").json()["rows"]
        return rows


@pytest.fixture(scope="module")
def flink() -> Iterator[LocalFlink]:
    with LocalFlink(configuration=FRESH) as cluster:
        yield cluster


@pytest.fixture
def dli(flink: LocalFlink, tmp_path: Any) -> Iterator[DliClient]:
    client = DliClient(tmp_path / "dli", flink=flink.address)
    with client.running():
        yield client
    client.close()


@pytest.fixture
def sql(dli: DliClient) -> Sql:
    (dli.settings.obs / "shop").mkdir(parents=True)
    made = Sql(dli)
    made.done("CREATE DATABASE shop")
    made.done(SALES, currentdb="shop")
    return made


def test_rows_are_written_into_obs_and_read_again(sql: Sql) -> None:
    insert = sql.submit("INSERT INTO shop.sales VALUES (1, 'tea', 2.5), (2, 'milk', 1.0)")
    assert (insert["job_type"], insert["job_mode"], insert["rows"]) == ("INSERT", "async", None)
    assert sql.ended(str(insert["job_id"]))["status"] == "FINISHED"
    assert list((sql.dli.settings.obs / "shop" / "sales").iterdir())

    query = sql.done("SELECT item, price FROM sales ORDER BY id", currentdb="shop")
    preview = accepted(sql.dli.get(f"{JOBS}/{query}/preview"))
    assert preview["schema"] == [{"item": "string"}, {"price": "double"}]
    assert preview["rows"] == [["tea", "2.5"], ["milk", "1.0"]]
    status = sql.status(query)
    assert (status["result_count"], status["job_type"]) == (2, "QUERY")
    assert '"name": "item", "type": "string"' in str(status["detail"])


def test_tables_stay_known_until_they_are_dropped(sql: Sql) -> None:
    shown = sql.submit("SHOW TABLES", currentdb="shop", conf=SYNCHRONOUS)
    assert (shown["job_mode"], shown["schema"], shown["rows"]) == ("sync", [{"table name": "string"}], [["sales"]])
    assert sql.refused(SALES, currentdb="shop") == "DLI.0006"

    sql.done("DROP TABLE shop.sales")
    assert sql.refused("SELECT * FROM shop.sales") == "DLI.0005"
    sql.done("DROP DATABASE shop")
    assert sql.refused("SELECT 1", currentdb="shop") == "DLI.0002"


def test_tables_are_known_to_the_next_emulator(sql: Sql, flink: LocalFlink) -> None:
    next_one = DliClient(sql.dli.settings.folder, flink=flink.address, clock=sql.dli.clock)
    with next_one.running():
        assert Sql(next_one).rows("SELECT COUNT(*) FROM shop.sales") == [["0"]]
    next_one.close()


def test_tables_may_be_made_in_dlis_own_sql(sql: Sql) -> None:
    sql.done("CREATE TABLE people (id int, name string)", currentdb="shop")
    sql.done("INSERT INTO people VALUES (1, 'ann'), (2, CAST(NULL AS STRING))", currentdb="shop")
    sql.done("CREATE TABLE named (id int, name string) USING csv OPTIONS (path 'obs://shop/named')", currentdb="shop")
    sql.done("INSERT OVERWRITE named SELECT * FROM people WHERE name IS NOT NULL", currentdb="shop")

    assert sql.rows("SELECT * FROM shop.people ORDER BY id") == [["1", "ann"], ["2", None]]
    assert sql.rows("SELECT * FROM shop.named") == [["1", "ann"]]
    sql.done("DROP TABLE people", currentdb="shop")
    sql.done("CREATE TABLE people (id int, name string)", currentdb="shop")
    assert sql.rows("SELECT COUNT(*) FROM shop.people") == [["0"]]


def test_what_is_wrong_is_refused_and_was_never_a_job(sql: Sql) -> None:
    before = sql.dli.get(JOBS).json()["job_count"]

    assert sql.refused("SELECT FROM WHERE") == "DLI.0004"
    assert sql.refused("SELEC 1") == "DLI.0004"
    assert sql.refused("SELECT * FROM nowhere") == "DLI.0005"
    assert sql.refused("SELECT colour FROM shop.sales") == "DLI.0005"
    assert sql.refused("SELECT * FROM nowhere", "check-sql") == "DLI.0005"
    assert sql.refused("SELECT 'half", "check-sql") == "DLI.0004"
    assert sql.dli.get(JOBS).json()["job_count"] == before


def test_what_is_checked_is_not_run(sql: Sql) -> None:
    for statement, kind in (
        ("INSERT INTO shop.sales VALUES (1, 'tea', 2.5)", "INSERT"),
        ("CREATE TABLE shop.more (a INT) WITH ('connector' = 'print')", "DDL"),
    ):
        answer = accepted(sql.dli.post(f"{JOBS}/check-sql", {"sql": statement}))
        assert (answer["is_success"], answer["job_type"]) == (True, kind)

    assert sql.rows("SELECT COUNT(*) FROM shop.sales") == [["0"]]
    assert sql.refused("SELECT * FROM shop.more") == "DLI.0005"


def test_a_job_that_fails_says_why(sql: Sql) -> None:
    sql.done("INSERT INTO shop.sales VALUES (1, 'tea', 2.5)")
    status = sql.ended(str(sql.submit("SELECT 1 / (id - 1) FROM shop.sales")["job_id"]))

    assert (status["is_success"], status["status"]) == (True, "FAILED")
    assert "/ by zero" in str(status["message"])


def test_a_job_is_cancelled(sql: Sql) -> None:
    sql.done(SLOW)
    job = sql.submit("SELECT * FROM slow")["job_id"]
    wait_until(lambda: sql.status(job)["status"] == "RUNNING")
    progress = accepted(sql.dli.get(f"/v1/{{project_id}}/jobs/{job}/progress"))
    assert (progress["sub_job_id"], progress["sub_jobs"][0]["job_group"]) == (0, job)  # type: ignore[index]

    accepted(sql.dli.delete(f"{JOBS}/{job}"))
    assert sql.ended(job)["status"] == "CANCELLED"


def test_a_job_that_the_flink_has_lost_has_failed(sql: Sql) -> None:
    jobs = SqlJobs(sql.dli.services)
    job = jobs.add("QUERY", "SELECT 1", {})
    jobs.change(job["job_id"], flink_job="0" * 32)

    assert sql.ended(job["job_id"])["status"] == "FAILED"


def test_rights_are_taken_note_of(sql: Sql) -> None:
    answer = sql.submit("GRANT SELECT ON TABLE shop.sales TO USER ann")

    assert (answer["job_type"], answer["job_mode"]) == ("DCL", "sync")


def test_a_table_is_exported_and_imported(sql: Sql) -> None:
    sql.done("INSERT INTO shop.sales VALUES (1, 'tea', 2.5)")
    table = {"database_name": "shop", "table_name": "sales", "data_path": "obs://out/sales", "data_type": "csv"}

    told = {**table, "compress": "none", "with_column_header": True}
    export = sql.ended(str(accepted(sql.dli.post(f"{JOBS}/export-table", told))["job_id"]))
    assert (export["status"], export["result_count"]) == ("FINISHED", 1)
    written = (sql.dli.settings.obs / "out" / "sales" / "part-00000.csv").read_text()
    assert written == "id,item,price\n1,tea,2.5\n"

    told = {**table, "with_column_header": True}
    imported = sql.ended(str(accepted(sql.dli.post(f"{JOBS}/import-table", told))["job_id"]))
    assert (imported["status"], imported["job_type"]) == ("FINISHED", "IMPORT")
    assert sql.rows("SELECT id, item FROM shop.sales") == [["1", "tea"]] * 2
    assert refused(sql.dli.post(f"{JOBS}/export-table", {**table, "compress": "none", "table_name": "x"})) == "DLI.0005"
