"""A cluster that answers as a test has written down, and a clock that only pauses move."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlencode

from airflow_provider_dli.jobs.flink import FlinkBackend
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.exchange import read
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.request import Answer, Request
from airflow_provider_dli.rest.sync import Driver

T = TypeVar("T")
ADDRESS = "http://flink:8081"
IDENTITY = Identity("dag", "run", "task")
ID, SECOND_ID, *_ = JOB_IDS = list(islice(IDENTITY.series("run"), 4))
OPERATION, SECOND_OPERATION = islice(IDENTITY.series("stop"), 2)
VERTEX = "a" * 32
START = 1_800_000_000.0

OVERVIEW = "GET /jobs/overview"
DETAIL = "GET /jobs/:id"
CHECKPOINTS = "GET /jobs/:id/checkpoints"
SETTINGS = "GET /jobs/:id/checkpoints/config"
STATUS = "GET /jobs/:id/savepoints/:id"
SAVEPOINT = "POST /jobs/:id/savepoints"
STOP = "POST /jobs/:id/stop"
CHECKPOINT = "POST /jobs/:id/checkpoints"
CHECKPOINT_STATUS = "GET /jobs/:id/checkpoints/:id"
DISPOSE = "POST /savepoint-disposal"
DISPOSAL = "GET /savepoint-disposal/:id"
CANCEL = "PATCH /jobs/:id?mode=cancel"
RUN = "POST /jars/demo.jar/run"
APPLICATIONS = "GET /applications/overview"
CANCEL_APPLICATION = "POST /applications/:id/cancel"
UPLOAD = "POST /jars/upload"
DELETE_JAR = "DELETE /jars/demo.jar"
EXCEPTIONS = "GET /jobs/:id/exceptions"
SLOTS = "GET /overview"
VERSION = "GET /config"
RESTARTS = "GET /jobs/:id/metrics?get=numRestarts"
THREADS = "GET /jobmanager/thread-dump"
CLUSTER_SETTINGS = "GET /jobmanager/config"


class ProcessDied(BaseException):
    """The end of the process that sends a request, before it has the response."""

    def __init__(self, *response: object) -> None:
        super().__init__()


class Script:
    """Stands in for a sender, and for the time.

    Each operation is answered with what :meth:`on` gave it, in turn, the last answer again and again. What it was not
    given fails the test; but nothing has failed in the job, and it has no checkpoints, unless told otherwise.

    :param version: Flink's version.
    """

    def __init__(self, version: str = "2.2.1") -> None:
        self.now = START
        self.sent: list[str] = []
        self.bodies: list[Any] = []
        self.told: list[str] = []
        self.pauses: list[float] = []
        self.backend = FlinkBackend(ADDRESS)
        #: Whether a job that the last list of jobs lacks is not known otherwise.
        self.lists_all = True
        self._listed: set[str] | None = None
        self._replies: dict[str, list[Any]] = {}
        self.on(VERSION, {"flink-version": version}).on(CHECKPOINTS, history())
        self.on(DETAIL, detail("FAILED")).on(EXCEPTIONS, exceptions()).on(RESTARTS, [])
        self.on(CLUSTER_SETTINGS, jobmanager()).on(APPLICATIONS, {"applications": []})
        self.on(THREADS, {"threadInfos": []})

    def on(self, operation: str, *replies: Any) -> Script:
        """Answer an operation with JSON, with an :class:`Answer`, or with a kind of :class:`RestError`."""
        self._replies[operation] = list(replies)
        return self

    def jobs(self, *looks: Any) -> Script:
        """Answer looks at the jobs: each with one row, or a list of rows."""
        return self.on(OVERVIEW, *({"jobs": look if isinstance(look, list) else [look]} for look in looks))

    def run(self, flow: Flow[T]) -> T:
        """Run a flow with the driver of workers."""
        return Driver(self, self.told.append, self.sleep).run(flow)

    def send(self, request: Request[Any]) -> Any:
        self.sent.append(f"{request.method} {request.path}")
        self.bodies.append(json.loads(request.json or "null"))
        reply = self._reply(request)
        if request.path == "/jobs/overview" and isinstance(reply, dict):
            self._listed = {one["jid"] for one in reply["jobs"]}
        elif self.lists_all and _template(f"{request.method} {request.path}") == DETAIL and self._lacks(request):
            reply = NO_JOB
        if isinstance(reply, type):
            raise reply("Something broke", request, ADDRESS)
        return read(request, ADDRESS, reply if isinstance(reply, Answer) else answer(reply, min(request.success)))

    def _lacks(self, request: Request[Any]) -> bool:
        return self._listed is not None and request.path.rpartition("/")[2] not in self._listed

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now

    def count(self, operation: str) -> int:
        """How often an operation was asked for."""
        return Counter(map(_template, self.sent))[operation.partition("?")[0]]

    def _reply(self, request: Request[Any]) -> Any:
        query = f"?{urlencode(request.query)}" if request.query else ""
        replies = self._replies[_template(f"{request.method} {request.path}") + query]
        return replies.pop(0) if len(replies) > 1 else replies[0]


def _template(operation: str) -> str:
    return re.sub(r"\b[0-9a-f]{32}\b", ":id", operation)


def settings(entries: Mapping[str, str]) -> list[dict[str, str]]:
    """The response with a cluster's settings."""
    return [{"key": key, "value": value} for key, value in entries.items()]


def listed(status: str, **jobs: int) -> dict[str, Any]:
    """The list of applications, with one under the first id."""
    times = {"start-time": 1, "end-time": -1, "duration": 1}
    return {"applications": [{"id": ID, "name": "demo", "status": status, "jobs": jobs, **times}]}


def jobmanager(process: str = "1", **settings: str) -> list[dict[str, str]]:
    """The settings of a JobManager, which is one process of several."""
    entries = {"web.tmpdir": f"/tmp/flink-web-{process}", **settings}
    return [{"key": key.replace("_", "-"), "value": value} for key, value in entries.items()]


def answer(value: Any, status: int = 200) -> Answer:
    return Answer(status, {"content-type": "application/json"}, json.dumps(value).encode())


def refusal(status: int, said: str) -> Answer:
    """A refusal in Flink's own shape."""
    return answer({"errors": [said]}, status)


def html(status: int) -> Answer:
    """A refusal that a proxy sends."""
    return Answer(status, {"content-type": "text/html"}, b"<html>Bad Gateway</html>")


def row(state: str, job_id: str = ID, *, name: str = "count", end: int = -1, **tasks: int) -> dict[str, Any]:
    """One row of ``/jobs/overview``; of a RUNNING job two tasks run, unless told otherwise."""
    tasks = tasks or ({"running": 2} if state == "RUNNING" else {})
    times = {"start-time": 1, "end-time": end if end > 0 or state not in ENDED else 2}
    return {"jid": job_id, "name": name, "state": state, "tasks": {"total": sum(tasks.values()), **tasks}, **times}


ENDED = ("FINISHED", "CANCELED", "FAILED")
GONE: list[Any] = []
NO_JOB = refusal(404, "org.apache.flink.runtime.rest.NotFoundException: Job not found")
UNKNOWN_OPERATION = refusal(404, "There is no savepoint operation with triggerId=1 for job 2.")
IN_PROGRESS = {"status": {"id": "IN_PROGRESS"}, "operation": None}


def made(path: str = "file:/savepoints/1") -> dict[str, Any]:
    """The status of a savepoint or stop that went well."""
    return {"status": {"id": "COMPLETED"}, "operation": {"location": path}}


def checkpointed(number: int) -> dict[str, Any]:
    """The status of a checkpoint on demand that went well."""
    return {"status": {"id": "COMPLETED"}, "operation": {"checkpointId": number}}


def broken(trace: str) -> dict[str, Any]:
    """The status of a savepoint or stop that failed."""
    cause = {"class": "java.util.concurrent.CompletionException", "stack-trace": trace}
    return {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": cause}}


def checkpoint(
    number: int, status: str = "COMPLETED", *, at: float | None = None, savepoint: bool = False
) -> dict[str, Any]:
    """One entry of a job's checkpoints; ``at`` is both when it began and when it was complete."""
    kind = "savepoint" if savepoint else "checkpoint"
    moment = int((START + number if at is None else at) * 1000)
    return {
        "id": number,
        "status": status,
        "is_savepoint": savepoint,
        "trigger_timestamp": moment,
        "latest_ack_timestamp": moment,
        "external_path": f"file:/{kind}s/{number}" if status == "COMPLETED" else None,
        **({"failure_message": "The job has failed."} if status == "FAILED" else {}),
    }


def savepoint(number: int, status: str = "COMPLETED", at: float | None = None) -> dict[str, Any]:
    return checkpoint(number, status, at=at, savepoint=True)


def stopping(number: int, status: str = "COMPLETED") -> dict[str, Any]:
    """The savepoint of a stop."""
    return {**savepoint(number, status), "checkpoint_type": "SYNC_SAVEPOINT"}


def history(*newest_first: dict[str, Any]) -> dict[str, Any]:
    """The answer of ``/jobs/:jobid/checkpoints``."""
    done = [one for one in newest_first if one["status"] == "COMPLETED"]
    return {
        "counts": {"completed": len(done), "failed": 0},
        "history": list(newest_first),
        "latest": {
            "completed": next((one for one in done if not one["is_savepoint"]), None),
            "savepoint": next((one for one in done if one["is_savepoint"]), None),
        },
    }


def detail(state: str = "RUNNING", *vertices: str) -> dict[str, Any]:
    """The answer of ``/jobs/:jobid``."""
    rows = [{"id": VERTEX, "name": name, "parallelism": 2, "status": state} for name in vertices]
    return {"jid": ID, "name": "count", "state": state, "vertices": rows}


def exceptions(*newest_first: dict[str, Any]) -> dict[str, Any]:
    """The answer of ``/jobs/:jobid/exceptions``."""
    return {"exceptionHistory": {"entries": list(newest_first)}}


def exception(trace: str, task: str | None = None, **members: Any) -> dict[str, Any]:
    """One entry of a job's exceptions."""
    return {"stacktrace": trace, "timestamp": int(START) * 1000, "taskName": task, **members}


def all_errors() -> list[type[RestError]]:
    """All kinds of failed exchanges."""
    kinds: list[type[RestError]] = [RestError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    return kinds
