"""The project that requests are for: its id stands in every path of DLI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from airflow_provider_dli.dli.credentials.ways import PROJECT_OF_TOKEN
from airflow_provider_dli.dli.iam.projects import Project, list_projects
from airflow_provider_dli.rest.errors import NotAuthenticated, Refused
from airflow_provider_dli.rest.flow import Flow, ask

HINT = "Put the project's id into the connection, as project_id; the console shows it below My Credentials."


class NoProject(ValueError):
    """It is not clear which project is meant."""


def given(project_id: str) -> Flow[str]:
    """Return the id that is known already.

    :param project_id: the project's id.
    """
    yield from ()
    return project_id


def of_token(iam: str, name: str) -> Flow[str]:
    """Return the id of the project that the connection's token is for; where the token does not tell, look for it.

    :param iam: address of IAM.
    :param name: the project's name, which is the region's where it is not a part of that.
    :raises NoProject: when there is no such project, or more than one.
    """
    told = yield from ask(PROJECT_OF_TOKEN)
    return told or (yield from by_name(iam, name))


def by_name(iam: str, name: str) -> Flow[str]:
    """Return the id of the project that has this name.

    :param iam: address of IAM.
    :param name: the project's name, which is the region's where it is not a part of that.
    :raises NoProject: when there is none, or more than one.
    """
    if not name:
        raise NoProject(f"The connection tells neither a project nor a region to look for it. {HINT}")
    try:
        projects = (yield from ask(replace(list_projects(name=name), server=iam))).projects
    except Refused as error:
        if not isinstance(error, NotAuthenticated):
            error.advice = f" This was to find the project {name!r}. {HINT}"
        raise
    found = [project.id for project in projects if project.name == name]
    if len(found) != 1:
        raise NoProject(f"{_said(iam, name, projects, len(found))} {HINT}")
    return found[0]


def _said(iam: str, name: str, projects: Sequence[Project], found: int) -> str:
    if found:
        return f"IAM ({iam}) knows {found} projects of the name {name!r}: {', '.join(each.id for each in projects)}."
    others = ", ".join(sorted(project.name for project in projects))
    told = f"; it tells of {others}" if others else ""
    return f"IAM ({iam}) shows these credentials no project of the name {name!r}{told}."
