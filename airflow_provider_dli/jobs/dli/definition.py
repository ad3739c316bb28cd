"""Defining a Flink job of DLI by its name: it is created, or what differs is changed, or it is left as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from airflow_provider_dli.dli.endpoints import flink_jar_jobs, flink_sql_jobs
from airflow_provider_dli.dli.endpoints.flink_job import Job as Seen
from airflow_provider_dli.dli.endpoints.flink_job_answers import Created
from airflow_provider_dli.jobs.dli import differences
from airflow_provider_dli.jobs.dli.answers import JAR_JOB
from airflow_provider_dli.jobs.dli.differences import Difference
from airflow_provider_dli.jobs.dli.flink_jobs import FlinkJobs
from airflow_provider_dli.jobs.dli.once import send_once
from airflow_provider_dli.jobs.dli.settings import check_settings
from airflow_provider_dli.jobs.dli.states import may_run
from airflow_provider_dli.jobs.dli.verdicts import refused
from airflow_provider_dli.jobs.errors import JobRejected
from airflow_provider_dli.jobs.look import brought_back, look
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
# What DLI documents as the default of settings, where that is the same in all regions.
_DEFAULTS: Final[Mapping[str, Any]] = {
    "desc": "",
    "parallel_number": 1,
    "checkpoint_enabled": False,
    "log_enabled": False,
    "smn_topic": "",
    "restart_when_exception": False,
    "resume_checkpoint": False,
    "resume_max_num": -1,
}
_DEFAULTS_OF: Final[Mapping[str, Mapping[str, Any]]] = {
    JAR: {**_DEFAULTS, "dependency_jars": (), "dependency_files": (), "checkpoint_path": ""},
    SQL: {**_DEFAULTS, "udf_jar_url": ""},
}
_OLD_SQL_JOB: Final = "flink_sql_job"


@dataclass(frozen=True)
class Definition:
    """How a job is defined.

    :param kind: :data:`JAR` or :data:`SQL`.
    :param name: its name, which no other job of the project has.
    :param settings: the arguments of the endpoint that creates such a job; what is None is left to DLI.
    :param tags: its tags; given when it is created, and left alone later.
    :param is_complete: whether a setting that is not given has DLI's default, and not the value that the job has.
    """

    kind: str
    name: str
    settings: Mapping[str, Any]
    tags: Mapping[str, str] | None = None
    is_complete: bool = False

    def creation(self) -> Request[Created]:
        """Return the request that creates it.

        :raises ValueError: when a setting cannot be used.
        """
        given = {name: value for name, value in self.settings.items() if value not in ("", (), [], {})}
        return self._creation(given)

    def change(self, job_id: str, members: set[str]) -> Request[Any]:
        """Return the request that changes these members of it."""
        update = flink_jar_jobs.update if self.kind == JAR else flink_sql_jobs.update
        wanted = {**self.members(), **self.settings}
        return update(job_id=job_id, **{name: wanted[name] for name in members})

    def members(self) -> Mapping[str, Any]:
        """Return the members that are wanted, as they are written into a request."""
        defaults = _DEFAULTS_OF[self.kind] if self.is_complete else {}
        given = {name: value for name, value in self.settings.items() if value is not None}
        body = _body(self._creation({**defaults, **given}))
        if "run_mode" not in self.settings and self.job_type == _OLD_SQL_JOB:
            # It runs in both modes: what the job has is left alone.
            body.pop("run_mode", None)
        return {name: value for name, value in body.items() if name not in _FIXED}

    @property
    def job_type(self) -> str:
        """DLI's word for what it is."""
        return str(_body(self.creation()).get("job_type", JAR_JOB))

    def differing(self, seen: Seen) -> list[Difference]:
        """Return what differs between a job and this definition.

        :param seen: the job, as its detail shows it. What is not set has the default.
        """
        found = differences.between(seen, self.members())
        return [one for one in found if one.old is not None or one.member in self.settings]

    def left_alone(self, seen: Seen) -> list[str]:
        """Return the settings that a job has and that are not part of this definition, where they are no defaults.

        :param seen: the job, as its detail shows it.
        """
        wanted = self.members()
        known = {**_DEFAULTS_OF[self.kind], "runtime_config": ()}
        defaults = {name: value for name, value in known.items() if name not in wanted}
        return [one.member for one in differences.between(seen, defaults) if one.old is not None]

    def _creation(self, settings: Mapping[str, Any]) -> Request[Created]:
        create = flink_jar_jobs.create if self.kind == JAR else flink_sql_jobs.create
        check_settings(create, settings)
        return create(name=self.name, tags=self.tags, **settings)


def define(backend: FlinkJobs, definition: Definition, recovery: float = 0.0) -> Flow[str]:
    """Create a job, or change what differs from its definition, and return its id.

    :param backend: where it is.
    :param definition: how it is to be.
    :param recovery: seconds that DLI has to restart a job that has failed, before the job is changed.
    :raises JobRejected: when DLI refuses, or the job runs and differs in what can only be changed while it does not.
    :raises SubmissionUnclear: when nobody can say whether it was created.
    """
    job = yield from backend.named(definition.name)
    if job is None:
        return (yield from _create(backend, definition))
    yield from _change(backend, definition, job, recovery)
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
        yield from _change(backend, definition, (yield from look(backend, job_id)), 0.0)
    return job_id


def _change(backend: FlinkJobs, definition: Definition, job: Job, recovery: float) -> Flow[None]:
    """Change the settings that differ, and log them."""
    seen = yield from backend.known(job.id)
    _check_kind(definition, seen, job)
    differing = definition.differing(seen)
    if differing:
        # The list, from which the job is known so far, need not show that DLI restarts it.
        job = yield from brought_back(backend, (yield from look(backend, job.id, job)), recovery)
    if may_run(job):
        differing = yield from _changeable(differing, definition.kind, job)
    kept = definition.left_alone(seen)
    others = f" It has settings of its own, which this task does not give: {', '.join(kept)}." if kept else ""
    if not differing:
        yield from remark(f"{job}, and is as defined.{others}")
        return
    members = {one.member for one in differing}
    try:
        yield from backend.gate.ask(definition.change(job.id, members))
    except RestError as error:
        raise refused(error, JobRejected, job.id) from error
    yield from remark(f"Changed job {job.name!r} ({job.id}): {', '.join(map(str, differing))}.{others}")


def _changeable(differing: Sequence[Difference], kind: str, job: Job) -> Flow[list[Difference]]:
    """Return the differences that can be changed while a job runs.

    :raises JobRejected: where there are others that DLI shows.
    """
    fixed = [one for one in differing if one.member not in _ANY_TIME_OF[kind]]
    shown = {one.member for one in fixed if one.is_shown}
    if shown:
        raise JobRejected(_fixed_by_run(job, shown), job_id=job.id, hopeless=True)
    if fixed:
        names = ", ".join(one.member for one in fixed)
        yield from remark(f"DLI does not show these settings of the running job; they are left as they are: {names}.")
    return [one for one in differing if one not in fixed]


def _check_kind(definition: Definition, seen: Seen, job: Job) -> None:
    if seen.job_type and seen.job_type != definition.job_type:
        sentence = (
            f"Job {job.name!r} ({job.id}) exists already, as a {seen.job_type}, and this task defines a "
            f"{definition.job_type}: DLI cannot change the type of a job. Choose another job_name, or delete that job."
        )
        raise JobRejected(sentence, job_id=job.id, hopeless=True)


def _body(request: Request[Any]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(request.json or b"{}")
    return body


def _fixed_by_run(job: Job, members: set[str]) -> str:
    return (
        f"{job}, and differs in {', '.join(sorted(members))}, which DLI changes only while it does not run. Stop it "
        "first (DliStopFlinkJobOperator with trigger_savepoint=True), and run it again with resume_savepoint=True."
    )
