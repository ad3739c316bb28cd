"""Templates of SQL jobs."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request

from airflow_provider_dli.local.dli.flink_jobs.members import SQL_JOBS
from airflow_provider_dli.local.dli.operations import Operation, only, routed, success
from airflow_provider_dli.local.dli.paging import limited
from airflow_provider_dli.local.dli.parameters import TAGS, GivenBody, checked, integer, query, text
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document
from airflow_provider_dli.local.dli.tags import Tags

#: How many templates a project may have.
_MOST: Final = 100
_NAME: Final = text("name", required=True, longest=57)
_NEW: Final = (
    _NAME,
    text("desc", default="", longest=2048),
    text("sql_body", default="", longest=2048),
    TAGS,
    text("job_type", default=SQL_JOBS[0], allowed=SQL_JOBS),
)
_CHANGE: Final = (text("name", longest=57), text("desc", longest=2048), text("sql_body", longest=1024 * 1024))
_QUERY: Final = (
    integer("limit", default=10, least=1, most=100),
    integer("offset", default=0, least=0),
    text("name"),
    text("order", default="desc", allowed=("asc", "desc")),
    text("tags"),
)
_CREATED: Final = ("template_id", "name", "desc", "create_time", "job_type")
_LISTED: Final = (*_CREATED, "update_time", "sql_body")
_TAGGED: Final = "dli_flink_template"


class Templates:
    """The operations on templates of SQL jobs.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._kind = services.store.kind("flink_templates")
        self._tags = Tags(services)

    def routes(self) -> APIRouter:
        """Return the operations."""
        templates = "/v1.0/{project_id}/streaming/job-templates"
        return routed(
            Operation("POST", templates, self.create),
            Operation("GET", templates, self.list),
            Operation("PUT", f"{templates}/{{template_id}}", self.update),
            Operation("DELETE", f"{templates}/{{template_id}}", self.delete),
        )

    def find(self, template_id: object) -> Document:
        """Return a template.

        :raises Refusal: DLI.0002, when there is none.
        """
        template = self._kind.get(template_id)
        if template is None:
            raise dli("DLI.0002", f"The template {template_id} does not exist.")
        return template

    def create(self, body: GivenBody) -> Document:
        """Create a template."""
        given = checked(body, *_NEW)
        tags = given.pop("tags") or ()
        with self._services.store.change():
            self._check_name(given["name"])
            if len(self._kind.all()) >= _MOST:
                raise dli("DLI.1028", f"A project may have {_MOST} templates: delete one first.")
            number, now = self._kind.next_number(), self._services.now()
            template = {"template_id": number, **given, "create_time": now, "update_time": now}
            self._kind.put(number, template)
            self._tags.add(_TAGGED, str(number), tags)
        return success("A template is created successfully.", template=only(template, _CREATED))

    def update(self, template_id: str, body: GivenBody) -> Document:
        """Change a template."""
        given = {name: value for name, value in checked(body, *_CHANGE).items() if value is not None}
        template = self.find(template_id)
        if "name" in given:
            self._check_name(given["name"], template["template_id"])
        self._kind.update(template_id, lambda held: held.update(given, update_time=self._services.now()))
        return success("The template is updated successfully.")

    def delete(self, template_id: str) -> Document:
        """Delete a template."""
        template = self.find(template_id)
        self._kind.delete(template_id)
        self._tags.forget(_TAGGED, template_id)
        return success("The template is deleted successfully.", template=only(template, ("template_id",)))

    def list(self, request: Request) -> Document:
        """List templates, the newest first."""
        asked = query(request, *_QUERY)
        tagged = self._tags.matching(_TAGGED, asked["tags"])
        named = [one for one in self._kind.all() if (asked["name"] or "") in one["name"]]
        found = [one for one in named if tagged(str(one["template_id"]))]
        ordered = found if asked["order"] == "asc" else found[::-1]
        rows = [only(one, _LISTED) for one in limited(ordered, asked)]
        return success(template_list={"total_count": len(found), "templates": rows})

    def _check_name(self, name: str, own: int | None = None) -> None:
        if any(one["name"] == name and one["template_id"] != own for one in self._kind.all()):
            raise dli("DLI.0006", f"A template named {name} exists already. Choose another name.")
