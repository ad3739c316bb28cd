"""A project on DLI as a test looks at it: by plain HTTP, signed apart from what is tested.

DLI is the emulator, whose jobs run on a real Flink.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, JAR, STREAMING_COUNT
from airflow_provider_dli.local.dli.emulator import LocalDli
from tests.cluster import Cluster
from tests.local.dli.client import signing_headers
from tests.local.waiting import wait_until

BUCKET = "state"
#: What defines a job that counts until it is stopped, and one that ends.
STREAM: dict[str, Any] = {
    "jar": "obs://jars/demo.jar",
    "entry_class": STREAMING_COUNT,
    "arguments": ["--rate", "200", "--checkpoint-interval", "0"],
    "queue_name": "flink",
    "obs_bucket": BUCKET,
}
BATCH: dict[str, Any] = {**STREAM, "entry_class": BOUNDED_COUNT, "arguments": ["--records", "20"]}
ENDED = {"job_init", "job_finish", "job_cancel_success", "job_submit_fail", "job_running_exception"}
#: Divides by zero some seconds after each start, also after a restart.
FAILS_AGAIN = """
CREATE TABLE numbers (a INT) WITH (
    'connector' = 'datagen', 'rows-per-second' = '20',
    'fields.a.kind' = 'sequence', 'fields.a.start' = '1', 'fields.a.end' = '9999'
);
CREATE TABLE received (a INT) WITH ('connector' = 'blackhole');
INSERT INTO received SELECT 1 / (a - 160) FROM numbers;
"""
JOBS = "/v1.0/{project_id}/streaming/jobs"


class Project:
    def __init__(self, flink: LocalFlink, dli: LocalDli) -> None:
        self.dli = dli
        self.cluster = Cluster(flink)
        self._client = httpx.Client(base_url=dli.address, timeout=60, trust_env=False)
        for bucket in ("jars", BUCKET):
            self.obs(bucket).mkdir()
        self.obs("jars/demo.jar").write_bytes(JAR.read_bytes())

    @property
    def address(self) -> str:
        return self.dli.address

    def obs(self, path: str) -> Path:
        """Where something lies in the object store."""
        return self.dli.obs / path.removeprefix("obs://")

    def is_complete(self, path: str) -> bool:
        """Whether a savepoint lies there."""
        return (self.obs(path) / "_metadata").is_file()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call an operation, and return what it answers."""
        settings = self.dli.settings
        request = self._client.build_request(method, path.replace("{project_id}", settings.project_id), json=body)
        request.headers.update(signing_headers(request, (settings.access_key, settings.secret_key), time.time()))
        return self._client.send(request).raise_for_status().json()

    def jobs(self) -> dict[str, str]:
        """The ids of all Flink jobs, by name."""
        listed = self.call("GET", f"{JOBS}?limit=100")["job_list"]["jobs"]
        return {job["name"]: str(job["job_id"]) for job in listed}

    def create(self, name: str = "orders", **more: Any) -> str:
        """Create a job that counts, by hand, and return its id."""
        body = {
            "name": name,
            "queue_name": "flink",
            "entrypoint": STREAM["jar"],
            "main_class": STREAMING_COUNT,
            "entrypoint_args": "--rate 200 --checkpoint-interval 0",
            "obs_bucket": BUCKET,
            **more,
        }
        return str(self.call("POST", "/v1.0/{project_id}/streaming/flink-jobs", body)["job"]["job_id"])

    def create_restarting(self, name: str) -> str:
        """Create a job of SQL that fails a moment after it has begun, and that DLI restarts then."""
        body = {
            "name": name,
            "sql_body": FAILS_AGAIN,
            "queue_name": "flink",
            "obs_bucket": BUCKET,
            "job_type": "flink_opensource_sql_job",
            "run_mode": "exclusive_cluster",
            "restart_when_exception": True,
        }
        return str(self.call("POST", "/v1.0/{project_id}/streaming/sql-jobs", body)["job"]["job_id"])

    def running(self, name: str = "orders", **more: Any) -> str:
        """Start a job by hand, and return its id once it runs."""
        job_id = self.create(name, **more)
        self.start(job_id)
        return job_id

    def start(self, job_id: str) -> None:
        self.call("POST", f"{JOBS}/run", {"job_ids": [int(job_id)]})
        self.comes_to(job_id, "job_running")

    def ask_to_stop(self, job_id: str, trigger_savepoint: bool = False) -> None:
        self.call("POST", f"{JOBS}/stop", {"job_ids": [int(job_id)], "trigger_savepoint": trigger_savepoint})

    def stop(self, job_id: str, trigger_savepoint: bool = False) -> None:
        self.ask_to_stop(job_id, trigger_savepoint)
        self.comes_to(job_id, "job_cancel_success")

    def authorize(self, bucket: str) -> None:
        """Let DLI use a bucket, where somebody has to."""
        self.call("POST", "/v1.0/{project_id}/dli/obs-authorize", {"obs_buckets": [bucket]})

    def detail(self, job_id: str) -> dict[str, Any]:
        return dict(self.call("GET", f"{JOBS}/{job_id}")["job_detail"])

    def status(self, job_id: str) -> str:
        return str(self.detail(job_id)["status"])

    def comes_to(self, job_id: str, *statuses: str) -> bool:
        return wait_until(lambda: self.status(job_id) in statuses)

    def flink_job(self, job_id: str) -> str:
        """The id that a running job has on Flink."""
        return str(self.call("GET", f"{JOBS}/{job_id}/execute-graph")["execute_graph"]["jid"])

    def counts(self, job_id: str) -> bool:
        """Wait until a job has counted something."""
        flink_job = self.flink_job(job_id)
        return wait_until(lambda: (self.cluster.metric(flink_job, "count") or 0) > 0)

    def restored(self, job_id: str) -> float:
        """The count that a running job began with."""
        flink_job = self.flink_job(job_id)
        return (
            wait_until(lambda: (found := self.cluster.metric(flink_job, "restoredCount")) is not None and found + 1) - 1
        )

    def sent(self, path: str, method: str = "POST") -> int:
        """How many requests for a path have come since the last look away."""
        return len(self.dli.requests(method, path))

    def look_away(self) -> None:
        """Forget the requests so far."""
        self.dli.administer("DELETE", "requests")

    def put(self, path: str, text: str) -> str:
        """Put a file into the object store, and return its address."""
        file = self.obs(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return f"obs://{path}"

    def connection(self, **extra: Any) -> dict[str, Any]:
        """A connection that leads here."""
        settings = self.dli.settings
        told = {
            "endpoint": self.address,
            "region": settings.region,
            "project_id": settings.project_id,
            "object_store": self.dli.obs.as_uri(),
            **extra,
        }
        return {
            "conn_type": "dli",
            "login": settings.access_key,
            "password": settings.secret_key,
            "extra": {name: value for name, value in told.items() if value is not None},
        }

    def clear(self) -> None:
        """Undo what a test has done: no fault waits, the clock is right, no job and no savepoint is there."""
        self.dli.administer("DELETE", "faults")
        self.dli.shift_clock(0)
        for job_id in self.jobs().values():
            with suppress(httpx.HTTPStatusError):
                self.call("DELETE", f"{JOBS}/{job_id}")
        self.cluster.clear()
        shutil.rmtree(self.obs(BUCKET))
        self.obs(BUCKET).mkdir()
        self.look_away()


@contextmanager
def project_on(flink: LocalFlink) -> Iterator[Project]:
    """Run an emulator in front of a Flink."""
    with LocalDli(flink=flink.address) as dli:
        yield Project(flink, dli)


def connect(monkeypatch: pytest.MonkeyPatch, connection: dict[str, Any], conn_id: str = "dli_default") -> None:
    """Let Airflow have a connection."""
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(connection))
