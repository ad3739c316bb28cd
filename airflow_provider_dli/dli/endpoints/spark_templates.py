"""Templates of Spark batches."""

from __future__ import annotations

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.written import Json, json_text
from airflow_provider_dli.dli.members import Decoded, Told
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Members


class SparkTemplate(Members):
    """A template.

    :param id: its id, a UUID.
    :param name: its name.
    :param type: ``SPARK`` or ``SQL``; not always in capitals.
    :param body: its content: the body that creates such a batch, as in ``file`` and ``className``.
    :param group: the group that it stands in.
    :param description: what it is for.
    :param language: the language that it is written in.
    :param owner: the user whose it is.
    """

    id: str | None = None
    name: str | None = None
    type: str | None = None
    body: Decoded = None
    group: str | None = None
    description: str | None = None
    language: str | None = None
    owner: str | None = None


class SparkTemplates(Told):
    """A page of the list of templates.

    :param count: how many templates there are, on all pages.
    :param templates: those of this page.
    """

    count: int | None = None
    templates: tuple[SparkTemplate, ...] | None = None


class CreatedTemplate(Told):
    """A template that has been created.

    :param id: its id, a UUID.
    """

    id: str


@DLI.endpoint("GET /v3/{project_id}/templates", SparkTemplates.read)
def overview(
    *, type: str = "spark", keyword: str | None = None, page_size: int | None = None, current_page: int | None = None
) -> Parts:
    """List templates, a page of them.

    :param type: ``spark``; DLI wants to be told.
    :param keyword: only those that have this in their names.
    :param page_size: how many templates a page has, 1 to 1000; 50 where this is left out.
    :param current_page: which page; the first one is 1.
    """
    query = {"type": type, "keyword": keyword, "page-size": page_size, "current-page": current_page}
    return Parts(query=query)


@DLI.endpoint("GET /v3/{project_id}/templates/:template_id", SparkTemplate.read)
def detail(template_id: str) -> Parts:
    """Ask for a template.

    :param template_id: its id, a UUID.
    """
    return Parts([template_id])


@DLI.endpoint("POST /v3/{project_id}/templates", CreatedTemplate.read)
def create(
    name: str,
    body: Json,
    *,
    type: str = "SPARK",
    group: str | None = None,
    description: str | None = None,
    language: str | None = None,
) -> Parts:
    """Create a template.

    :param name: its name.
    :param body: its content: the body that creates such a batch, as in ``{"file": …, "className": …}``.
    :param type: ``SPARK`` or ``SQL``.
    :param group: the group that it stands in.
    :param description: what it is for.
    :param language: the language that it is written in.
    """
    members = {"type": type, "name": name, "body": json_text(body), "group": group}
    return Parts(json={**members, "description": description, "language": language})


@DLI.endpoint("PUT /v3/{project_id}/templates/:template_id", Told.read)
def update(
    template_id: str, name: str, body: Json, *, group: str | None = None, description: str | None = None
) -> Parts:
    """Change a template. Its name and its content are replaced in any case.

    :param template_id: its id, a UUID.
    :param name: its name.
    :param body: its content: the body that creates such a batch, as in ``{"file": …, "className": …}``.
    :param group: the group that it stands in.
    :param description: what it is for.
    """
    members = {"name": name, "body": json_text(body), "group": group, "description": description}
    return Parts([template_id], json=members, repeatable=True)
