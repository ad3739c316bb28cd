"""Defining a Flink job of DLI by its name: it is created, or what differs is changed, or it is left as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from airflow_provider_dli.dli.endpoints import flink_jar_jobs, flink_sql_jobs
from airflow_provider_dli.dli.endpoints.flink_job import Job as Seen
from airflow_provider_dli.dli.endpoints.flink_job_answers import Created
from airflow_provider_dli.jobs.dli import differences
from airflow_provider_dli.jobs.dli.answers import JAR_JOB
from airflow_provider_dli.jobs.dli.flink_jobs import FlinkJobs
from airflow_provider_dli.jobs.dli.once import send_once
from airflow_provider_dli.jobs.dli.settings import check_settings
from airflow_provider_dli.jobs.dli.states import is_active
from airflow_provider_dli.jobs.dli.verdicts import refused
from airflow_provider_dli.jobs.errors import JobRejected
from airflow_provider_dli.jobs.look import look
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, remark
from airflow_provider_dli.rest.request import Request

JAR: Final = "jar"
SQL: Final = "sql"
# What it has from its creation on.
_FIXED: Final = {"name", "tags", "job_type", "template_id"}
# What may be changed while a job runs.
_ANY_TIME: Final = {"smn_topic", "restart_when_exception", "resume_checkpoint", "resume_max_num", "obs_bucket"}
_ANY_TIME_OF: Final[Mapping[str, set[str]]] = {JAR: {*_ANY_TIME, "checkpoint_path"}, SQL: _ANY_TIME}


@dataclass(frozen=True)
class Definition:
    """How a job is defined.

    :param kind: :data:`JAR` or :data:`SQL`.
    :param name: its name, which no other job of the project has.
    :param settings: the arguments of the endpoint that creates such a job; what is None is left to DLI.
    :param tags: its tags; given when it is created, and left alone later.
    """

    kind: str
    name: str
    settings: Mapping[str, Any]
    tags: Mapping[str, str] | None = None

    def creation(self) -> Request[Created]:
        """Return the request that creates it.

        :raises ValueError: when a setting cannot be used.
        """
        create = flink_jar_jobs.create if self.kind == JAR else flink_sql_jobs.create
        check_settings(create, self.settings)
        return create(name=self.name, tags=self.tags, **self.settings)

    def change(self, job_id: str, members: set[str]) -> Request[Any]:
        """Return the request that changes these members of it."""
        update = flink_jar_jobs.update if self.kind == JAR else flink_sql_jobs.update
        settings = {name: value for name, value in self.settings.items() if name in members}
        return update(job_id=job_id, **settings)

    def members(self) -> Mapping[str, Any]:
        """Return the members that were asked for, as they are written into a request."""
        body: dict[str, Any] = json.loads(self.creation().json or b"{}")
        return {name: value for name, value in body.items() if name in self.settings and name not in _FIXED}


def define(backend: FlinkJobs, definition: Definition) -> Flow[str]:
    """Make a job be as defined, and return its id.

    :param backend: where it is.
    :param definition: how it is to be.
    :raises JobRejected: when DLI refuses, or the job runs and differs in what can only be changed while it does not.
    :raises SubmissionUnclear: when nobody can say whether it was created.
    """
    job = yield from backend.named(definition.name)
    if job is None:
        return (yield from _create(backend, definition))
    yield from _change(backend, definition, job)
    return job.id


def _create(backend: FlinkJobs, definition: Definition) -> Flow[str]:
    created: list[str] = []

    def send() -> Flow[str]:
        made = yield from backend.gate.ask(definition.creation())
        created.append(str(made.job.job_id))
        yield from remark(f"Created job {definition.name!r} ({created[0]}).")
        return created[0]

    job_id = yield from send_once(send, lambda: backend.named(definition.name))
    if not created:
        # It may be somebody else's who was quicker.
        yield from _change(backend, definition, (yield from look(backend, job_id)))
    return job_id


def _change(backend: FlinkJobs, definition: Definition, job: Job) -> Flow[None]:
    """Change what differs, and say what."""
    seen = yield from backend.known(job.id)
    _check_kind(definition, seen, job)
    differing = differences.between(seen, definition.members())
    if not differing:
        yield from remark(f"{job}, and is as defined.")
        return
    members = {one.member for one in differing}
    if is_active(job.state) and (fixed := members - _ANY_TIME_OF[definition.kind]):
        raise JobRejected(_told_fixed(job, fixed), job_id=job.id, hopeless=True)
    try:
        yield from backend.gate.ask(definition.change(job.id, members))
    except RestError as error:
        raise refused(error, JobRejected, job.id) from error
    yield from remark(f"Changed job {job.name!r} ({job.id}): {', '.join(map(str, differing))}.")


def _check_kind(definition: Definition, seen: Seen, job: Job) -> None:
    is_jar = seen.job_type == JAR_JOB
    if seen.job_type and is_jar != (definition.kind == JAR):
        told = f"Job {job.name!r} ({job.id}) is there already, as a {seen.job_type}: give this one another name."
        raise JobRejected(told, job_id=job.id, hopeless=True)


def _told_fixed(job: Job, members: set[str]) -> str:
    return (
        f"{job}, and differs in {', '.join(sorted(members))}, which DLI changes only while it does not run. Stop it "
        "first (DliStopFlinkJobOperator with trigger_savepoint=True), and run it again with resume_savepoint=True."
    )
