"""Who may do what. Grants are kept and shown; every caller may do everything here."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request

from airflow_provider_dli.local.dli.operations import Operation, routed, success
from airflow_provider_dli.local.dli.parameters import GivenBody, checked, objects, query, text, texts
from airflow_provider_dli.local.dli.queues.directory import Directory
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_ACTION: Final = text("action", required=True, allowed=("grant", "revoke", "update"))
_ON_OBJECTS: Final = (
    text("user_name"),
    text("projectId"),
    _ACTION,
    objects("privileges", text("object", required=True), texts("privileges", required=True), required=True),
)
_ON_A_QUEUE: Final = (
    text("queue_name", required=True),
    text("user_name", required=True),
    _ACTION,
    texts("privileges", required=True, allowed=("SUBMIT_JOB", "CANCEL_JOB", "DROP_QUEUE")),
)


def routes(services: Services) -> APIRouter:
    """Return the operations on permissions."""
    permissions = _Permissions(services)
    return routed(
        Operation("PUT", "/v1.0/{project_id}/authorization", permissions.change),
        Operation("GET", "/v1.0/{project_id}/authorization/privileges", permissions.show),
        Operation("PUT", "/v1.0/{project_id}/queues/user-authorization", permissions.change_on_queue),
        Operation("GET", "/v1.0/{project_id}/queues/{queue_name}/users", permissions.list_queue_users),
    )


class _Permissions:
    def __init__(self, services: Services) -> None:
        self._user = services.settings.user
        self._grants = services.store.kind("privileges")
        self._directory = Directory(services)

    def change(self, body: GivenBody) -> Document:
        given = checked(body, *_ON_OBJECTS)
        who = given["user_name"] or given["projectId"]
        if not who:
            raise dli("DLI.0001", "One of the parameters user_name and projectId is mandatory.")
        for item in given["privileges"]:
            self._apply(given["action"], item["object"], who, item["privileges"])
        return success()

    def show(self, request: Request) -> Document:
        name = query(request, text("object", required=True))["object"]
        grants = [
            {"object": name, "is_admin": False, "user_name": grant["user_name"], "privileges": grant["privileges"]}
            for grant in self._on(name)
        ]
        kind = name.rpartition(".")[0]
        return success(object_name=name, object_type=kind, count=len(grants), privileges=grants)

    def change_on_queue(self, body: GivenBody) -> Document:
        given = checked(body, *_ON_A_QUEUE)
        queue = self._directory.find(given["queue_name"])["queue_name"]
        self._apply(given["action"], f"queues.{queue}", given["user_name"], given["privileges"])
        return success()

    def list_queue_users(self, queue_name: str) -> Document:
        queue = self._directory.find(queue_name)
        owner = {"is_admin": True, "user_name": queue["owner"], "privileges": ["ALL"]}
        others = [
            {"is_admin": False, "user_name": grant["user_name"], "privileges": grant["privileges"]}
            for grant in self._on(f"queues.{queue['queue_name']}")
        ]
        return success(queue_name=queue["queue_name"], privileges=[owner, *others])

    def _on(self, name: str) -> list[Document]:
        return [grant for grant in self._grants.all() if grant["object"] == name and grant["privileges"]]

    def _apply(self, action: str, name: str, who: str, privileges: list[str]) -> None:
        key = f"{name}/{who}"
        held: list[Any] = (self._grants.get(key) or {"privileges": []})["privileges"]
        left = {
            "grant": [*held, *(one for one in privileges if one not in held)],
            "revoke": [one for one in held if one not in privileges],
            "update": privileges,
        }
        self._grants.put(key, {"object": name, "user_name": who, "privileges": left[action]})
