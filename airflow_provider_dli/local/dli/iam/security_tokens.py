"""IAM's temporary keys, version 3: for who calls, or for an agency that he assumes."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request

from airflow_provider_dli.local.dli.iam.answers import credential
from airflow_provider_dli.local.dli.iam.bodies import member, seconds, text
from airflow_provider_dli.local.dli.iam.directory import Directory
from airflow_provider_dli.local.dli.refusals import iam
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document


class SecurityTokens:
    """Issues temporary keys.

    :param services: what the emulator knows.
    """

    def __init__(self, services: Services) -> None:
        self._directory = Directory(services)

    def routes(self) -> APIRouter:
        """Return the operations."""
        router = APIRouter()
        path = "/v3.0/OS-CREDENTIAL/securitytokens"
        router.add_api_route(path, self.create, methods=["POST"], status_code=201, response_model=None)
        return router

    def create(self, request: Request, body: Annotated[Any, Body()] = None) -> Document:
        """Answer ``POST /v3.0/OS-CREDENTIAL/securitytokens``."""
        identity = member(body, "auth", "identity")
        methods = member(identity, "methods")
        if methods == ["token"]:
            user, told = self._caller(request, identity), member(identity, "token", "duration_seconds")
        elif methods == ["assume_role"]:
            self._caller(request, identity)
            user, told = self._agency(identity), member(identity, "assume_role", "duration_seconds")
        else:
            raise iam(400, 'The request body is invalid: auth.identity.methods must be ["token"] or ["assume_role"].')
        lifetime = seconds(told, 900, 86400, partial(iam, 400))
        return {"credential": credential(self._directory.issue_key(user, lifetime))}

    def _caller(self, request: Request, identity: Any) -> str:
        if caller := getattr(request.state, "caller", None):
            return str(caller.user)
        holder = self._directory.valid(self._directory.tokens, text(identity, "token", "id"))
        if holder is None:
            raise iam(401, "The request you have made requires authentication.")
        return str(holder["user"])

    def _agency(self, identity: Any) -> str:
        told = member(identity, "assume_role")
        name, domain = text(told, "agency_name"), self._directory.domain
        if name is None or (text(told, "domain_name") is None and text(told, "domain_id") is None):
            raise iam(400, "The request body is invalid: assume_role needs agency_name, and domain_name or domain_id.")
        here = text(told, "domain_name") in (None, domain["name"]) and text(told, "domain_id") in (None, domain["id"])
        if not here or self._directory.agencies.get(name) is None:
            raise iam(404, f"Could not find agency: {name}.")
        return name
