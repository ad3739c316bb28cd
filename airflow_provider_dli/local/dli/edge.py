"""What agents at the edge tell DLI: how the Flink jobs fare that run there, and what else happens."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter

from airflow_provider_dli.local.dli.flink_jobs import set_status
from airflow_provider_dli.local.dli.flink_jobs.views import accepted
from airflow_provider_dli.local.dli.operations import Operation, routed
from airflow_provider_dli.local.dli.parameters import (
    GivenBody,
    anything,
    checked,
    from_json,
    integer,
    mapping,
    objects,
    text,
)
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_JOB: Final = (
    integer("job_id"),
    text("status", required=True),
    integer("create_time", required=True),
    anything("exceptions"),
    anything("metrics"),
    anything("plan"),
)
_EVENT: Final = (
    text("event_type", required=True),
    text("operation", required=True),
    integer("timestamp", required=True),
    text("topic", required=True),
    text("name", required=True),
    anything("attributes"),
)

#: Where an exception that is an object says why, best first.
_CAUSES: Final = ("error_cause", "exception", "error_type", "error_id")


def routes(services: Services) -> APIRouter:
    """Return the operations that agents at the edge call."""
    edge = _Edge(services)
    every = "/v1/{project_id}/edgesrv"
    return routed(
        Operation("POST", f"{every}/message-channel", edge.create_channel),
        Operation("POST", f"{every}/job-report", edge.report_jobs),
        Operation("POST", f"{every}/messages", edge.take_message),
        Operation("POST", f"{every}/system-events", edge.take_event),
    )


class _Edge:
    def __init__(self, services: Services) -> None:
        self._services = services

    def create_channel(self, body: GivenBody) -> Document:
        return self._kept("edge_channels", checked(body, text("node_id", required=True)))

    def report_jobs(self, body: GivenBody) -> Document:
        topic = text("msg_confirm_topic", required=self._services.settings.switches.confirm_topic_required)
        members = (objects("jobs", *_JOB, required=True), text("message_id", required=True), topic)
        report = checked(body, *members)
        # One job that is not there, and no job's status has changed.
        with self._services.store.change():
            for job in report["jobs"]:
                if job["job_id"] is not None:
                    set_status(self._services, job["job_id"], job["status"], _cause(job["exceptions"]))
            return self._kept("edge_reports", report)

    def take_message(self, body: GivenBody) -> Document:
        state = mapping("state", text("phase", required=True), text("reason"))
        return self._kept("edge_messages", checked(body, text("message_id", required=True), state))

    def take_event(self, body: GivenBody) -> Document:
        # The documents show the event as the body; Huawei's SDK wraps it.
        wrapped = isinstance(body, dict) and "data" in body
        event = checked(body, mapping("data", *_EVENT))["data"] if wrapped else checked(body, *_EVENT)
        return self._kept("edge_events", event)

    def _kept(self, name: str, document: Document) -> Document:
        kind = self._services.store.kind(name)
        kind.put(kind.next_number(), document)
        return accepted(self._services)


def _cause(exceptions: Any) -> str:
    """Return why a job failed, from a text, an object, or an object in a text."""
    told = _read(exceptions) if isinstance(exceptions, str) else exceptions
    if not isinstance(told, dict):
        return str(told or "")
    return next((str(told[name]) for name in _CAUSES if told.get(name)), "")


def _read(written: str) -> Any:
    try:
        return from_json(written)
    except ValueError:
        return written
