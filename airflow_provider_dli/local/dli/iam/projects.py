"""IAM's projects: each region has one, and may have further ones below it."""

from __future__ import annotations

from fastapi import APIRouter

from airflow_provider_dli.local.dli.iam.directory import Directory
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document


class Projects:
    """Lists projects.

    :param services: what the emulator knows.
    """

    def __init__(self, services: Services) -> None:
        self._address = services.settings.address
        self._directory = Directory(services)

    def routes(self) -> APIRouter:
        """Return the operations."""
        router = APIRouter()
        router.add_api_route("/v3/projects", self.list, methods=["GET"], response_model=None)
        return router

    def list(self, name: str | None = None) -> Document:
        """Answer ``GET /v3/projects``."""
        projects = [each for each in self._directory.projects.all() if name in (None, each["name"])]
        links = {"self": f"{self._address}/v3/projects", "next": None, "previous": None}
        return {"links": links, "projects": [self._described(each) for each in projects]}

    def _described(self, project: Document) -> Document:
        return {
            "id": project["id"],
            "name": project["name"],
            "domain_id": project["domain_id"],
            "parent_id": project["domain_id"],
            "is_domain": False,
            "enabled": True,
            "description": "",
            "links": {"self": f"{self._address}/v3/projects/{project['id']}"},
        }
