from __future__ import annotations

from typing import Any

from tests.local.dli.answers import accepted, refused
from tests.local.dli.client import DliClient

AUTHORIZATION = "/v1.0/{project_id}/authorization"
OF_A_QUEUE = "/v1.0/{project_id}/queues/user-authorization"


def held(dli: DliClient) -> list[Any]:
    answer = dli.get(f"{AUTHORIZATION}/privileges", query={"object": "jobs.flink.7"}).json()
    assert answer["count"] == len(answer["privileges"])
    return [(one["user_name"], one["privileges"]) for one in answer["privileges"]]


def test_privileges_are_granted_revoked_and_replaced(dli: DliClient) -> None:
    def change(action: str, *privileges: str) -> None:
        told = [{"object": "jobs.flink.7", "privileges": list(privileges)}]
        accepted(dli.put(AUTHORIZATION, {"user_name": "ann", "action": action, "privileges": told}))

    change("grant", "GET", "START")
    change("grant", "GET", "STOP")
    assert held(dli) == [("ann", ["GET", "START", "STOP"])]
    change("revoke", "START")
    assert held(dli) == [("ann", ["GET", "STOP"])]
    change("update", "EXPORT")
    assert held(dli) == [("ann", ["EXPORT"])]
    change("revoke", "EXPORT")
    assert held(dli) == []


def test_it_is_told_whose_privileges_change(dli: DliClient) -> None:
    body = {"action": "grant", "privileges": [{"object": "jobs.flink.7", "privileges": ["GET"]}]}

    assert refused(dli.put(AUTHORIZATION, body)) == "DLI.0001"
    assert refused(dli.put(AUTHORIZATION, {**body, "user_name": "ann", "action": "bless"})) == "DLI.0001"
    assert refused(dli.get(f"{AUTHORIZATION}/privileges")) == "DLI.0001"


def test_users_of_a_queue_are_listed_its_owner_first(dli: DliClient) -> None:
    body = {"queue_name": "SQL", "user_name": "ann", "action": "grant", "privileges": ["SUBMIT_JOB"]}
    accepted(dli.put(OF_A_QUEUE, body))

    users = accepted(dli.get("/v1.0/{project_id}/queues/sql/users"))["privileges"]
    assert users == [
        {"is_admin": True, "user_name": "local-user", "privileges": ["ALL"]},
        {"is_admin": False, "user_name": "ann", "privileges": ["SUBMIT_JOB"]},
    ]
    assert refused(dli.put(OF_A_QUEUE, {**body, "queue_name": "none"})) == "DLI.0002"
    assert refused(dli.put(OF_A_QUEUE, {**body, "privileges": ["EAT"]})) == "DLI.0001"
    assert refused(dli.get("/v1.0/{project_id}/queues/none/users")) == "DLI.0002"
