from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.local.dli.switches import Switches
from tests.local.dli.answers import accepted, refused
from tests.local.dli.client import DliClient

QUEUES = "/v1.0/{project_id}/queues"
PLANS = "/v1/{project_id}/queues/sql/plans"
PROPERTIES = "/v3/{project_id}/queues/sql/properties"
PLAN = {"plan_name": "night", "target_cu": 64, "start_hour": 22, "start_minute": 30, "repeat_day": ["MONDAY"]}


def names(dli: DliClient, **query: Any) -> list[str]:
    return [queue["queue_name"] for queue in dli.get(QUEUES, query=query).json()["queues"]]


def create(dli: DliClient, name: str = "reports", **more: Any) -> None:
    accepted(dli.post(QUEUES, {"queue_name": name, "cu_count": 16, **more}))
    dli.clock.advance(1)


def test_there_are_queues_from_the_beginning(dli: DliClient) -> None:
    assert names(dli, queue_type="all") == ["flink", "spark", "sql"]
    assert names(dli) == ["sql"]
    assert names(dli, queue_type="general") == ["flink", "spark"]


def test_a_queue_is_created_listed_shown_and_deleted(dli: DliClient) -> None:
    answer = accepted(dli.post(QUEUES, {"queue_name": "Reports", "cu_count": 64, "description": "for the board"}))
    assert answer == {"is_success": True, "message": "", "queue_name": "reports"}

    dli.clock.advance(1)
    listed = dli.get(QUEUES).json()["queues"][-1]
    assert (listed["queue_name"], listed["cu_count"], listed["queue_type"]) == ("reports", 64, "sql")
    shown = accepted(dli.get(f"{QUEUES}/REPORTS"))
    assert (shown["queueName"], shown["cuCount"], shown["queueType"]) == ("reports", 64, "sql")
    assert shown["description"] == "for the board"
    assert shown["default_spark_version"] is None
    assert "queue_name" not in shown

    accepted(dli.delete(f"{QUEUES}/reports"))
    assert refused(dli.get(f"{QUEUES}/reports")) == "DLI.0002"


def test_a_queue_is_not_there_before_it_is_made_but_its_name_is_taken(dli: DliClient) -> None:
    body = {"queue_name": "reports", "cu_count": 16}
    accepted(dli.post(QUEUES, body))

    assert "reports" not in names(dli)
    assert refused(dli.get(f"{QUEUES}/reports")) == "DLI.0002"
    assert refused(dli.post(QUEUES, {**body, "queue_name": "REPORTS"})) == "DLI.0006"

    dli.clock.advance(1)
    assert "reports" in names(dli)


def test_queues_outlive_the_emulator(dli: DliClient) -> None:
    create(dli)
    dli.delete(f"{QUEUES}/flink")

    again = DliClient(dli.settings.folder, clock=dli.clock)
    assert names(again, queue_type="all") == ["spark", "sql", "reports"]
    again.close()


def test_older_documents_have_another_code_for_no_queue(tmp_path: Path) -> None:
    dli = DliClient(tmp_path, switches=Switches(missing_queue="DLI.0008"))

    assert refused(dli.get(f"{QUEUES}/nowhere")) == "DLI.0008"
    dli.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"queue_name": ""},
        {"cu_count": None},
        {"cu_count": "16"},
        {"queue_type": "all"},
        {"charging_mode": 2},
        {"labels": "x"},
        {"tags": [{"key": "k"}]},
    ],
)
def test_a_queue_that_cannot_be_is_refused(dli: DliClient, wrong: dict[str, Any]) -> None:
    assert refused(dli.post(QUEUES, {"queue_name": "reports", "cu_count": 16, **wrong})) == "DLI.0001"


@pytest.mark.parametrize(
    ("kind", "job"),
    [
        ("flink_jobs", {"job_id": 1, "queue_name": "spark", "status": "job_running"}),
        ("spark_batches", {"id": "b", "queue": "spark", "state": "running"}),
        ("sql_jobs", {"job_id": "s", "queue_name": "spark", "status": "RUNNING"}),
    ],
)
def test_a_queue_with_jobs_is_not_deleted(dli: DliClient, kind: str, job: dict[str, Any]) -> None:
    dli.store.kind(kind).put("1", job)
    assert refused(dli.delete(f"{QUEUES}/spark")) == "DLI.0007"

    dli.store.kind(kind).put("1", {**job, "status": "job_finish", "state": "success"})
    accepted(dli.delete(f"{QUEUES}/spark"))


def test_a_queue_is_scaled(dli: DliClient) -> None:
    create(dli)

    answer = accepted(dli.put(f"{QUEUES}/reports/action", {"action": "scale_out", "cu_count": 48}))
    assert (answer["result"], answer["queue_name"]) == (True, "reports")
    assert dli.get(f"{QUEUES}/reports").json()["cuCount"] == 64
    accepted(dli.put(f"{QUEUES}/reports/action", {"action": "scale_in", "cu_count": 16}))
    assert dli.get(f"{QUEUES}/reports").json()["cuCount"] == 48

    for body in ({"action": "scale_in"}, {"action": "scale_in", "cu_count": 48}, {"action": "explode"}, {}):
        assert refused(dli.put(f"{QUEUES}/reports/action", body)) == "DLI.0001"


def test_a_queue_is_restarted(dli: DliClient) -> None:
    forced = accepted(dli.put(f"{QUEUES}/sql/action", {"action": "restart", "force": True}))
    gentle = accepted(dli.put(f"{QUEUES}/sql/action", {"action": "restart"}))

    assert forced["job_id"]
    assert gentle["job_id"] is None
    assert dli.get(QUEUES).json()["queues"][0]["is_restarting"] is True
    dli.clock.advance(1)
    assert dli.get(QUEUES).json()["queues"][0]["is_restarting"] is False


def test_a_queue_gets_other_addresses(dli: DliClient) -> None:
    accepted(dli.put(f"{QUEUES}/sql", {"cidr_in_vpc": "10.1.0.0/16"}))

    assert dli.get(QUEUES).json()["queues"][0]["cidr_in_vpc"] == "10.1.0.0/16"
    assert refused(dli.put(f"{QUEUES}/sql", {"cidr_in_vpc": "ten"})) == "DLI.0001"


def test_an_address_is_tried(dli: DliClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        task = accepted(dli.post(f"{QUEUES}/sql/connection-test", {"address": f"127.0.0.1:{port}"}))["task_id"]
    closed = accepted(dli.post(f"{QUEUES}/sql/connection-test", {"address": f"127.0.0.1:{port}"}))["task_id"]

    assert dli.get(f"{QUEUES}/sql/connection-test/{task}").json()["connectivity"] == "REACHABLE"
    assert dli.get(f"{QUEUES}/sql/connection-test/{closed}").json()["connectivity"] == "UNREACHABLE"
    assert refused(dli.get(f"{QUEUES}/spark/connection-test/{task}")) == "DLI.0002"
    assert refused(dli.post(f"{QUEUES}/sql/connection-test", {"address": "nowhere"})) == "DLI.0001"


def test_plans_are_kept(dli: DliClient) -> None:
    accepted(dli.post(PLANS, PLAN))
    assert refused(dli.post(PLANS, PLAN)) == "DLI.0006"
    [plan] = dli.get(PLANS).json()["plans"]
    assert plan == {
        "id": 1,
        **PLAN,
        "valid_date_begin": None,
        "valid_date_end": None,
        "activate": True,
        "last_execute_time": None,
    }

    changed = accepted(dli.put(f"{PLANS}/1", {**PLAN, "target_cu": 16}))
    assert (changed["queue_name"], changed["plan_id"]) == ("sql", 1)
    assert dli.get(PLANS).json()["plans"][0]["target_cu"] == 16
    accepted(dli.delete(f"{PLANS}/1"))
    assert refused(dli.delete(f"{PLANS}/1")) == "DLI.0002"


def test_plans_are_deleted_together_or_not_at_all(dli: DliClient) -> None:
    for name in ("night", "day"):
        accepted(dli.post(PLANS, {**PLAN, "plan_name": name}))

    assert refused(dli.post(f"{PLANS}/batch-delete", {"plan_ids": [1, 9]})) == "DLI.0002"
    assert len(dli.get(PLANS).json()["plans"]) == 2
    accepted(dli.post(f"{PLANS}/batch-delete", {"plan_ids": [1, 2]}))
    assert dli.get(PLANS).json()["plans"] == []


@pytest.mark.parametrize("wrong", [{"repeat_day": []}, {"repeat_day": ["TODAY"]}, {"start_hour": 24}, {"target_cu": 0}])
def test_a_plan_that_cannot_be_is_refused(dli: DliClient, wrong: dict[str, Any]) -> None:
    assert refused(dli.post(PLANS, {**PLAN, **wrong})) == "DLI.0001"


def test_properties_are_set_changed_and_unset(dli: DliClient) -> None:
    accepted(dli.post(PROPERTIES, {"properties": {"job.maxConcurrent": 5, "computeEngine.maxInstance": 2}}))
    accepted(dli.put(PROPERTIES, {"properties": {"job.maxConcurrent": 9}}))
    accepted(dli.delete(PROPERTIES, json={"keys": ["computeEngine.maxInstance"]}))

    assert dli.get(PROPERTIES).json()["properties"] == [{"key": "job.maxConcurrent", "value": "9"}]
    assert refused(dli.delete(PROPERTIES, json={"keys": ["nothing"]})) == "DLI.0001"


def test_queues_are_found_by_their_tags(dli: DliClient) -> None:
    create(dli, tags=[{"key": "team", "value": "board"}])

    assert names(dli, tags="team=board") == names(dli, tags="team") == ["reports"]
    assert names(dli, tags="team=other") == []
