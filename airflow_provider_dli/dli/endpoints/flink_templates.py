"""Templates of Flink SQL, of which a project has at most 100."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.tag_members import pairs, tag_filter
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Members


class Template(Members):
    """A template.

    :param template_id: its id.
    :param name: its name.
    :param desc: what it is for.
    :param create_time: when it was created, in milliseconds since the epoch.
    :param update_time: when it was changed.
    :param sql_body: its statements; left out where it has just been created or deleted.
    :param job_type: ``flink_sql_job`` or ``flink_opensource_sql_job``.
    """

    template_id: int | None = None
    name: str | None = None
    desc: str | None = None
    create_time: int | None = None
    update_time: int | None = None
    sql_body: str | None = None
    job_type: str | None = None


class TemplatePage(Members):
    """A page of the list of templates.

    :param total_count: how many templates there are, on all pages.
    :param templates: those of this page.
    """

    total_count: int | None = None
    templates: tuple[Template, ...] | None = None


class TemplateList(Told):
    """What the list of templates tells.

    :param template_list: a page of it.
    """

    template_list: TemplatePage | None = None


class TemplateAnswer(Told):
    """What became of a template.

    :param template: the template.
    """

    template: Template | None = None


@DLI.endpoint("GET /v1.0/{project_id}/streaming/job-templates", TemplateList.read)
def overview(
    *,
    name: str | None = None,
    tags: Mapping[str, str] | None = None,
    order: str | None = None,
    limit: int = 100,
    offset: int | None = None,
) -> Parts:
    """List templates, a page of them.

    :param name: only those of this name.
    :param tags: only those that have these tags.
    :param order: ``desc``, the newest first (as where it is left out), or ``asc``.
    :param limit: how many templates a page has, 1 to 100.
    :param offset: how many templates to skip.
    """
    query = {"name": name, "tags": tag_filter(tags), "order": order, "limit": limit, "offset": offset}
    return Parts(query=query)


@DLI.endpoint("POST /v1.0/{project_id}/streaming/job-templates", TemplateAnswer.read)
def create(
    name: str,
    *,
    sql_body: str | None = None,
    desc: str | None = None,
    job_type: str = "flink_opensource_sql_job",
    tags: Mapping[str, str] | None = None,
) -> Parts:
    """Create a template.

    :param name: its name, 57 characters at most.
    :param sql_body: its statements, 2048 characters at most; an update takes 1 MiB.
    :param desc: what it is for, 512 characters or, in newer regions, 2048.
    :param job_type: ``flink_opensource_sql_job`` or ``flink_sql_job``. Always sent, as it is for jobs.
    :param tags: its tags: keys of 1 to 128 characters, values of 1 to 255.
    """
    body = {"name": name, "sql_body": sql_body, "desc": desc, "job_type": job_type, "tags": pairs(tags)}
    return Parts(json=body)


@DLI.endpoint("PUT /v1.0/{project_id}/streaming/job-templates/:template_id", Told.read)
def update(
    template_id: int | str, *, name: str | None = None, sql_body: str | None = None, desc: str | None = None
) -> Parts:
    """Change a template. What is not given stays as it is.

    :param template_id: its id.
    :param name: its name, 57 characters at most.
    :param sql_body: its statements, 1 MiB at most.
    :param desc: what it is for, 512 characters or, in newer regions, 2048.
    """
    return Parts([str(template_id)], json={"name": name, "sql_body": sql_body, "desc": desc}, repeatable=True)


@DLI.endpoint("DELETE /v1.0/{project_id}/streaming/job-templates/:template_id", TemplateAnswer.read)
def delete(template_id: int | str) -> Parts:
    """Delete a template.

    :param template_id: its id.
    """
    return Parts([str(template_id)])
