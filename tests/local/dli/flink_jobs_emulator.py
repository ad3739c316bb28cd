"""The emulator's group of Flink jobs in this process, without the gateway before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.testclient import TestClient

from airflow_provider_dli.local.demo_jobs import JAR
from airflow_provider_dli.local.dli import flink_jobs
from airflow_provider_dli.local.dli.refusals import Refusal
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.settings import Settings
from airflow_provider_dli.local.dli.store import Store
from airflow_provider_dli.local.dli.switches import Switches
from tests.local.waiting import wait_until

PROJECT = "0123456789abcdef0123456789abcdef"
JOBS = "streaming/jobs"


def refuse(_: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, Refusal)
    return JSONResponse(refusal.body, refusal.status)


class Emulator:
    """What a caller sees. It is to be entered: jobs go on only as long as the application runs."""

    def __init__(self, folder: Path, flink: str | None = None, **switches: Any) -> None:
        self.settings = Settings(folder, flink, switches=Switches(**switches))
        (self.settings.obs / "jars").mkdir(parents=True, exist_ok=True)
        (self.settings.obs / "state").mkdir(parents=True, exist_ok=True)
        (self.settings.obs / "jars" / "demo.jar").write_bytes(JAR.read_bytes())
        self.services = Services(self.settings, Store(folder / "state.db"))
        application = FastAPI()
        application.add_exception_handler(Refusal, refuse)
        application.include_router(flink_jobs.routes(self.services))
        self.client = TestClient(application)

    @contextmanager
    def running(self) -> Iterator[Emulator]:
        with self.client:
            yield self
        self.services.store.close()

    def send(self, method: str, path: str, body: Any = None, version: str = "v1.0", **query: Any) -> httpx.Response:
        return self.client.request(method, f"/{version}/{PROJECT}/{path}", json=body, params=query)

    def get(self, path: str, **query: Any) -> Any:
        return self.send("GET", path, **query).json()

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.send("POST", path, body)

    def create_jar(self, name: str = "counts", **more: Any) -> int:
        body = {"name": name, "queue_name": "flink", "entrypoint": "obs://jars/demo.jar", **more}
        return created(self.post("streaming/flink-jobs", **body))

    def create_sql(self, name: str = "sql", **more: Any) -> int:
        body = {"name": name, "queue_name": "flink", "run_mode": "exclusive_cluster", **more}
        return created(self.post("streaming/sql-jobs", **body))

    def create_counting(self, name: str = "counts", arguments: str = "", **more: Any) -> int:
        words = f"--rate 1000 --checkpoint-interval 0 {arguments}".strip()
        config = {"obs_bucket": "state", "main_class": "demo.StreamingCount", "entrypoint_args": words}
        return self.create_jar(name, **{**config, **more})

    def run(self, *job_ids: int, **more: Any) -> httpx.Response:
        return self.post(f"{JOBS}/run", job_ids=list(job_ids), **more)

    def stop(self, *job_ids: int, **more: Any) -> httpx.Response:
        return self.post(f"{JOBS}/stop", job_ids=list(job_ids), **more)

    def detail(self, job_id: int) -> dict[str, Any]:
        return dict(self.get(f"{JOBS}/{job_id}")["job_detail"])

    def status(self, job_id: int) -> str:
        return str(self.detail(job_id)["status"])

    def until(self, job_id: int, *statuses: str) -> dict[str, Any]:
        """The job, once it has one of these statuses."""
        seen: list[str] = []

        def there() -> bool:
            seen.append(self.status(job_id))
            return seen[-1] in statuses

        try:
            wait_until(there, 30)
        except AssertionError:
            raise AssertionError(f"{self.detail(job_id)} after {list(dict.fromkeys(seen))}") from None
        return self.detail(job_id)


def created(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json()["job"]["job_id"])


def error_of(answer: httpx.Response) -> str:
    """The code of a refusal; of a batch call's, that of its first element."""
    assert answer.status_code == 400, answer.text
    body = answer.json()
    return str((body[0] if isinstance(body, list) else body)["error_code"])
