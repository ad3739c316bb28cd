"""A server that answers like a Flink with one job, and counts what it is asked."""

from __future__ import annotations

import json
from typing import Any

from tests.every_task import JOB
from tests.jobs.script import exceptions, history, settings
from tests.rest.server import Handler, Reply, answer

OPERATION = "a" * 32


def overview(status: str, job_id: str = JOB, **tasks: int) -> Reply:
    """Answer with a job in a state."""
    job = {"jid": job_id, "name": "orders", "state": status, "start-time": 1000, "end-time": -1}
    counted = {"total": 1, "running": 1, **tasks}
    return answer(body=json.dumps({"jobs": [{**job, "tasks": counted}]}).encode())


def empty() -> Reply:
    """Answer with no job at all."""
    return answer(body=b'{"jobs": []}')


class Cluster:
    """Answers like a Flink with one job, whose stop comes to what it is told."""

    def __init__(self, stop: dict[str, Any] | None = None) -> None:
        self.stop = stop
        #: Whether a stop was requested.
        self.is_stopping = False

    def __call__(self, handler: Handler) -> None:
        what = f"{handler.command} {handler.path.partition('?')[0]}"
        self.is_stopping = self.is_stopping or handler.command == "POST"
        answers = {
            f"GET /jobs/{JOB}/checkpoints": (200, history()),
            f"POST /jobs/{JOB}/stop": (202, {"request-id": OPERATION}),
            f"GET /jobs/{JOB}/savepoints/{OPERATION}": (200, self.stop),
            f"PATCH /jobs/{JOB}": (202, {}),
            "GET /config": (200, {"flink-version": "2.2.1"}),
            f"GET /jobs/{JOB}/exceptions": (200, exceptions()),
            # A stop is checked for at once.
            "GET /jobmanager/config": (200, settings({"rest.cache.checkpoint-statistics.timeout": "1 ms"})),
        }
        if what == "GET /jobs/overview":
            overview("RUNNING")(handler)
        else:
            # Before the stop no operation is known.
            unknown = (404, {"errors": ["There is no savepoint operation."]})
            status, said = answers.get(what, unknown) if "/savepoints/" in what else answers[what]
            answer(status, json.dumps(said).encode())(handler)
