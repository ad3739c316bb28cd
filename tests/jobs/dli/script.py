"""DLI as a test has written down that it answers, and a clock that only pauses move."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.dli.backend import DliBackend
from airflow_provider_dli.jobs.dli.spark import SparkBackend
from airflow_provider_dli.jobs.dli.sql import SqlBackend
from airflow_provider_dli.jobs.ledger import VolatileLedger
from airflow_provider_dli.jobs.object_store import ObjectStore
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.request import Answer, Request
from tests.jobs import script
from tests.jobs.script import answer

PROJECT = "5a3314075bfa49b9ae360f4ecd333695"
JOB, OTHER = "131390", "131391"
CONSOLE = "https://console.example.com/jobs/{job_id}"
URL = f"https://console.example.com/jobs/{JOB}"
BUCKET = "bucket"

_JOBS = "/v1.0/{project_id}/streaming/jobs"
LIST = f"GET {_JOBS}"
DETAIL = f"GET {_JOBS}/:job_id"
DELETE = f"DELETE {_JOBS}/:job_id"
RUN = f"POST {_JOBS}/run"
STOP = f"POST {_JOBS}/stop"
SAVEPOINT = f"POST {_JOBS}/:job_id/savepoint"
IMPORT = f"POST {_JOBS}/:job_id/import-savepoint"
GRAPH = f"GET {_JOBS}/:job_id/execute-graph"
METRICS = f"POST {_JOBS}/metrics"
OLD_METRICS = "POST /v1.0/{project_id}/jobs/metrics"
CREATE_JAR = "POST /v1.0/{project_id}/streaming/flink-jobs"
UPDATE_JAR = "PUT /v1.0/{project_id}/streaming/flink-jobs/:job_id"
CREATE_SQL = "POST /v1.0/{project_id}/streaming/sql-jobs"
UPDATE_SQL = "PUT /v1.0/{project_id}/streaming/sql-jobs/:job_id"
BATCHES = "GET /v2.0/{project_id}/batches"
BATCH = "GET /v2.0/{project_id}/batches/:batch_id"
CREATE_BATCH = "POST /v2.0/{project_id}/batches"
CANCEL_BATCH = "DELETE /v2.0/{project_id}/batches/:batch_id"
BATCH_LOG = "GET /v2.0/{project_id}/batches/:batch_id/log"
STATEMENTS = "GET /v1.0/{project_id}/jobs"
STATEMENT = "GET /v1.0/{project_id}/jobs/:job_id/status"
SUBMIT = "POST /v1.0/{project_id}/jobs/submit-job"
CANCEL_STATEMENT = "DELETE /v1.0/{project_id}/jobs/:job_id"
PREVIEW = "GET /v1.0/{project_id}/jobs/:job_id/preview"
CHANGES = {RUN, STOP, DELETE, SAVEPOINT, IMPORT, CREATE_JAR, UPDATE_JAR, CREATE_SQL, UPDATE_SQL, CREATE_BATCH, SUBMIT}

ACCEPTED = [{"is_success": "true", "message": ""}]
FINE = {"is_success": "true", "message": ""}
# As DLI passes on what stands behind it.
PASSED_ON = {"is_success": True, "message": '{"is_success":"true","message":"api.msg.deal_savepoint_success"}'}


class Script(script.Script):
    """Stands in for a sender, and for the time; answers by operation, as an endpoint's decorator names it.

    :param store: where checkpoints and savepoints lie; None where it cannot be looked into.
    :param store_is_here: whether it has this machine's clock, and not the cloud's.
    """

    backend: Any

    def __init__(self, store: ObjectStore | None = None, *, store_is_here: bool = False) -> None:
        super().__init__()
        gate = Gate(_project)
        self.backend = DliBackend(gate, CONSOLE, store, store_clock=self.clock if store_is_here else None)
        self.spark = SparkBackend(gate, CONSOLE)
        self.sql = SqlBackend(gate, CONSOLE)
        self.asked: list[str] = []
        self.queries: list[dict[str, str]] = []
        #: Seconds by which DLI's clock is ahead of Airflow's; None where its responses have no date.
        self.ahead: float | None = None
        self._replies.clear()
        self.on(GRAPH, graph("RUNNING")).on(LIST, listed())
        for operation in (RUN, STOP):
            self.on(operation, ACCEPTED)
        for operation in (SAVEPOINT, IMPORT):
            self.on(operation, PASSED_ON)
        for operation in (DELETE, UPDATE_JAR, UPDATE_SQL):
            self.on(operation, FINE)

    def jobs(self, *looks: Any) -> Script:
        """Answer looks at a job: each with its detail, or with an answer of another kind."""
        self.on(DETAIL, *(look if isinstance(look, (Answer, type)) else detail(look) for look in looks))
        return self

    def count(self, operation: str) -> int:
        """How often an operation was asked for."""
        return self.asked.count(operation)

    @property
    def changes(self) -> list[str]:
        """The operations that change something, as they were asked for."""
        return [operation for operation in self.asked if operation in CHANGES]

    def body(self, operation: str) -> Any:
        """The body of the only request of an operation."""
        (body,) = (body for body, asked in zip(self.bodies, self.asked, strict=True) if asked == operation)
        return body

    def _reply(self, request: Request[Any]) -> Any:
        assert request.availability
        operation = request.availability.operation
        self.asked.append(operation)
        self.queries.append(dict(request.query))
        replies = self._replies[operation]
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        reply = reply(request) if isinstance(reply, Callable) and not isinstance(reply, type) else reply  # type: ignore[arg-type]
        return self._dated(reply, request)

    def _dated(self, reply: Any, request: Request[Any]) -> Any:
        if self.ahead is None or isinstance(reply, type):
            return reply
        made = reply if isinstance(reply, Answer) else answer(reply, min(request.success))
        date = formatdate(self.now + self.ahead, usegmt=True)
        return Answer(made.status, {**made.headers, "date": date}, made.body)


class Notes(VolatileLedger):
    """A ledger that later tries can read."""

    durable = True


def tries(operation: str, ledger: VolatileLedger | None = None, **members: Any) -> Attempt:
    """A try at an operation, the first one unless told otherwise."""
    return Attempt(script.IDENTITY, operation, ledger=ledger or VolatileLedger(), **members)


def _project() -> Flow[str]:
    yield from ()
    return PROJECT


def seen(status: str, job_id: str = JOB, **members: Any) -> dict[str, Any]:
    """A Flink job as DLI tells of it; ``start_time`` is in milliseconds."""
    config = {"job_config": members.pop("job_config", {})}
    kind = {"name": "count", "job_type": "flink_jar_job", "start_time": None, "savepoint_path": None}
    return {"job_id": int(job_id), "status": status, "status_desc": "", **kind, **config, **members}


def detail(job: dict[str, Any]) -> dict[str, Any]:
    return {"is_success": "true", "message": "", "job_detail": job}


def listed(*jobs: dict[str, Any]) -> dict[str, Any]:
    return {"is_success": "true", "message": "", "job_list": {"total_count": len(jobs), "jobs": list(jobs)}}


def graph(*statuses: str) -> dict[str, Any]:
    return {"is_success": "true", "execute_graph": {"vertices": [{"status": status} for status in statuses]}}


def refusal(code: str, said: str = "Not so.", status: int = 400, *, several: bool = False) -> Answer:
    """A refusal in DLI's shape, or in that of its calls for several jobs."""
    body = {"error_code": code, "error_msg": said}
    told = answer([body] if several else body, status)
    return Answer(status, {**told.headers, "x-request-id": "r-1"}, told.body)


NO_JOB = refusal("DLI.16001", "The job does not exist.")
NO_QUEUE = refusal("DLI.13024", "No job-running queue selected.", several=True)
