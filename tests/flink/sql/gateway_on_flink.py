"""A SQL Gateway whose ``INSERT`` really starts a job on a Flink: what is imitated is the gateway alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from airflow_provider_dli.jobs.sql import JOB_ID
from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, STREAMING_COUNT
from tests.cluster import Cluster
from tests.flink.sql.gateway import INSERT, Gateway, Operation, Outcome, Session
from tests.rest.server import Server, serving

_AT_WORK = Outcome(not_ready=10**9)
#: Seconds that pass before an ``INSERT`` into ``slow`` starts its job: longer than it takes to try a killed task again.
SLOW = 8.0


class GatewayOnFlink(Gateway):
    """A gateway whose ``INSERT`` starts a job on a cluster, under the id and the name that it is asked for.

    As with the real one, an ``INSERT`` goes on when nobody asks for it any more; its session's end ends it, unless its
    job is submitted by then. One into ``bounded`` starts a job that ends by itself, one into ``slow`` takes seconds.

    :param cluster: where the jobs run.
    :param server: where the gateway is reached.
    """

    def __init__(self, cluster: Cluster, server: Server) -> None:
        super().__init__()
        self.cluster = cluster
        self.server = server
        #: The ids of the jobs that were started.
        self.started: list[str] = []

    def _begun(self, session: Session, text: str, body: dict[str, Any]) -> Operation:
        if not text.startswith("INSERT"):
            return super()._begun(session, text, body)
        operation = Operation(_AT_WORK)
        job_id, name = body["executionConfig"][JOB_ID], session.properties.get("pipeline.name")
        threading.Thread(target=self._insert, args=(operation, text, job_id, name), daemon=True).start()
        return operation

    def _insert(self, operation: Operation, text: str, job_id: str, name: str | None) -> None:
        if operation.ended.wait(SLOW if "slow" in text else 0.0):
            return
        program = BOUNDED_COUNT if "bounded" in text else STREAMING_COUNT
        answer = self.cluster.try_to_run(program, *(["--name", name] if name else []), jobId=job_id)
        if answer.is_success:
            self.started.append(job_id)
            operation.outcome = replace(INSERT, pages=([[job_id]],), job_id=job_id)
        else:
            operation.outcome = Outcome(error=answer.json()["errors"][-1])


@contextmanager
def gateway_on(cluster: Cluster) -> Iterator[GatewayOnFlink]:
    """Run a gateway in front of a Flink."""
    with serving() as server:
        gateway = GatewayOnFlink(cluster, server)
        server.says(gateway)
        yield gateway
