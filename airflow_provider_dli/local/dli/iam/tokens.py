"""IAM's tokens: a password is exchanged for one, which is good for a project or for the account."""

from __future__ import annotations

import hmac
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse

from airflow_provider_dli.local.dli.iam.answers import written
from airflow_provider_dli.local.dli.iam.bodies import member, text
from airflow_provider_dli.local.dli.iam.directory import Directory
from airflow_provider_dli.local.dli.refusals import iam
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

#: Seconds that a token is good for.
_LIFETIME: Final = 24 * 60 * 60


class Tokens:
    """Exchanges passwords for tokens.

    :param services: what the emulator knows.
    """

    def __init__(self, services: Services) -> None:
        self._settings = services.settings
        self._directory = Directory(services)

    def routes(self) -> APIRouter:
        """Return the operations."""
        router = APIRouter()
        router.add_api_route("/v3/auth/tokens", self.create, methods=["POST"], response_model=None)
        return router

    def create(self, body: Annotated[Any, Body()] = None, nocatalog: str = "") -> JSONResponse:
        """Answer ``POST /v3/auth/tokens``."""
        user = self._user(member(body, "auth", "identity"))
        project = self._project(member(body, "auth", "scope"))
        token, issued = self._directory.issue_token(user["name"], project["id"] if project else None, _LIFETIME)
        answer = self._described(user, project, issued)
        if nocatalog != "true":
            answer["catalog"] = self._catalog()
        return JSONResponse({"token": answer}, 201, {"X-Subject-Token": token})

    def _user(self, identity: Any) -> Document:
        if not identity or member(identity, "methods") != ["password"]:
            raise iam(400, 'The request body is invalid: auth.identity.methods must be ["password"].')
        told = member(identity, "password", "user")
        name, password, domain = text(told, "name"), text(told, "password"), text(told, "domain", "name")
        if name is None or password is None or domain is None:
            raise iam(400, "The request body is invalid: a user needs name, password and domain.name.")
        user = self._directory.users.get(name)
        knows = user is not None and hmac.compare_digest(user["password"].encode(), password.encode())
        if user is None or not knows or domain != self._settings.domain:
            raise iam(401, "The username or password is wrong.")
        return user

    def _project(self, scope: Any) -> Document | None:
        if member(scope, "project") is None:
            return None
        told = {name: text(scope, "project", name) for name in ("id", "name")}
        for project in self._directory.projects.all():
            if all(value in (None, project[name]) for name, value in told.items()) and any(told.values()):
                return project
        raise iam(401, f"The project {told['id'] or told['name']} is not there, or not for this user.")

    def _described(self, user: Document, project: Document | None, issued: Document) -> Document:
        domain = self._directory.domain
        scope = {"domain": domain} if project is None else {"project": {**_named(project), "domain": domain}}
        return {
            "methods": ["password"],
            "issued_at": written(issued["issued_at"]),
            "expires_at": written(issued["expires_at"]),
            "user": {**_named(user), "domain": domain, "password_expires_at": ""},
            "roles": [{"id": "0", "name": "te_admin"}],
            **scope,
        }

    def _catalog(self) -> list[Document]:
        where = {"interface": "public", "region": self._settings.region, "url": self._settings.address}
        return [{"name": name, "type": name, "endpoints": [where]} for name in ("dli", "iam")]


def _named(document: Document) -> Document:
    return {"id": document["id"], "name": document["name"]}
