from __future__ import annotations

import bz2
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.local.dli.refusals import Refusal
from airflow_provider_dli.local.dli.sql_jobs.catalog import Catalog
from airflow_provider_dli.local.dli.sql_jobs.documents import SqlJobs
from airflow_provider_dli.local.dli.sql_jobs.statements import job_type, split
from airflow_provider_dli.local.dli.sql_jobs.tables import for_flink
from airflow_provider_dli.local.dli.store import Document
from tests.local.dli.answers import accepted, refused
from tests.local.dli.client import DliClient

JOBS = "/v1.0/{project_id}/jobs"
FIRST = "CREATE DATABASE IF NOT EXISTS `default`"


def add(dli: DliClient, statement: str = "SELECT 1", kind: str = "QUERY", **told: Any) -> Document:
    job = SqlJobs(dli.services).add(kind, statement, told)
    dli.clock.advance(1)
    return job


def finished(dli: DliClient, rows: list[dict[str, Any]]) -> str:
    """A query that is done, and what the Flink has left of it."""
    jobs = SqlJobs(dli.services)
    job_id = str(add(dli)["job_id"])
    folder = jobs.result(job_id)
    folder.mkdir(parents=True)
    columns = [{"name": "id", "type": "INT NOT NULL"}, {"name": "item", "type": "VARCHAR(2147483647)"}]
    (folder / "_schema.json").write_text(json.dumps(columns))
    (folder / "part-1").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (folder / ".part-2.inprogress").write_text("half a ro")
    jobs.end(job_id, "FINISHED", result_count=len(rows))
    return job_id


def listed(dli: DliClient, **query: Any) -> list[str]:
    jobs = accepted(dli.get(JOBS, query={name.replace("_", "-", 1): value for name, value in query.items()}))["jobs"]
    return [one["statement"] for one in jobs]  # type: ignore[attr-defined]


def test_a_script_is_split_where_its_statements_end() -> None:
    script = "SELECT ';' -- one; two\n ; /* no; */ INSERT INTO `a;b` VALUES (1);; SELECT /*+ OPTIONS('x'='1') */ 2"

    assert split(script) == ["SELECT ';'", "INSERT INTO `a;b` VALUES (1)", "SELECT /*+ OPTIONS('x'='1') */ 2"]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("select 1", "QUERY"),
        ("WITH a AS (SELECT 1) SELECT * FROM a", "QUERY"),
        ("(SELECT 1) UNION (SELECT 2)", "QUERY"),
        ("INSERT OVERWRITE t SELECT 1", "INSERT"),
        ("CREATE TABLE t (a INT)", "DDL"),
        ("SHOW TABLES", "DDL"),
        ("GRANT SELECT ON t TO USER u", "DCL"),
        ("?", "DDL"),
    ],
)
def test_the_kind_of_work_is_known(statement: str, kind: str) -> None:
    assert job_type(statement) == kind


def test_what_is_made_is_made_again_before_each_script(dli: DliClient) -> None:
    catalog = Catalog(dli.services)
    catalog.keep(["CREATE DATABASE shop", "USE shop", "CREATE TABLE sales (a INT)", "SHOW TABLES"], "default")
    catalog.keep(["create table if not exists `other`.`t` (b INT)"], "default")

    assert catalog.before("shop") == [
        FIRST,
        "CREATE DATABASE shop",
        "USE `shop`",
        "CREATE TABLE sales (a INT)",
        "USE `other`",
        "create table if not exists `other`.`t` (b INT)",
        "USE `shop`",
    ]
    assert catalog.has_database("shop")
    assert not catalog.has_database("nowhere")


def test_what_is_dropped_is_made_no_more(dli: DliClient) -> None:
    catalog = Catalog(dli.services)
    made = ["CREATE DATABASE shop", "CREATE TABLE shop.sales (a INT)", "ALTER TABLE shop.sales RENAME a TO b"]
    catalog.keep([*made, "CREATE VIEW shop.v AS SELECT 1", "CREATE TABLE sales (a INT)"], "default")

    catalog.keep(["DROP TABLE IF EXISTS shop.sales"], "default")
    assert not [one for one in catalog.before("default") if "shop.sales" in one]
    catalog.keep(["DROP DATABASE shop CASCADE"], "default")
    assert catalog.before("default") == [FIRST, "USE `default`", "CREATE TABLE sales (a INT)", "USE `default`"]


def test_tables_of_dlis_own_sql_are_told_in_flinks_words(tmp_path: Path) -> None:
    told = [
        "CREATE TABLE t (a INT, b DECIMAL(10, 2)) USING CSV OPTIONS (path 'obs://b/t', 'sep' = \"|\")",
        "USE shop",
        "CREATE TABLE IF NOT EXISTS own (a STRING COMMENT ')') COMMENT 'mine'",
        "CREATE TABLE flinks (a INT) WITH ('connector' = 'print')",
        "CREATE VIEW v AS SELECT 1",
    ]
    folder = tmp_path / "shop" / "own"

    assert for_flink(told, tmp_path) == [
        "CREATE TABLE t (a INT, b DECIMAL(10, 2)) WITH ('connector' = 'filesystem', 'format' = 'csv',"
        " 'path' = 'obs://b/t', 'csv.field-delimiter' = '|')",
        "USE shop",
        "CREATE TABLE IF NOT EXISTS own (a STRING COMMENT ')') COMMENT 'mine'"
        f" WITH ('connector' = 'filesystem', 'path' = '{folder.as_uri()}', 'format' = 'json')",
        *told[3:],
    ]
    assert folder.is_dir()


def test_a_table_that_the_flink_cannot_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal:
        for_flink(["CREATE TABLE t (a INT) USING csv OPTIONS (path 'obs://b/t', header 'true')"], tmp_path)

    assert refusal.value.body["error_code"] == "DLI.0007"


def test_without_a_flink_no_sql_runs(dli: DliClient) -> None:
    for path in ("submit-job", "check-sql"):
        assert refused(dli.post(f"{JOBS}/{path}", {"sql": "SELECT 1"})) == "DLI.0012"
    assert listed(dli) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "DLI.0001"),
        ({"sql": 1}, "DLI.0001"),
        ({"sql": " ; -- nothing"}, "DLI.0004"),
        ({"sql": "SELECT 1", "conf": "x=1"}, "DLI.0001"),
        ({"sql": "SELECT 1", "engine_type": "oracle"}, "DLI.0001"),
        ({"sql": "SELECT 1", "queue_name": "none"}, "DLI.0002"),
        ({"sql": "SELECT 1", "currentdb": "none"}, "DLI.0002"),
        ({"sql": "SELECT 1", "tags": [{"key": "x"}]}, "DLI.0001"),
    ],
)
def test_what_cannot_be_run_is_refused(dli: DliClient, body: dict[str, Any], code: str) -> None:
    assert refused(dli.post(f"{JOBS}/submit-job", body)) == code
    assert listed(dli) == []


def test_jobs_are_listed_the_newest_first(dli: DliClient) -> None:
    for number in range(3):
        add(dli, f"SELECT {number}")

    assert listed(dli) == ["SELECT 2", "SELECT 1", "SELECT 0"]
    assert listed(dli, order="start_time_asc", page_size=2, current_page=2) == ["SELECT 2"]
    assert dli.get(JOBS, query={"page-size": 1}).json()["job_count"] == 3
    assert refused(dli.get(JOBS, query={"page-size": 101})) == "DLI.0001"


def test_jobs_are_found_by_what_they_are(dli: DliClient) -> None:
    query = add(dli, tags=[{"key": "team", "value": "board"}])
    add(dli, "INSERT INTO t VALUES (1)", "INSERT", queue_name="sql")
    SqlJobs(dli.services).end(query["job_id"], "FAILED", "too bad")

    found_by: list[dict[str, Any]] = [
        {"job_status": "FAILED"},
        {"job_type": "QUERY"},
        {"job_id": query["job_id"]},
        {"sql_pattern": "ELECT"},
        {"tags": "team=board"},
        {"end": query["start_time"]},
    ]
    for asked in found_by:
        # Only some of the names have a hyphen.
        exact = {name if name == "sql_pattern" else name.replace("_", "-"): value for name, value in asked.items()}
        jobs = accepted(dli.get(JOBS, query=exact))["jobs"]
        assert [one["job_id"] for one in jobs] == [query["job_id"]], asked  # type: ignore[attr-defined]
    assert len(dli.get(JOBS, query={"job-type": "ALL"}).json()["jobs"]) == 2
    assert len(dli.get(JOBS, query={"queue_name": "sql"}).json()["jobs"]) == 1


def test_that_a_job_failed_is_no_failure_of_the_call(dli: DliClient) -> None:
    job = add(dli, conf=["a.b=c"])
    SqlJobs(dli.services).end(job["job_id"], "FAILED", "Division by zero")

    status = accepted(dli.get(f"{JOBS}/{job['job_id']}/status"))
    assert (status["is_success"], status["status"], status["message"]) == (True, "FAILED", "Division by zero")
    assert (status["duration"], status["user_conf"]) == (1000, '{"a.b": "c"}')
    assert accepted(dli.get(f"{JOBS}/{job['job_id']}/detail"))["owner"] == "local-user"
    progress = accepted(dli.get(f"/v1/{{project_id}}/jobs/{job['job_id']}/progress"))
    assert (progress["status"], progress["sub_job_id"], progress["sub_jobs"]) == ("FAILED", None, [])


def test_rows_are_previewed(dli: DliClient) -> None:
    job = finished(dli, [{"id": 1, "item": "tea"}, {"id": 2, "item": None}, {"id": 3}])

    answer = accepted(dli.get(f"{JOBS}/{job}/preview"))
    assert answer["schema"] == [{"id": "int"}, {"item": "string"}]
    assert answer["rows"] == [["1", "tea"], ["2", None], ["3", None]]
    assert answer["row_count"] == 3
    assert len(dli.get(f"{JOBS}/{job}/preview", query={"page-size": 1}).json()["rows"]) == 1
    assert refused(dli.get(f"{JOBS}/{job}/preview", query={"page-size": 1001})) == "DLI.0001"


def test_rows_are_of_queries_that_are_done(dli: DliClient) -> None:
    insert = add(dli, "INSERT INTO t VALUES (1)", "INSERT")
    query = add(dli)

    assert refused(dli.get(f"{JOBS}/{insert['job_id']}/preview")) == "DLI.0007"
    assert refused(dli.get(f"{JOBS}/{query['job_id']}/preview")) == "DLI.0007"
    SqlJobs(dli.services).end(query["job_id"], "FINISHED")
    assert refused(dli.get(f"{JOBS}/{query['job_id']}/preview")) == "DLI.0100"


@pytest.mark.parametrize(
    ("compress", "suffix", "unpack"),
    [
        ("none", "", bytes),
        ("gzip", ".gz", gzip.decompress),
        ("bzip2", ".bz2", bz2.decompress),
        ("deflate", ".deflate", zlib.decompress),
    ],
)
def test_rows_are_exported(dli: DliClient, compress: str, suffix: str, unpack: Any) -> None:
    job = finished(dli, [{"id": 1, "item": "a,b"}, {"id": 2, "item": None}])
    told = {"data_path": "obs://out/rows", "data_type": "csv", "compress": compress, "with_column_header": True}

    export = accepted(dli.post(f"{JOBS}/{job}/export-result", told))
    status = accepted(dli.get(f"{JOBS}/{export['job_id']}/status"))
    assert (status["job_type"], status["status"], status["result_count"]) == ("EXPORT", "FINISHED", 2)
    assert status["result_path"] == "obs://out/rows"
    written = (dli.settings.obs / "out" / "rows" / f"part-00000.csv{suffix}").read_bytes()
    assert unpack(written).decode() == 'id,item\n1,"a,b"\n2,\n'


def test_what_is_there_is_replaced_only_when_told(dli: DliClient) -> None:
    job = finished(dli, [{"id": 1, "item": "x"}, {"id": 2, "item": "y"}])
    told = {"data_path": "obs://out/rows", "data_type": "csv", "limit_num": 1}
    accepted(dli.post(f"{JOBS}/{job}/export-result", told))

    def outcome(**more: Any) -> Any:
        export = accepted(dli.post(f"{JOBS}/{job}/export-result", {**told, **more}))["job_id"]
        return dli.get(f"{JOBS}/{export}/status").json()

    failed = outcome()
    assert (failed["status"], failed["is_success"]) == ("FAILED", True)
    assert "obs://out/rows exists already" in failed["message"]
    assert outcome(export_mode="Overwrite", limit_num=0)["result_count"] == 2


def test_what_cannot_be_exported_is_refused(dli: DliClient) -> None:
    job, running = finished(dli, []), add(dli)["job_id"]
    told = {"data_path": "obs://out/rows", "data_type": "csv"}

    assert refused(dli.post(f"{JOBS}/{running}/export-result", told)) == "DLI.0007"
    for wrong in ({"data_path": "obs://out/../.."}, {"data_type": "xml"}, {"data_path": None}):
        assert refused(dli.post(f"{JOBS}/{job}/export-result", {**told, **wrong})) == "DLI.0001"
    table = {"database_name": "none", "table_name": "t", "compress": "none"}
    assert refused(dli.post(f"{JOBS}/export-table", {**told, **table})) == "DLI.0002"
    assert refused(dli.post(f"{JOBS}/import-table", {**told, **table})) == "DLI.0002"


def test_what_is_not_there_is_not_found(dli: DliClient) -> None:
    for path in ("status", "detail", "preview"):
        assert refused(dli.get(f"{JOBS}/none/{path}")) == "DLI.0002"
    assert refused(dli.delete(f"{JOBS}/none")) == "DLI.0002"


def test_what_has_ended_is_not_cancelled(dli: DliClient) -> None:
    assert refused(dli.delete(f"{JOBS}/{finished(dli, [])}")) == "DLI.0007"


def test_what_was_being_started_when_the_emulator_ended_has_failed(dli: DliClient, tmp_path: Path) -> None:
    job = add(dli)

    again = DliClient(dli.settings.folder, clock=dli.clock)
    assert again.get(f"{JOBS}/{job['job_id']}/status").json()["status"] == "FAILED"
    again.close()
