"""A SQL Gateway in front of a simulated cluster: an INSERT starts a job there."""

from __future__ import annotations

from typing import Any

from tests.flink.sql.gateway import Gateway, Operation, Outcome, Session, failing
from tests.model.fake_flink import FakeFlink
from tests.model.flink_jobs import PROGRAMS, Execute, Run

ADDRESS = "http://gateway:8083"
_JOB_ID = "$internal.pipeline.job-id"
_DUPLICATE = "org.apache.flink.runtime.client.DuplicateJobSubmissionException: Job has already been submitted."


class FakeGateway(Gateway):
    """The gateway of a simulated cluster.

    :param flink: the cluster.
    """

    def __init__(self, flink: FakeFlink) -> None:
        super().__init__()
        self.flink = flink
        #: Who sends what is answered now.
        self.by: Any = None

    def _begun(self, session: Session, text: str, body: dict[str, Any]) -> Operation:
        if not text.startswith("INSERT"):
            return super()._begun(session, text, body)
        settings = {**session.properties, **(body.get("executionConfig") or {})}
        job_id = settings.get(_JOB_ID) or self.flink._new_id()
        if self.flink.is_down or self.flink._refuses(job_id):
            return Operation(failing(_DUPLICATE, not_ready=1))
        program = "stream" if "stream" in text else "batch"
        run = Run(self.by, program, self.flink.world.now, "", job_id, configuration=settings)
        run.number, run.epoch, run.done = len(self.flink.all_runs), self.flink.epoch, True
        self.flink.all_runs.append(run)
        step = PROGRAMS[program][0]
        assert isinstance(step, Execute)
        job = self.flink._create(run, job_id, step, settings.get("pipeline.name") or "insert-into")
        return Operation(Outcome(([[job.id]],), {"job id": "VARCHAR"}, job_id=job.id, not_ready=1))
