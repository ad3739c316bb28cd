"""A server that answers like a Flink with one job, and counts what it is asked."""

from __future__ import annotations

import json

from tests.every_task import JOB
from tests.rest.server import Reply, answer


def overview(status: str, job_id: str = JOB, **tasks: int) -> Reply:
    """Answer with a job in a state."""
    job = {"jid": job_id, "name": "orders", "state": status, "start-time": 1000, "end-time": -1}
    counted = {"total": 1, "running": 1, **tasks}
    return answer(body=json.dumps({"jobs": [{**job, "tasks": counted}]}).encode())


def empty() -> Reply:
    """Answer with no job at all."""
    return answer(body=b'{"jobs": []}')
