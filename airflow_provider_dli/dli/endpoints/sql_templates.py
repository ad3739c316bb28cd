"""Templates of SQL."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Members


class SqlTemplate(Members):
    """A template.

    :param sql_id: its id, a UUID.
    :param sql_name: its name.
    :param sql: the statement.
    :param description: what it is for.
    :param group: the group that it stands in.
    :param owner: the user whose it is.
    """

    sql_id: str | None = None
    sql_name: str | None = None
    sql: str | None = None
    description: str | None = None
    group: str | None = None
    owner: str | None = None


class SqlTemplates(Told):
    """The list of templates.

    :param sql_count: how many templates there are.
    :param sqls: the templates.
    """

    sql_count: int | None = None
    sqls: tuple[SqlTemplate, ...] | None = None


class CreatedTemplate(Told):
    """A template that has been created.

    :param sql_id: its id, a UUID.
    :param group: the group that it stands in.
    """

    sql_id: str
    group: str | None = None


@DLI.endpoint("GET /v1.0/{project_id}/sqls", SqlTemplates.read)
def overview(*, keyword: str | None = None) -> Parts:
    """List templates, all of them in one answer.

    :param keyword: only those that have this in their names.
    """
    return Parts(query={"keyword": keyword})


@DLI.endpoint("POST /v1.0/{project_id}/sqls", CreatedTemplate.read)
def create(sql_name: str, sql: str, *, description: str | None = None, group: str | None = None) -> Parts:
    """Create a template.

    :param sql_name: its name, which no other template of the project has.
    :param sql: the statement.
    :param description: what it is for.
    :param group: the group that it stands in.
    """
    return Parts(json={"sql_name": sql_name, "sql": sql, "description": description, "group": group})


@DLI.endpoint("PUT /v1.0/{project_id}/sqls/:sql_id", Told.read)
def update(
    sql_id: str,
    *,
    sql_name: str | None = None,
    sql: str | None = None,
    description: str | None = None,
    group: str | None = None,
) -> Parts:
    """Change a template. What is not given stays as it is.

    :param sql_id: its id, a UUID.
    :param sql_name: its name, which no other template of the project has.
    :param sql: the statement.
    :param description: what it is for.
    :param group: the group that it stands in.
    """
    body = {"sql_name": sql_name, "sql": sql, "description": description, "group": group}
    return Parts([sql_id], json=body, repeatable=True)


@DLI.endpoint("POST /v1.0/{project_id}/sqls-deletion", Told.read)
def delete_several(sql_ids: Sequence[str]) -> Parts:
    """Delete templates.

    :param sql_ids: their ids, UUIDs.
    """
    return Parts(json={"sql_ids": list(sql_ids)})
