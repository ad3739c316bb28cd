from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.local.dli.switches import Switches
from tests.local.dli.answers import accepted, refused
from tests.local.dli.client import DliClient

EDGE = "/v1/{project_id}/edgesrv"
CAUSE = {"error_id": "Agent.51000", "error_type": "JOB_SUBMIT_EXCEPTION", "error_cause": "no device", "exception": "x"}


@pytest.fixture
def job(dli: DliClient) -> int:
    body = {"name": "at-the-edge", "job_type": "flink_sql_edge_job", "sql_body": "SELECT 1"}
    created = accepted(dli.post("/v1.0/{project_id}/streaming/sql-jobs", body))
    return int(created["job"]["job_id"])  # type: ignore[index]


def report(job: int | None, status: str = "job_running", **more: Any) -> dict[str, Any]:
    return {"jobs": [{"job_id": job, "status": status, "create_time": 1, **more}], "message_id": "m-1"}


def shown(dli: DliClient, job: int) -> dict[str, Any]:
    held: dict[str, Any] = dli.get(f"/v1.0/{{project_id}}/streaming/jobs/{job}").json()["job_detail"]
    return held


def test_a_report_sets_the_status_of_a_job(dli: DliClient, job: int) -> None:
    answer = accepted(dli.post(f"{EDGE}/job-report", report(job)))

    assert answer == {"is_success": "true", "message": ""}
    assert shown(dli, job)["status"] == "job_running"


@pytest.mark.parametrize(
    ("exceptions", "told"),
    [(CAUSE, "no device"), (json.dumps(CAUSE), "no device"), ("it broke", "it broke"), (None, ""), ({}, "")],
)
def test_a_report_tells_why_a_job_failed(dli: DliClient, job: int, exceptions: Any, told: str) -> None:
    accepted(dli.post(f"{EDGE}/job-report", report(job, "job_submit_fail", exceptions=exceptions)))

    assert (shown(dli, job)["status"], shown(dli, job)["status_desc"]) == ("job_submit_fail", told)


def test_a_report_about_an_unknown_job_changes_nothing(dli: DliClient, job: int) -> None:
    body = report(job)
    body["jobs"].append({"job_id": 99, "status": "job_running", "create_time": 1})

    assert refused(dli.post(f"{EDGE}/job-report", body)) == "DLI.16001"
    assert shown(dli, job)["status"] == "job_init"


def test_a_report_that_cannot_be_is_refused(dli: DliClient, job: int) -> None:
    for body in ({}, report(job, "job_dancing"), {"jobs": report(job)["jobs"]}, {**report(job), "jobs": [{}]}):
        assert refused(dli.post(f"{EDGE}/job-report", body)) == "DLI.0001"
    accepted(dli.post(f"{EDGE}/job-report", report(None)))


def test_older_documents_want_a_topic_and_the_flag_may_be_no_text(tmp_path: Path) -> None:
    dli = DliClient(tmp_path, switches=Switches(confirm_topic_required=True, quoted_success=False))

    assert refused(dli.post(f"{EDGE}/job-report", report(None))) == "DLI.0001"
    answer = accepted(dli.post(f"{EDGE}/job-report", {**report(None), "msg_confirm_topic": "t"}))
    assert answer["is_success"] is True
    dli.close()


def test_the_other_calls_are_taken_and_checked(dli: DliClient) -> None:
    event = {"event_type": "node", "operation": "update", "timestamp": 1, "topic": "t", "name": "n", "attributes": {}}
    good: list[tuple[str, dict[str, Any]]] = [
        ("message-channel", {"node_id": "n-1"}),
        ("messages", {"message_id": "m-1", "state": {"phase": "done", "reason": "x"}}),
        ("messages", {"message_id": "m-1"}),
        ("system-events", event),
        ("system-events", {"data": {**event, "attributes": "{}"}}),
    ]
    bad: list[tuple[str, dict[str, Any]]] = [
        ("message-channel", {}),
        ("messages", {"message_id": "m-1", "state": {}}),
        ("system-events", {"data": {}}),
        ("system-events", {**event, "topic": None}),
    ]

    for path, body in good:
        accepted(dli.post(f"{EDGE}/{path}", body))
    for path, body in bad:
        assert refused(dli.post(f"{EDGE}/{path}", body)) == "DLI.0001"
