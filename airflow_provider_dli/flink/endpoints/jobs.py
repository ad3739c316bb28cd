"""Jobs: which there are, how they do, and how to cancel one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pydantic import Field

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.plan import Plan
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Dashed, Members, nothing
from airflow_provider_dli.rest.request import Answer

# How much a row says of its job, beside another row of the same job; any other state says most.
_WEIGHTS = {"SUSPENDED": 0, "FINISHED": 1, "CANCELED": 1, "FAILED": 1}
_IN_PROGRESS = 2
_STOP = "Use savepoints.stop (POST /jobs/:jobid/stop)."


class JobIdAndStatus(Members):
    """One row of ``/jobs``.

    :param id: the job's id.
    :param status: its state, in Flink's words.
    """

    id: str
    status: str


class _JobIds(Members):
    jobs: tuple[JobIdAndStatus, ...]


class JobSummary(Dashed):
    """One row of ``/jobs/overview``.

    :param jid: the job's id.
    :param name: its name.
    :param state: its state, in Flink's words.
    :param start_time: when it started.
    :param end_time: when it ended; -1 while it has not.
    :param duration: for how many milliseconds it has run.
    :param last_modification: when its state last changed.
    :param tasks: how many of its tasks are in which state, in lower case; ``total`` is all of them.
    :param job_type: ``STREAMING`` or ``BATCH`` (Flink 2.3+).
    :param scheduler_type: ``Default``, ``Adaptive`` or ``AdaptiveBatch`` (Flink 2.3+).
    :param pending_operators: how many operators have no vertex yet (Flink 2.0+).
    """

    jid: str
    name: str
    state: str
    start_time: int
    end_time: int | None = None
    duration: int | None = None
    last_modification: int | None = None
    tasks: Mapping[str, int]
    job_type: str | None = Field(None, alias="jobType")
    scheduler_type: str | None = Field(None, alias="schedulerType")
    pending_operators: int | None = None


class JobsOverview(Members):
    """What ``/jobs/overview`` tells.

    :param jobs: a row for each job that the cluster remembers.
    """

    jobs: tuple[JobSummary, ...]

    @cached_property
    def by_id(self) -> Mapping[str, JobSummary]:
        """The rows by the id of their job.

        Flink before 1.13.6 and 1.14.3 lists a job twice while another JobManager takes it over: as running, and as
        suspended. The row of the job that is in progress wins.
        """
        rows: dict[str, JobSummary] = {}
        for summary in self.jobs:
            other = rows.get(summary.jid)
            if other is None or _weight(summary) >= _weight(other):
                rows[summary.jid] = summary
        return rows


def _weight(summary: JobSummary) -> int:
    return _WEIGHTS.get(summary.state, _IN_PROGRESS)


class VertexTraffic(Dashed):
    """What a vertex has read and written; the numbers grow late while it runs.

    :param read_bytes: bytes read from other tasks.
    :param read_bytes_complete: whether that is all that will be told.
    :param write_bytes: bytes written to other tasks.
    :param write_bytes_complete: whether that is all that will be told.
    :param read_records: records read from other tasks.
    :param read_records_complete: whether that is all that will be told.
    :param write_records: records written to other tasks.
    :param write_records_complete: whether that is all that will be told.
    :param accumulated_backpressured_time: milliseconds spent under backpressure, all tasks together (Flink 1.16+).
    :param accumulated_idle_time: milliseconds spent idle (Flink 1.16+).
    :param accumulated_busy_time: milliseconds spent busy; may be no number (Flink 1.16+).
    """

    read_bytes: int | None = None
    read_bytes_complete: bool | None = None
    write_bytes: int | None = None
    write_bytes_complete: bool | None = None
    read_records: int | None = None
    read_records_complete: bool | None = None
    write_records: int | None = None
    write_records_complete: bool | None = None
    accumulated_backpressured_time: int | None = None
    accumulated_idle_time: int | None = None
    accumulated_busy_time: float | None = None


class Vertex(Dashed):
    """One vertex of a job's graph.

    :param id: its id, 32 hex digits.
    :param name: the names of its operators.
    :param parallelism: how many tasks it has.
    :param max_parallelism: how many it can be given (Flink 1.13+).
    :param status: its state, in Flink's words.
    :param start_time: when its first task started; -1 while none has.
    :param end_time: when its last task ended; -1 while they have not.
    :param duration: for how many milliseconds it has run; -1 while it has not.
    :param tasks: how many of its tasks are in which state, in upper case.
    :param metrics: what it has read and written.
    :param slot_sharing_group_id: which vertices it shares slots with (Flink 1.20+).
    """

    id: str
    name: str
    parallelism: int
    max_parallelism: int | None = Field(None, alias="maxParallelism")
    status: str | None = None
    start_time: int | None = None
    end_time: int | None = None
    duration: int | None = None
    tasks: Mapping[str, int] = Field(default_factory=dict)
    metrics: VertexTraffic = Field(default_factory=VertexTraffic)
    slot_sharing_group_id: str | None = Field(None, alias="slotSharingGroupId")


class JobDetail(Dashed):
    """What ``/jobs/:jobid`` tells; up to 3 seconds old.

    :param jid: the job's id.
    :param name: its name.
    :param state: its state, in Flink's words.
    :param is_stoppable: nothing any more; Flink says false.
    :param start_time: when it started.
    :param end_time: when it ended; -1 while it has not.
    :param duration: for how many milliseconds it has run.
    :param now: when Flink wrote this down.
    :param timestamps: when it came to each state; 0 where it did not.
    :param vertices: the vertices of its graph.
    :param status_counts: how many vertices are in which state, in upper case.
    :param plan: its plan.
    :param max_parallelism: the job's own setting; -1 where there is none (Flink 1.13+).
    :param job_type: ``STREAMING`` or ``BATCH`` (Flink 1.20+).
    :param pending_operators: how many operators have no vertex yet (Flink 2.0+).
    :param stream_graph: the operators before they are chained (Flink 2.0+, batch jobs).
    :param application_id: the application that it belongs to (Flink 2.3+).
    :param scheduler_type: ``Default``, ``Adaptive`` or ``AdaptiveBatch`` (Flink 2.3+).
    """

    jid: str
    name: str
    state: str
    is_stoppable: bool | None = Field(None, alias="isStoppable")
    start_time: int | None = None
    end_time: int | None = None
    duration: int | None = None
    now: int | None = None
    timestamps: Mapping[str, int] = Field(default_factory=dict)
    vertices: tuple[Vertex, ...]
    status_counts: Mapping[str, int] = Field(default_factory=dict)
    plan: Plan | None = None
    max_parallelism: int | None = Field(None, alias="maxParallelism")
    job_type: str | None = None
    pending_operators: int | None = None
    stream_graph: Any = None
    application_id: str | None = None
    scheduler_type: str | None = Field(None, alias="schedulerType")


class _Status(Members):
    status: str


def _ids(answer: Answer) -> tuple[JobIdAndStatus, ...]:
    return _JobIds.read(answer).jobs


def _overview(answer: Answer) -> JobsOverview:
    """Read the list of jobs, and sort it by id: the event loop of a triggerer shall not do that for a long list."""
    seen = JobsOverview.read(answer)
    _ = seen.by_id
    return seen


def _status(answer: Answer) -> str:
    return _Status.read(answer).status


@FLINK.endpoint("GET /jobs", _ids)
def ids() -> Parts:
    """List the ids and states of all jobs that the cluster remembers. Live."""
    return Parts()


@FLINK.endpoint("GET /jobs/overview", _overview)
def overview() -> Parts:
    """List all jobs that the cluster remembers. Live, and the same request for every job."""
    return Parts()


@FLINK.endpoint("GET /jobs/:jobid", JobDetail.read)
def detail(job_id: str) -> Parts:
    """Ask for one job and its vertices. Up to 3 seconds old.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("GET /jobs/:jobid/status", _status, since="1.16")
def status(job_id: str) -> Parts:
    """Ask for a job's state, in Flink's words. Live; an unknown job is a 500, and not a 404.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("PATCH /jobs/:jobid", nothing, success=202)
def cancel(job_id: str) -> Parts:
    """Cancel a job. Sent twice, it does no more than sent once.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id], query={"mode": "cancel"}, repeatable=True)


@FLINK.endpoint("GET /jobs/:jobid/yarn-cancel", nothing, success=202, changes=True, since="1.9")
def cancel_by_get(job_id: str) -> Parts:
    """Cancel a job through a proxy that lets nothing but GET through, as YARN's.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id], repeatable=True)


@FLINK.endpoint("PATCH /jobs/:jobid", nothing, success=202, until="1.8", instead=_STOP)
def stop_by_patch(job_id: str) -> Parts:
    """Stop a job without a savepoint, by the way that Flink has refused since 1.9.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id], query={"mode": "stop"})
