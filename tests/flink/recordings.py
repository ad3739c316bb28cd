"""Answers of real clusters of many versions, and the requests that they answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from airflow_provider_dli.flink import checkpoints, cluster, jars, jobs, metrics, savepoints
from airflow_provider_dli.flink.version import Dialect, Version
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.exchange import read
from airflow_provider_dli.rest.request import Answer, FilePart, Request

FOLDER = Path(__file__).parent / "recorded"
DIALECT = Dialect(Version(2, 3))
JAR = FilePart("jarfile", "job.jar", 3, lambda: BytesIO(b"jar"))
SAVEPOINT: Any = {"directory": None, "savepoint_format": None, "trigger_id": "1" * 32}

# How each operation is asked for, with the values of its path.
REQUESTS: Mapping[str, Callable[..., Request[Any]]] = {
    "GET /config": cluster.version,
    "GET /overview": cluster.overview,
    "GET /jars": jars.jars,
    "POST /jars/upload": lambda: jars.upload_jar(JAR),
    "DELETE /jars/:jarid": jars.delete_jar,
    "POST /jars/:jarid/run": lambda jar: jars.run_jar(jar, jars.Program(), DIALECT, job_id="1" * 32),
    "GET /jobs/overview": jobs.jobs,
    "GET /jobs/:jobid": jobs.job,
    "GET /jobs/:jobid/exceptions": jobs.exceptions,
    "PATCH /jobs/:jobid": jobs.cancel,
    "GET /jobs/:jobid/checkpoints": checkpoints.checkpoints,
    "GET /jobs/:jobid/checkpoints/config": checkpoints.checkpoint_settings,
    "POST /jobs/:jobid/savepoints": lambda job: savepoints.trigger_savepoint(job, DIALECT, **SAVEPOINT),
    "POST /jobs/:jobid/stop": lambda job: savepoints.stop(job, DIALECT, drain=False, **SAVEPOINT),
    "GET /jobs/:jobid/savepoints/:triggerid": savepoints.operation,
    "GET /jobs/:jobid/metrics": metrics.job_metric_names,
    "GET /jobs/:jobid/metrics?get": lambda job: metrics.job_metric(job, "x"),
    "GET /jobs/:jobid/vertices/:vertexid/subtasks/metrics": metrics.vertex_metric_names,
    "GET /jobs/:jobid/vertices/:vertexid/subtasks/metrics?get": lambda *ids: metrics.vertex_metric(*ids, "x"),
    "GET /taskmanagers/metrics": metrics.taskmanager_metric_names,
    "GET /taskmanagers/metrics?get": lambda: metrics.taskmanager_metric("x"),
}


@dataclass(frozen=True)
class Recording:
    """One answer of a real cluster."""

    version: str
    name: str
    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    text: str = field(default="", repr=False)
    json: Any = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.version}-{self.name}"

    @property
    def answer(self) -> Answer:
        body = self.text or ("" if self.json is None else json.dumps(self.json))
        return Answer(self.status, self.headers, body.encode())

    @property
    def request(self) -> Request[Any]:
        """The request that this answers."""
        path, _, query = self.path.partition("?")
        suffix = "?get" if query.startswith("get=") else ""
        for operation, request in REQUESTS.items():
            method, template = operation.removesuffix("?get").split(" ")
            match = re.fullmatch(re.sub(r":\w+", "([^/]+)", template), path)
            if match and method == self.method and operation.endswith("?get") == bool(suffix):
                return request(*match.groups())
        raise LookupError(f"Nothing asks {self.method} {self.path}")

    def read(self) -> Any:
        """Return what the answer says."""
        return read(self.request, "http://jobs:8081", self.answer)

    def error(self) -> RestError:
        """Return the error that the answer stands for."""
        try:
            raise AssertionError(f"{self} is no error: {self.read()}")
        except RestError as error:
            return error


@cache
def recordings() -> Mapping[str, Recording]:
    return {str(one): one for one in _all()}


def recorded(version: str, name: str) -> Recording:
    return recordings()[f"{version}-{name}"]


def versions_with(name: str) -> list[str]:
    """Return the versions that an answer of this name was recorded of."""
    return [one.version for one in recordings().values() if one.name == name]


def _all() -> Iterator[Recording]:
    for file in sorted(FOLDER.glob("*.json"), key=lambda file: Version.read(file.stem)):
        for members in json.loads(file.read_text()):
            yield Recording(version=file.stem, **members)
