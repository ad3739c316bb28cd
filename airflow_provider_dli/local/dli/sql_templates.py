"""Templates of SQL: texts that are kept under a name."""

from __future__ import annotations

import uuid
from typing import Any, Final

from fastapi import APIRouter, Request

from airflow_provider_dli.local.dli.operations import Operation, routed, success
from airflow_provider_dli.local.dli.parameters import GivenBody, checked, query, text, texts
from airflow_provider_dli.local.dli.refusals import Refusal, dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_NEW_TEMPLATE: Final = (
    text("sql", required=True),
    text("sql_name", required=True),
    text("description"),
    text("group"),
)
_CHANGE: Final = (text("sql"), text("sql_name"), text("description"), text("group"))


def routes(services: Services) -> APIRouter:
    """Return the operations on templates of SQL."""
    templates = _Templates(services)
    every = "/v1.0/{project_id}/sqls"
    return routed(
        Operation("POST", every, templates.create),
        Operation("GET", every, templates.list_templates),
        Operation("PUT", f"{every}/{{sql_id}}", templates.update),
        Operation("POST", "/v1.0/{project_id}/sqls-deletion", templates.delete),
    )


class _Templates:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._templates = services.store.kind("sql_templates")

    def create(self, body: GivenBody) -> Document:
        given = checked(body, *_NEW_TEMPLATE)
        identity = str(uuid.uuid4())
        with self._services.store.change():
            self._check_name(given["sql_name"])
            owner = {"owner": self._services.settings.user}
            self._templates.put(identity, {"sql_id": identity, **given, **owner})
        return success(sql_id=identity, group=given["group"])

    def list_templates(self, request: Request) -> Document:
        keyword = query(request, text("keyword", default=""))["keyword"]
        found = [template for template in self._templates.all() if keyword in template["sql_name"]]
        return success(sql_count=len(found), sqls=found)

    def update(self, sql_id: str, body: GivenBody) -> Document:
        given: dict[str, Any] = {name: value for name, value in checked(body, *_CHANGE).items() if value is not None}
        with self._services.store.change():
            self._check_name(given.get("sql_name"), sql_id)
            if self._templates.update(sql_id, lambda held: held.update(given)) is None:
                raise _missing(sql_id)
        return success()

    def delete(self, body: GivenBody) -> Document:
        with self._services.store.change():
            for identity in checked(body, texts("sql_ids", required=True))["sql_ids"]:
                if not self._templates.delete(identity):
                    raise _missing(identity)
        return success()

    def _check_name(self, name: str | None, own: str | None = None) -> None:
        if any(one["sql_name"] == name and one["sql_id"] != own for one in self._templates.all()):
            raise dli("DLI.0006", f"A template named {name} exists already. Choose another name.")


def _missing(identity: str) -> Refusal:
    return dli("DLI.0002", f"There is no SQL template {identity}.")
