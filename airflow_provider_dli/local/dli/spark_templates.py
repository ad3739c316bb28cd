"""Templates of Spark batches; those of SQL can be kept here as well."""

from __future__ import annotations

import uuid
from typing import Any, Final

from fastapi import APIRouter, Request

from airflow_provider_dli.local.dli.operations import Operation, only, routed, success
from airflow_provider_dli.local.dli.paging import PAGES, page
from airflow_provider_dli.local.dli.parameters import GivenBody, checked, from_json, query, text
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_NEW_TEMPLATE: Final = (
    text("type", required=True, allowed=("SQL", "SPARK")),
    text("name", required=True),
    text("group"),
    text("description"),
    text("language"),
)
_CHANGE: Final = (text("name", required=True), text("group"), text("description"))
_SHOWN: Final = ("type", "id", "name", "body", "group", "description", "language", "owner")


def routes(services: Services) -> APIRouter:
    """Return the operations on templates of Spark batches."""
    templates = _Templates(services)
    every = "/v3/{project_id}/templates"
    return routed(
        Operation("POST", every, templates.create),
        Operation("GET", every, templates.list_templates),
        Operation("GET", f"{every}/{{template_id}}", templates.show),
        Operation("PUT", f"{every}/{{template_id}}", templates.update),
    )


class _Templates:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._templates = services.store.kind("spark_templates")

    def create(self, body: GivenBody) -> Document:
        given = checked(body, *_NEW_TEMPLATE)
        given["body"] = _content(body, given["type"])
        identity = str(uuid.uuid4())
        with self._services.store.change():
            self._check_name(given["type"], given["name"])
            self._templates.put(identity, {"id": identity, **given, "owner": self._services.settings.user})
        return {"id": identity}

    def list_templates(self, request: Request) -> Document:
        asked = query(request, text("type", required=True), text("keyword", default=""), *PAGES)
        found = [
            template
            for template in self._templates.all()
            if template["type"].lower() == asked["type"].lower() and asked["keyword"] in template["name"]
        ]
        return success(count=len(found), templates=[only(one, _SHOWN) for one in page(found, asked)])

    def show(self, template_id: str) -> Document:
        return only(self._find(template_id), _SHOWN)

    def update(self, template_id: str, body: GivenBody) -> Document:
        given = checked(body, *_CHANGE)
        with self._services.store.change():
            template = self._find(template_id)
            self._check_name(template["type"], given["name"], template_id)
            told = {name: value for name, value in given.items() if value is not None}
            self._templates.put(template_id, {**template, **told, "body": _content(body, template["type"])})
        return success()

    def _find(self, identity: str) -> Document:
        template = self._templates.get(identity)
        if template is None:
            raise dli("DLI.0002", f"There is no template {identity}.")
        return template

    def _check_name(self, kind: str, name: str, own: str | None = None) -> None:
        if any(one["type"] == kind and one["name"] == name and one["id"] != own for one in self._templates.all()):
            raise dli("DLI.0006", f"A template named {name} exists already. Choose another name.")


def _content(body: Any, kind: str) -> Any:
    """Return a template's body: the text of SQL; of a batch the object, which comes as JSON in a text."""
    content = body.get("body")
    if kind == "SPARK" and isinstance(content, dict):
        return content
    written = checked(body, text("body", required=True))["body"]
    return _batch(written) if kind == "SPARK" else written


def _batch(written: str) -> Document:
    try:
        batch = from_json(written)
    except ValueError as error:
        raise dli("DLI.0001", f"The parameter body is no JSON: {error}.") from None
    if not isinstance(batch, dict):
        raise dli("DLI.0001", "The parameter body must be a JSON object in a text.")
    return batch
