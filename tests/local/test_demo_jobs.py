from __future__ import annotations

import base64
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.local import demo_jobs
from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo_jobs import (
    BOUNDED_COUNT,
    MISBEHAVING,
    SEVERAL_JOBS,
    SQL_RUNNER,
    STREAMING_COUNT,
)
from airflow_provider_dli.local.demo_jobs.build import JAVAC_VERSION, SOURCES, build
from tests.local.flink_jobs import FRESH, FlinkJobs
from tests.local.waiting import wait_until
from tests.selection import FLINKS

NO_CHECKPOINTS = "--checkpoint-interval", "0"
CLASSES = BOUNDED_COUNT, STREAMING_COUNT, MISBEHAVING, SEVERAL_JOBS, SQL_RUNNER


@pytest.fixture(scope="module", params=FLINKS)
def jobs(request: pytest.FixtureRequest) -> Iterator[FlinkJobs]:
    with LocalFlink(request.param, slots=8, configuration=FRESH) as flink:
        yield FlinkJobs(flink)


@pytest.mark.live
class TestBoundedCount:
    def test_it_counts_its_records_and_finishes(self, jobs: FlinkJobs) -> None:
        job = jobs.run(BOUNDED_COUNT, "--records", "321", "--name", "three two one", parallelism=2)
        details = jobs.ended(job)
        assert details["state"] == "FINISHED"
        assert details["name"] == "three two one"
        assert jobs.records(job) == 321

    def test_it_takes_its_time_if_asked(self, jobs: FlinkJobs) -> None:
        details = jobs.ended(jobs.run(BOUNDED_COUNT, "--records", "100", "--seconds", "1"))
        assert details["state"] == "FINISHED"
        assert details["duration"] >= 1000


@pytest.mark.live
class TestStreamingCount:
    def test_it_makes_checkpoints_and_metrics_until_it_is_canceled(self, jobs: FlinkJobs) -> None:
        job = jobs.run(STREAMING_COUNT, "--checkpoint-interval", "50", parallelism=2)
        wait_until(lambda: jobs.completed_checkpoints(job) >= 2)
        wait_until(lambda: jobs.metric(job, "countedRecords"))
        assert jobs.metric(job, "restoredCount") == 0
        jobs.cancel(job)
        assert jobs.ended(job)["state"] == "CANCELED"

    def test_it_finishes_after_its_duration(self, jobs: FlinkJobs) -> None:
        job = jobs.run(STREAMING_COUNT, "--rate", "50", "--duration", "1")
        assert jobs.ended(job)["state"] == "FINISHED"
        assert jobs.records(job) == 50

    def test_the_count_goes_on_from_the_savepoint_of_a_stop(self, jobs: FlinkJobs) -> None:
        first = jobs.run(STREAMING_COUNT, *NO_CHECKPOINTS, "--rate", "1000", parallelism=2)
        wait_until(lambda: jobs.metric(first, "count"))
        savepoint = jobs.savepoint(first, "stop")["location"]
        assert savepoint.startswith(f"file:{jobs.flink.savepoints}/")
        assert jobs.ended(first)["state"] == "FINISHED"

        second = jobs.run(STREAMING_COUNT, *NO_CHECKPOINTS, savepointPath=savepoint, parallelism=1)
        restored = wait_until(lambda: jobs.metric(second, "restoredCount"))
        assert restored == jobs.records(first)
        wait_until(lambda: (jobs.metric(second, "count") or 0) > restored)
        jobs.cancel(second)

    def test_a_stop_may_drain_it(self, jobs: FlinkJobs) -> None:
        job = jobs.run(STREAMING_COUNT, *NO_CHECKPOINTS)
        wait_until(lambda: jobs.metric(job, "count"))
        assert "location" in jobs.savepoint(job, "stop", drain=True)
        assert jobs.ended(job)["state"] == "FINISHED"


@pytest.mark.live
class TestFaults:
    def test_it_fails_when_told_to(self, jobs: FlinkJobs) -> None:
        job = jobs.run(STREAMING_COUNT, "--fail-after", "5")
        assert jobs.ended(job)["state"] == "FAILED"
        assert "demo.ToldToFail: told to fail after 5 records" in jobs.exceptions(job)
        assert "NoRestartBackoffTimeStrategy" in jobs.exceptions(job)

    def test_it_restarts_as_often_as_it_may(self, jobs: FlinkJobs) -> None:
        job = jobs.run(STREAMING_COUNT, "--fail-after", "5", "--restarts", "2")
        assert jobs.ended(job)["state"] == "FAILED"
        assert "maxNumberRestartAttempts=2" in jobs.exceptions(job)

    def test_a_snapshot_may_be_slow(self, jobs: FlinkJobs) -> None:
        job = jobs.run(STREAMING_COUNT, *NO_CHECKPOINTS, "--slow-snapshot", "300")
        wait_until(lambda: jobs.metric(job, "count"))
        jobs.savepoint(job)
        savepoint = jobs.get(f"/jobs/{job}/checkpoints")["latest"]["savepoint"]
        assert savepoint["end_to_end_duration"] >= 300
        jobs.cancel(job)

    def test_a_snapshot_may_fail_and_the_job_with_it(self, jobs: FlinkJobs) -> None:
        job = jobs.run(STREAMING_COUNT, *NO_CHECKPOINTS, "--fail-snapshot")
        wait_until(lambda: jobs.metric(job, "count"))
        assert "failure-cause" in jobs.savepoint(job)
        assert jobs.ended(job)["state"] == "FAILED"
        assert "demo.ToldToFail: told to fail in a snapshot" in jobs.exceptions(job)


@pytest.mark.live
class TestMisbehaving:
    @pytest.mark.parametrize(
        ("mode", "told"),
        [
            ("throws", "demo.ToldToFail: told to fail in main()"),
            ("no-execute", "No jobs included in application."),
            ("sleepy", "--mode wants throws, throws-after-execute, no-execute or slow-main, not sleepy"),
        ],
    )
    def test_it_starts_no_job(self, jobs: FlinkJobs, mode: str, told: str) -> None:
        before = jobs.get("/jobs")["jobs"]
        answer = jobs.try_to_run(MISBEHAVING, "--mode", mode)
        assert answer.status_code == 400
        assert told in answer.text
        assert len(jobs.get("/jobs")["jobs"]) == len(before)

    def test_it_may_throw_after_it_started_a_job(self, jobs: FlinkJobs) -> None:
        job = "1" * 32
        answer = jobs.try_to_run(MISBEHAVING, "--mode", "throws-after-execute", jobId=job)
        assert answer.status_code == 400
        assert "told to fail in main(), after execute()" in answer.text
        jobs.cancel(job)

    def test_it_may_take_its_time(self, jobs: FlinkJobs) -> None:
        answer = jobs.try_to_run(MISBEHAVING, "--mode", "slow-main", "--seconds", "1")
        assert answer.elapsed.total_seconds() >= 1
        assert jobs.ended(answer.json()["jobid"])["state"] == "FINISHED"


def sql(script: str) -> tuple[str, str]:
    return "--sql", base64.b64encode(script.encode()).decode()


def result_of(folder: Path) -> tuple[Any, list[Any]]:
    """The columns and the rows of a script's last query."""
    files = [file for file in sorted(folder.iterdir()) if not file.name.startswith(("_", "."))]
    rows = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    return json.loads((folder / "_schema.json").read_text()), rows


TABLES = """
-- A comment; it has a semicolon.
CREATE TABLE numbers (a BIGINT) WITH (
    'connector' = 'datagen', 'number-of-rows' = '20', 'fields.a.kind' = 'sequence',
    'fields.a.start' = '1', 'fields.a.end' = '20'
);
/* And one
   over two lines; */
CREATE TABLE sayings (a BIGINT, said STRING) WITH ('connector' = 'blackhole');
CREATE TABLE `an;other` (a BIGINT) WITH ('connector' = 'blackhole');
"""


@pytest.mark.live
class TestSqlRunner:
    def test_all_inserts_are_one_job(self, jobs: FlinkJobs) -> None:
        before = len(jobs.get("/jobs")["jobs"])
        script = f"""{TABLES}
            BEGIN STATEMENT SET;
            INSERT INTO sayings SELECT a, 'it''s; -- this' FROM numbers;
            insert into `an;other` SELECT a FROM numbers /*+ OPTIONS('rows-per-second' = '1000') */;
            END;"""
        details = jobs.ended(jobs.run(SQL_RUNNER, *sql(script), "--name", "two sinks"))
        assert details["state"] == "FINISHED"
        assert details["name"] == "two sinks"
        assert len(jobs.get("/jobs")["jobs"]) == before + 1

    def test_it_streams_with_checkpoints_and_settings(self, jobs: FlinkJobs) -> None:
        script = f"""SET 'parallelism.default' = '2';
            {TABLES.replace("'number-of-rows' = '20', ", "'rows-per-second' = '1', ").replace("'20'", "'2000'")}
            INSERT INTO sayings SELECT a, 'x' FROM numbers"""
        job = jobs.run(SQL_RUNNER, *sql(script), "--checkpoint-interval", "50")
        wait_until(lambda: jobs.completed_checkpoints(job))
        assert {vertex["parallelism"] for vertex in jobs.get(f"/jobs/{job}")["vertices"]} == {2}
        jobs.cancel(job)

    def test_the_last_query_goes_to_a_directory(self, jobs: FlinkJobs, tmp_path: Path) -> None:
        script = f"""{TABLES}
            SELECT a, CAST(a * 1.5 AS DECIMAL(10, 2)) AS half_more, 'r' AS r, CAST(NULL AS STRING) AS nothing
            FROM numbers ORDER BY a DESC"""
        arguments = ("--mode", "batch", "--result", str(tmp_path / "out"), "--rows", "3")
        assert jobs.ended(jobs.run(SQL_RUNNER, *sql(script), *arguments))["state"] == "FINISHED"
        columns, rows = result_of(tmp_path / "out")
        assert [column["name"] for column in columns] == ["a", "half_more", "r", "nothing"]
        assert columns[1]["type"] == "DECIMAL(10, 2)"
        assert [row["a"] for row in rows] == [20, 19, 18]
        assert rows[0] == {"a": 20, "half_more": 30.0, "r": "r", "nothing": None}

    def test_what_needs_no_job_starts_none(self, jobs: FlinkJobs, tmp_path: Path) -> None:
        script = f"{TABLES} SHOW TABLES"
        answer = jobs.try_to_run(SQL_RUNNER, *sql(script), "--result", str(tmp_path))
        assert answer.status_code == 400
        assert "No jobs included in application" in answer.text
        columns, rows = result_of(tmp_path)
        assert columns[0]["name"] == "table name"
        assert [row["table name"] for row in rows] == ["an;other", "numbers", "sayings"]

    @pytest.mark.parametrize(
        ("script", "told"),
        [
            ("SELEKT 1", "Statement 1: SQL parse failed. Non-query expression encountered in illegal context"),
            ("CREATE VIEW v AS SELECT 1; SELECT 1 FROM;", "Statement 2: "),
            ("SELECT 1", "Statement 1: A query has nowhere to go here: write INSERT INTO a table."),
            ("INSERT INTO nowhere SELECT 1", "nowhere"),
        ],
    )
    def test_what_is_wrong_is_told(self, jobs: FlinkJobs, script: str, told: str) -> None:
        answer = jobs.try_to_run(SQL_RUNNER, *sql(script))
        assert answer.status_code == 400
        assert told in answer.text

    def test_a_wrong_mode_is_told(self, jobs: FlinkJobs) -> None:
        answer = jobs.try_to_run(SQL_RUNNER, *sql("SELECT 1"), "--mode", "both")
        assert "--mode wants streaming or batch, not both" in answer.text


@pytest.mark.live
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--speed", "3"], "Unknown argument --speed; usage: [--name streaming count] [--rate 100]"),
        (["rate"], "Unknown argument rate; usage:"),
        (["--rate"], "A value is missing after --rate; usage:"),
        (["--rate", "fast"], "--rate wants a whole number from 1, not fast"),
        (["--rate", "0"], "--rate wants a whole number from 1, not 0"),
    ],
)
def test_a_wrong_argument_is_told(jobs: FlinkJobs, arguments: list[str], told: str) -> None:
    answer = jobs.try_to_run(STREAMING_COUNT, *arguments)
    assert answer.status_code == 400
    assert told in answer.text


def javac_version() -> str:
    javac = shutil.which("javac")
    said = subprocess.check_output([javac, "-version"], text=True) if javac else ""
    return said.removeprefix("javac ").partition(".")[0]


# Airflow's machines rarely have a JDK, and another javac may write other bytes.
@pytest.mark.skipif(javac_version() != JAVAC_VERSION, reason=f"no javac {JAVAC_VERSION} here: the jar is not rebuilt")
def test_the_jar_is_made_of_the_sources(tmp_path: Path) -> None:
    build(tmp_path / "again.jar")
    assert (tmp_path / "again.jar").read_bytes() == demo_jobs.JAR.read_bytes()


def test_every_source_is_in_the_jar() -> None:
    with zipfile.ZipFile(demo_jobs.JAR) as jar:
        compiled = {name.removesuffix(".class") for name in jar.namelist() if name.endswith(".class")}
    assert compiled == {f"demo/{file.stem}" for file in SOURCES.rglob("*.java")}
    assert {each.replace(".", "/") for each in CLASSES} < compiled
