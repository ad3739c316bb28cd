"""Projects: ``/v3/projects``."""

from __future__ import annotations

from typing import Annotated

from airflow_provider_dli.dli.iam.api import IAM
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import NEEDED, Members


class Project(Members):
    """A region's part of an account, or a part of that.

    :param id: its id, as it stands in the paths of services.
    :param name: its name: the region's, or that of a part of it, as in ``cn-north-4_team``.
    """

    id: str
    name: str


class Projects(Members):
    """Projects.

    :param projects: the projects.
    """

    projects: Annotated[tuple[Project, ...], NEEDED] = ()


@IAM.endpoint("GET /v3/projects", Projects.read)
def list_projects(*, name: str | None = None) -> Parts:
    """List the account's projects (``KeystoneListProjects``).

    :param name: only those of this name.
    """
    return Parts(query={"name": name})
