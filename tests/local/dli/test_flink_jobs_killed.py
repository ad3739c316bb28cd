from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo_jobs import JAR
from airflow_provider_dli.local.dli.emulator import LocalDli
from airflow_provider_dli.local.dli.flink import FlinkRunner
from tests.local.dli.client import signing_headers
from tests.local.flink_jobs import FRESH
from tests.local.waiting import wait_until

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def flink() -> Iterator[LocalFlink]:
    with LocalFlink(slots=8, configuration=FRESH) as cluster:
        yield cluster


@pytest.fixture
def dli(flink: LocalFlink, tmp_path: Path) -> Iterator[LocalDli]:
    with LocalDli(tmp_path, flink=flink.address) as emulator:
        (emulator.obs / "jars").mkdir()
        (emulator.obs / "jars" / "demo.jar").write_bytes(JAR.read_bytes())
        yield emulator


def call(dli: LocalDli, method: str, path: str, body: Any = None) -> Any:
    settings = dli.settings
    url = f"{dli.address}/v1.0/{settings.project_id}/streaming/{path}"
    with httpx.Client(trust_env=False, timeout=30) as client:
        request = client.build_request(method, url, json=body)
        key = (settings.access_key, settings.secret_key)
        request.headers.update(signing_headers(request, key, time.time()))
        answer = client.send(request)
    assert answer.status_code == 200, answer.text
    return answer.json()


def run(dli: LocalDli, main_class: str, arguments: str) -> int:
    body = {
        "name": main_class,
        "queue_name": "flink",
        "obs_bucket": "jars",
        "entrypoint": "obs://jars/demo.jar",
        "main_class": main_class,
        "entrypoint_args": arguments,
    }
    job_id = int(call(dli, "POST", "flink-jobs", body)["job"]["job_id"])
    call(dli, "POST", "jobs/run", {"job_ids": [job_id]})
    return job_id


def until(dli: LocalDli, job_id: int, status: str) -> dict[str, Any]:
    def there() -> dict[str, Any] | None:
        detail = dict(call(dli, "GET", f"jobs/{job_id}")["job_detail"])
        return detail if detail["status"] == status else None

    return wait_until(there, 30) or {}


def test_what_it_has_accepted_is_done_after_a_crash(dli: LocalDli, flink: LocalFlink) -> None:
    job_id = run(dli, "demo.StreamingCount", "--checkpoint-interval 0")
    dli.kill()
    dli.restart()
    until(dli, job_id, "job_running")
    call(dli, "POST", "jobs/stop", {"job_ids": [job_id], "trigger_savepoint": True})
    dli.kill()
    dli.restart()
    path = until(dli, job_id, "job_cancel_success")["savepoint_path"]
    assert (dli.obs / path / "_metadata").is_file()


def test_a_crash_amid_a_submission_makes_no_second_job(dli: LocalDli, flink: LocalFlink) -> None:
    before = set(FlinkRunner(flink.address).jobs())
    job_id = run(dli, "demo.Misbehaving", "--mode slow-main --seconds 3")
    until(dli, job_id, "job_submitting")
    dli.kill()
    dli.restart()
    until(dli, job_id, "job_finish")
    assert len(set(FlinkRunner(flink.address).jobs()) - before) == 1
