"""Flink's REST API as a back end."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TypeVar

from airflow_provider_dli.flink import advice, checkpoints, cluster, jars, jobs, metrics, savepoints
from airflow_provider_dli.flink.api import complaint, names
from airflow_provider_dli.flink.jars import Program
from airflow_provider_dli.flink.throwable import deepest
from airflow_provider_dli.flink.version import Dialect
from airflow_provider_dli.jobs.backend import Advice, MetricSource, Verdict
from airflow_provider_dli.jobs.errors import BackendTrouble, ConditionNotReachable
from airflow_provider_dli.jobs.look import forgotten
from airflow_provider_dli.jobs.model import Capacity, Checkpoint, Checkpoints, Failure, Job, JobState, Operation
from airflow_provider_dli.rest.errors import (
    Conflict,
    Forbidden,
    NotAuthenticated,
    NotFound,
    NotReachable,
    Redirected,
    Refused,
    RestError,
    ServerError,
    TooManyRequests,
)
from airflow_provider_dli.rest.flow import Flow, ask, pause, remark
from airflow_provider_dli.rest.request import FilePart, Request

T = TypeVar("T")
_STATES = {
    "INITIALIZING": JobState.STARTING,
    "CREATED": JobState.STARTING,
    "RUNNING": JobState.RUNNING,
    "RESTARTING": JobState.RESTARTING,
    "RECONCILING": JobState.RESTARTING,
    "FAILING": JobState.ENDING,
    "CANCELLING": JobState.ENDING,
    # The JobManager gave the job up without ending it: another one may take it over.
    "SUSPENDED": JobState.SUSPENDED,
    "FINISHED": JobState.FINISHED,
    "CANCELED": JobState.CANCELED,
    "FAILED": JobState.FAILED,
}
# Flink's words for a job that failed while it stopped, after its savepoint was complete.
_MADE_ALL_THE_SAME = re.compile(r"savepoint has been created at: (.+?),? but")
# As in "Count (1/2) - execution #3", in the exception history.
_ATTEMPT = re.compile(r"execution #(\d+)")
# Flink keeps what it tells of a job for 3 seconds, unless set otherwise.
_LOOKS_AT_THE_CACHE = 10
_DUPLICATES = {"DuplicateJobSubmissionException", "DuplicateApplicationSubmissionException"}


class FlinkBackend:
    """A cluster that speaks Flink's REST API.

    :param web_address: where people find Flink's web UI.
    """

    def __init__(self, web_address: str) -> None:
        self._web_address = web_address
        self._dialect: Dialect | None = None

    def dialect(self) -> Flow[Dialect]:
        """Return how the cluster's version wants to be spoken to; asks for the version once."""
        if self._dialect is None:
            self._dialect = Dialect((yield from ask(cluster.version())))
        return self._dialect

    def find(self, job_id: str) -> Flow[Job | None]:
        """Look at a job through ``/jobs/overview``: live, and one request for every job that is watched."""
        summary = (yield from ask(jobs.jobs())).get(job_id)
        return _job(summary) if summary else None

    def all_jobs(self) -> Flow[Mapping[str, Job]]:
        """Look at all jobs that the cluster remembers."""
        summaries = yield from ask(jobs.jobs())
        return {job_id: _job(summary) for job_id, summary in summaries.items()}

    def submit(self, job_id: str, jar: str | FilePart, program: Program, seconds: float) -> Flow[str]:
        """Run a jar under an id of ours; a file is uploaded before, and deleted again once it has served.

        :param job_id: the id that the job shall have.
        :param jar: the id of an uploaded jar, or a file.
        :param program: how to run it.
        :param seconds: how long its ``main`` may take.
        """
        dialect = yield from self.dialect()
        jar_id = jar if isinstance(jar, str) else (yield from self._upload(jar))
        try:
            started = yield from ask(jars.run_jar(jar_id, program, dialect, job_id=job_id, read_timeout=seconds))
        except Refused as error:
            # While it is unclear whether main() is at work, the jar may still be needed.
            if not isinstance(jar, str) and self.judge(error) is not Verdict.UNCLEAR:
                yield from self._delete_jar(jar_id)
            raise
        if not isinstance(jar, str):
            yield from self._delete_jar(jar_id)
        return started

    def cancel(self, job_id: str) -> Flow[None]:
        """Ask for a job to be cancelled. Flink up to 1.14 answers 404 where it was already."""
        yield from self._ask_about(job_id, jobs.cancel(job_id))

    def trigger_savepoint(
        self, job_id: str, *, directory: str | None, savepoint_format: str | None, trigger_id: str
    ) -> Flow[str]:
        """Begin a savepoint."""
        dialect = yield from self.dialect()
        request = savepoints.trigger_savepoint(
            job_id, dialect, directory=directory, savepoint_format=savepoint_format, trigger_id=trigger_id
        )
        return (yield from ask(request))

    def trigger_stop(
        self, job_id: str, *, directory: str | None, savepoint_format: str | None, drain: bool, trigger_id: str
    ) -> Flow[str]:
        """Begin a stop with a savepoint."""
        dialect = yield from self.dialect()
        request = savepoints.stop(
            job_id,
            dialect,
            directory=directory,
            savepoint_format=savepoint_format,
            drain=drain,
            trigger_id=trigger_id,
        )
        return (yield from ask(request))

    def operation(self, job_id: str, operation_id: str) -> Flow[Operation | None]:
        """Look at a savepoint or a stop; Flink forgets it five minutes after it ended."""
        try:
            seen = yield from ask(savepoints.operation(job_id, operation_id))
        except NotFound:
            return None
        return _failed(seen.failure or "") if seen.done and not seen.location else Operation(path=seen.location)

    def checkpoints(self, job_id: str) -> Flow[Checkpoints]:
        """Look at a job's checkpoints; up to three seconds old. A batch job has none."""
        seen = yield from self._ask_about(job_id, checkpoints.checkpoints(job_id))
        if seen is None:
            return Checkpoints(0, ())
        latest = (seen.latest_completed, seen.latest_savepoint)
        known = {one.id: one for one in (*latest, *seen.history) if one}
        return Checkpoints(seen.completed, tuple(_checkpoint(known[number]) for number in sorted(known, reverse=True)))

    def makes_checkpoints(self, job_id: str) -> Flow[bool]:
        """Tell whether periodic checkpoints are on."""
        settings = yield from self._ask_about(job_id, checkpoints.checkpoint_settings(job_id))
        return settings is not None and settings.interval is not None

    def failure(self, job_id: str) -> Flow[Failure]:
        """Tell what failed last in a job, from its exception history."""
        yield from self._until_told_of_its_end(job_id)
        entries = (yield from self._ask_about(job_id, jobs.exceptions(job_id))) or ()
        restarts = (yield from ask(metrics.job_metric(job_id, "numRestarts"))).get("numRestarts", {}).get("value")
        good = [one for one in (yield from self.checkpoints(job_id)).history if one.status == "COMPLETED"]
        cause = _cause(entries[0].stack_trace) if entries else "Flink gives no reason"
        # The newest entry is often the job's own verdict on restarts; the task stands in one of those beside it.
        at = next((entry for entry in entries if entry.task), None)
        return Failure(
            cause,
            moment=entries[0].timestamp / 1000 if entries and entries[0].timestamp > 0 else None,
            task=at.task if at else "",
            place=at.endpoint if at else "",
            restarts=_restarts(restarts, at.task if at else ""),
            checkpoint=good[0] if good else None,
        )

    def capacity(self) -> Flow[Capacity]:
        """Tell how many slots are free."""
        seen = yield from ask(cluster.overview())
        return Capacity(seen.slots_available, seen.slots_total)

    def metric(self, job_id: str, source: MetricSource) -> Flow[float | None]:
        """Read a metric, aggregated where there are several of it."""
        name = source.metric
        if source.taskmanagers:
            found = yield from ask(metrics.taskmanager_metric(name))
        elif source.vertex:
            vertex_id = yield from self._vertex_id(job_id, source.vertex)
            found = (yield from ask(metrics.vertex_metric(job_id, vertex_id, name))) if vertex_id else {}
        else:
            found = yield from ask(metrics.job_metric(job_id, name))
        numbers = found.get(name, {})
        value = numbers.get("value", numbers.get(source.aggregation))
        if isinstance(value, str):
            raise ConditionNotReachable(f"Metric {name!r} is no number: it says {value!r}.", job_id=job_id)
        return value

    def metric_names(self, job_id: str, source: MetricSource) -> Flow[tuple[str, ...]]:
        """List the metrics that there are where ``source`` looks."""
        if source.taskmanagers:
            return (yield from ask(metrics.taskmanager_metric_names()))
        if source.vertex:
            vertex_id = yield from self._vertex_id(job_id, source.vertex)
            return (yield from ask(metrics.vertex_metric_names(job_id, vertex_id))) if vertex_id else ()
        return (yield from ask(metrics.job_metric_names(job_id)))

    def judge(self, error: RestError) -> Verdict:
        """Tell what an error after a submission means."""
        if isinstance(error, (NotReachable, NotAuthenticated, Forbidden, Redirected, TooManyRequests)):
            return Verdict.NOT_SENT
        said = complaint(error.answer) if error.answer else ""
        if names(error) & _DUPLICATES or "has already been submitted" in said:
            return Verdict.DUPLICATE
        # Flink's own 500 is a verdict on the request, unless it ran out of time; a proxy's is not.
        verdict_of_flink = error.status == 500 and said and "Timeout" not in said
        if verdict_of_flink or (isinstance(error, Refused) and not isinstance(error, ServerError)):
            return Verdict.REFUSED
        # Asking for the version comes before, and starts nothing.
        return Verdict.UNCLEAR if error.url.endswith("/run") else Verdict.NOT_SENT

    def advise(self, error: RestError) -> Advice:
        """Tell what to do about a refusal."""
        what_to_do = advice.advice(error)
        said = advice.said(error).rstrip(".")
        if advice.main_failed(error):
            return Advice(f"The program's main() failed: {said}. The JobManager's log has the rest.", hopeless=False)
        return Advice(f"{said}. {what_to_do}" if what_to_do else f"{said}.", hopeless=what_to_do is not None)

    def job_url(self, job_id: str) -> str:
        """Return the address of a job's page in Flink's web UI; it finds ended jobs as well."""
        return f"{self._web_address}/#/job/running/{job_id}/overview"

    def _upload(self, jar: FilePart) -> Flow[str]:
        """Upload a jar; when that fails, no job can have started, however unclear the answer was."""
        try:
            return (yield from ask(jars.upload_jar(jar)))
        except RestError as error:
            raise BackendTrouble(f"{jar.filename} was not uploaded: {error}", hopeless=not error.could_help) from error

    def _delete_jar(self, jar_id: str) -> Flow[None]:
        """Delete a jar that has served; one that stays behind is no reason to fail."""
        try:
            yield from ask(jars.delete_jar(jar_id))
        except RestError as error:
            yield from remark(f"The uploaded jar {jar_id} could not be deleted: {error}")

    def _vertex_id(self, job_id: str, vertex: str) -> Flow[str | None]:
        """Return a vertex's id; None while the job is just being set up, and Flink names no vertices."""
        detail = yield from self._ask_about(job_id, jobs.job(job_id))
        vertices = detail.vertices if detail else ()
        for one in vertices:
            if vertex in {one.id, one.name}:
                return one.id
        if not vertices:
            return None
        known = ", ".join(repr(one.name) for one in vertices)
        raise ConditionNotReachable(f"Job {job_id} has no vertex {vertex!r}. It has: {known}.", job_id=job_id)

    def _ask_about(self, job_id: str, request: Request[T]) -> Flow[T | None]:
        """Ask about a job; None where Flink has nothing of the kind, or it is too late for that.

        Flink says both with a 404, as it does of a job that it does not know.

        :raises JobForgotten: when the job is gone.
        """
        try:
            return (yield from ask(request))
        except (NotFound, Conflict) as error:
            if (yield from self.find(job_id)):
                return None
            raise forgotten(job_id) from error

    def _until_told_of_its_end(self, job_id: str) -> Flow[None]:
        """Wait until what Flink caches about a job, its exceptions among it, is no older than the job's end."""
        job = yield from self.find(job_id)
        for _ in range(_LOOKS_AT_THE_CACHE if job and job.has_ended else 0):
            cached = yield from self._ask_about(job_id, jobs.job(job_id))
            if cached is None or _STATES.get(cached.state, JobState.UNKNOWN).is_final:
                return
            yield from pause(1, f"job {cached.name!r} ({job_id}) has ended; waiting until the cluster says why")


def _job(summary: jobs.JobSummary) -> Job:
    ended = summary.end_time / 1000 if summary.end_time > 0 else None
    state = _STATES.get(summary.state, JobState.UNKNOWN)
    return Job(summary.id, summary.name, state, summary.state, dict(summary.tasks), summary.start_time / 1000, ended)


def _checkpoint(one: checkpoints.Checkpoint) -> Checkpoint:
    return Checkpoint(
        one.id, one.is_savepoint, one.status, one.triggered / 1000, one.completed / 1000, one.path, one.failure
    )


def _cause(trace: str) -> str:
    what_to_do = advice.advice_on_job(trace)
    return f"{str(deepest(trace)).rstrip('.')}. {what_to_do}" if what_to_do else str(deepest(trace))


def _restarts(metric: float | str | None, task: str) -> int | None:
    """Return how often a job was restarted: the metric is up to ten seconds late, a task's attempt is not."""
    known = [int(attempt) for attempt in _ATTEMPT.findall(task)]
    if isinstance(metric, float) and math.isfinite(metric):
        known.append(int(metric))
    return max(known, default=None)


def _failed(trace: str) -> Operation:
    """Read a failed operation; its words may hold a path all the same."""
    made = _MADE_ALL_THE_SAME.search(trace)
    reason = str(deepest(trace)) or "Flink gave neither a path nor a reason"
    what_to_do = advice.advice_on(trace)
    return Operation(made[1] if made else None, " ".join(filter(None, (f"{reason.rstrip('.')}.", what_to_do))))
