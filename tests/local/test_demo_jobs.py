from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_dli.local import demo_jobs
from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, MISBEHAVING, STREAMING_COUNT
from airflow_provider_dli.local.demo_jobs.build import JAVAC_VERSION, SOURCES, build
from tests.conftest import FLINKS
from tests.local.flink_jobs import FRESH, FlinkJobs
from tests.local.waiting import wait_until

NO_CHECKPOINTS = "--checkpoint-interval", "0"


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
    assert {each.replace(".", "/") for each in (BOUNDED_COUNT, STREAMING_COUNT, MISBEHAVING)} < compiled
