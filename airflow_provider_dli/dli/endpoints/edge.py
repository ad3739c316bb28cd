"""Operations for agents on edge nodes, which report on their Flink jobs. Newer regions have none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.written import Json, json_text, number, present
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.redaction import described


@dataclass(frozen=True)
class EdgeJob:
    """The report on a job on an edge node.

    :param status: its status, as in ``job_running``.
    :param create_time: the time of the report, in milliseconds since the epoch.
    :param job_id: its id.
    :param exceptions: what went wrong: ``error_id``, ``error_type``, ``error_cause``, ``exception`` and ``error_time``,
        which is a text, as in ``2026-01-31 12:00:00``; or a text of one's own.
    :param metrics: its metrics.
    :param plan: its plan.
    """

    status: str
    create_time: int
    job_id: int | str | None = None
    exceptions: Json | None = None
    metrics: Json | None = None
    plan: Json | None = None

    def members(self) -> dict[str, Any]:
        """Return the members of a request's body."""
        members = {
            "job_id": None if self.job_id is None else number(self.job_id),
            "status": self.status,
            "create_time": self.create_time,
            "exceptions": json_text(self.exceptions),
            "metrics": json_text(self.metrics),
            "plan": json_text(self.plan),
        }
        return present(members)


_MEMBERS: Final = tuple(each.name for each in fields(EdgeJob))
_KNOWN: Final = ", ".join(_MEMBERS)


def _read(given: Mapping[str, Any], where: str) -> EdgeJob:
    """Return the report on a job that users give as a mapping; numbers may be texts, as templates make them.

    :raises ValueError: when a member is missing, unknown or not of its type; names it.
    """
    if not isinstance(given, Mapping):
        raise ValueError(f"{where} must be a mapping with {', '.join(_MEMBERS)}; got {described(given)}.")
    unknown = [name for name in given if name not in _MEMBERS]
    if unknown:
        raise ValueError(f"{where} has {', '.join(map(repr, unknown))}, which DLI does not know. It knows {_KNOWN}.")
    missing = [name for name in ("status", "create_time") if given.get(name) in (None, "")]
    if missing:
        raise ValueError(f"{where} needs {' and '.join(missing)}.")
    return EdgeJob(**{**given, "create_time": _milliseconds(given["create_time"], where)})


def _milliseconds(given: Any, where: str) -> int:
    try:
        return int(given)
    except (TypeError, ValueError):
        raise ValueError(
            f"{where}: create_time must be milliseconds since the epoch, as in 1591104868201; got {given!r:.80}."
        ) from None


@DLI.endpoint("POST /v1/{project_id}/edgesrv/message-channel", Told.read)
def create_message_channel(node_id: str) -> Parts:
    """Create the channel through which DLI and an edge node talk.

    :param node_id: the node's id, a UUID.
    """
    return Parts(json={"node_id": node_id})


@DLI.endpoint("POST /v1/{project_id}/edgesrv/job-report", Told.read)
def report_jobs(
    jobs: Sequence[EdgeJob | Mapping[str, Any]], message_id: str, *, msg_confirm_topic: str | None = None
) -> Parts:
    """Report the status of jobs on an edge node.

    :param jobs: the jobs; a mapping has the members of an :class:`EdgeJob`, of which ``status`` and ``create_time`` are
        needed.
    :param message_id: an id for this report.
    :param msg_confirm_topic: the topic on which DLI confirms it; older regions want one.
    """
    reported = [job if isinstance(job, EdgeJob) else _read(job, f"jobs[{index}]") for index, job in enumerate(jobs)]
    return Parts(
        json={
            "jobs": [job.members() for job in reported],
            "message_id": message_id,
            "msg_confirm_topic": msg_confirm_topic,
        }
    )


@DLI.endpoint("POST /v1/{project_id}/edgesrv/messages", Told.read)
def report_action(message_id: str, phase: str, *, reason: str | None = None) -> Parts:
    """Tell DLI how far an edge node has come with what it was told to do.

    :param message_id: the id of the message that told it.
    :param phase: how far; which words there are is not documented.
    :param reason: why it went no further.
    """
    return Parts(json={"message_id": message_id, "state": present({"phase": phase, "reason": reason})})


@DLI.endpoint("POST /v1/{project_id}/edgesrv/system-events", Told.read)
def report_system_event(
    event_type: str,
    operation: str,
    timestamp: int,
    topic: str,
    name: str,
    *,
    attributes: Mapping[str, Any] | str | None = None,
) -> Parts:
    """Tell DLI what has happened to a resource of the edge.

    :param event_type: the kind of the resource.
    :param operation: what was done to it.
    :param timestamp: when, in seconds since the epoch, unlike elsewhere.
    :param topic: the topic of the message.
    :param name: the resource's name.
    :param attributes: more about it.
    """
    members = {
        "event_type": event_type,
        "operation": operation,
        "timestamp": timestamp,
        "topic": topic,
        "name": name,
        "attributes": json_text(attributes),
    }
    return Parts(json={"data": present(members)})
