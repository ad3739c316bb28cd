"""Jobs: ``/jobs``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.request import Answer


@dataclass(frozen=True)
class JobSummary:
    """One row of ``/jobs/overview``.

    :param id: the job's id.
    :param name: its name.
    :param state: its state, in Flink's words.
    :param start_time: when it started, in milliseconds since the epoch.
    :param end_time: when it ended; -1 while it has not.
    :param tasks: how many of its tasks are in which state, in lower case; ``total`` is all of them.
    """

    id: str
    name: str
    state: str
    start_time: int
    end_time: int
    tasks: Mapping[str, int]

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> JobSummary:
        """Read one row."""
        return cls(row["jid"], row["name"], row["state"], row["start-time"], row["end-time"], row["tasks"])


def _by_id(answer: Answer) -> Mapping[str, JobSummary]:
    return {row["jid"]: JobSummary.read(row) for row in answer.json()["jobs"]}


@dataclass(frozen=True)
class Vertex:
    """One vertex of a job's graph.

    :param id: its id.
    :param name: the names of its operators.
    :param parallelism: how many tasks it has.
    :param status: its state, in Flink's words.
    """

    id: str
    name: str
    parallelism: int
    status: str


@dataclass(frozen=True)
class JobDetail:
    """What ``/jobs/:jobid`` tells; up to 3 seconds old.

    :param id: the job's id.
    :param name: its name.
    :param state: its state, in Flink's words.
    :param vertices: the vertices of its graph.
    """

    id: str
    name: str
    state: str
    vertices: tuple[Vertex, ...]

    @classmethod
    def read(cls, answer: Answer) -> JobDetail:
        """Read the answer."""
        told = answer.json()
        vertices = tuple(Vertex(v["id"], v["name"], v["parallelism"], v["status"]) for v in told["vertices"])
        return cls(told["jid"], told["name"], told["state"], vertices)


@dataclass(frozen=True)
class JobException:
    """One entry of a job's exception history, or its root exception on Flink before 1.13.

    :param stack_trace: as Flink wrote it.
    :param timestamp: in milliseconds since the epoch; -1 where unknown.
    :param task: the task that failed, with its attempt; empty where the whole job failed.
    :param endpoint: host and port of the TaskManager it ran on.
    """

    stack_trace: str
    timestamp: int
    task: str
    endpoint: str


def _exceptions(answer: Answer) -> tuple[JobException, ...]:
    """Read the history, newest first; each entry is followed by those that came with it."""
    told = answer.json()
    entries = (told.get("exceptionHistory") or {}).get("entries") or ()
    history = [_exception(one) for entry in entries for one in (entry, *(entry.get("concurrentExceptions") or ()))]
    return tuple(history) or _root_exception(told)


def _exception(entry: Mapping[str, Any]) -> JobException:
    place = entry.get("endpoint") or entry.get("location") or ""
    return JobException(entry["stacktrace"], entry.get("timestamp", -1), entry.get("taskName") or "", place)


def _root_exception(told: Mapping[str, Any]) -> tuple[JobException, ...]:
    trace = told.get("root-exception")
    tasks = [one for one in told.get("all-exceptions") or () if one.get("task")]
    task = (tasks[0]["task"], tasks[0].get("location") or "") if tasks else ("", "")
    return (JobException(trace, told.get("timestamp") or -1, *task),) if trace else ()


def _nothing(answer: Answer) -> None:
    """Read an answer that promises nothing; some versions send an empty body."""


@FLINK.endpoint("GET /jobs/overview", _by_id)
def jobs() -> Parts:
    """List all jobs that the cluster remembers, by id. Live, and the same request for every job."""
    return Parts()


@FLINK.endpoint("GET /jobs/:jobid", JobDetail.read)
def job(job_id: str) -> Parts:
    """Ask for one job and its vertices. Up to 3 seconds old.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("GET /jobs/:jobid/exceptions", _exceptions)
def exceptions(job_id: str) -> Parts:
    """Ask what has failed in a job, newest first.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("PATCH /jobs/:jobid", _nothing, success=202)
def cancel(job_id: str) -> Parts:
    """Cancel a job. Sent twice, it does no more than sent once.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id], query={"mode": "cancel"}, repeatable=True)
