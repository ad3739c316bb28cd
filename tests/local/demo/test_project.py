from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_provider_dli.local.demo.project import Project
from airflow_provider_dli.local.demo.scene import Scene
from airflow_provider_dli.local.dli.emulator import LocalDli
from tests.local.demo.scenes import FILLED, job, scene


@pytest.fixture(scope="module")
def dli() -> Iterator[LocalDli]:
    with LocalDli() as emulator:
        yield emulator


def test_a_stream_that_was_never_run_has_nothing_on_flink(dli: LocalDli) -> None:
    project = Project(dli)
    made = project.api.flink_jobs.create_sql(name="cities", queue_name="flink", run_mode="exclusive_cluster")
    job_id = str(made.job.job_id)
    seen = project.stream(job_id)
    assert (seen.job_id, seen.name, seen.status, seen.runs, seen.page) == (job_id, "cities", "job_init", 0, dli.address)
    assert project.flink_id(job_id) is None


def test_a_sql_job_is_the_one_job_on_flink_that_has_its_name(dli: LocalDli) -> None:
    project, seen = Project(dli), scene()
    assert project.named(seen, "7") == FILLED
    assert project.named(seen, "8") is None
    assert project.named(seen, None) is None
    twice = Scene(jobs=(*seen.jobs, job("9" * 32, "sql-7")))
    assert project.named(twice, "7") is None


def test_what_lies_in_a_bucket_is_a_file(dli: LocalDli) -> None:
    project = Project(dli)
    assert project.file("demo/backups/1") == (dli.obs / "demo/backups/1").as_uri()
    assert project.file("file:/s/1") == "file:/s/1"
