"""IAM's temporary keys, version 5: an agency is assumed by who signs, or by who shows an identity token."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Request

from airflow_provider_dli.local.dli.iam.answers import credentials
from airflow_provider_dli.local.dli.iam.bodies import member, seconds, text
from airflow_provider_dli.local.dli.iam.directory import Directory
from airflow_provider_dli.local.dli.refusals import Refusal, sts
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_SESSION_NAME: Final = re.compile(r"[\w+=,.@-]{2,64}")
#: The most seconds that may be asked for, and by whom: keys that are temporary themselves get less.
_LONGEST: Final = 43200
_LONGEST_WHEN_CHAINED: Final = 3600


class Agencies:
    """Lets agencies be assumed.

    :param services: what the emulator knows.
    """

    def __init__(self, services: Services) -> None:
        self._directory = Directory(services)

    def routes(self) -> APIRouter:
        """Return the operations."""
        router = APIRouter()
        router.add_api_route("/v5/agencies/assume", self.assume, methods=["POST"], response_model=None)
        with_oidc = "/v5/agencies/assume-with-oidc"
        router.add_api_route(with_oidc, self.assume_with_oidc, methods=["POST"], response_model=None)
        return router

    def assume(self, request: Request, body: Annotated[Any, Body()] = None) -> Document:
        """Answer ``POST /v5/agencies/assume``."""
        most = _LONGEST_WHEN_CHAINED if request.state.caller.is_temporary else _LONGEST
        return self._assumed(body, most)

    def assume_with_oidc(self, body: Annotated[Any, Body()] = None) -> Document:
        """Answer ``POST /v5/agencies/assume-with-oidc``."""
        if text(body, "provider_urn") is None:
            raise _invalid("provider_urn is missing.")
        if self._directory.valid(self._directory.oidc_tokens, text(body, "id_token")) is None:
            raise sts("IAM.0001", "The id_token is not valid, or has expired.", 401)
        return self._assumed(body, _LONGEST)

    def _assumed(self, body: Any, most: int) -> Document:
        session = text(body, "agency_session_name") or ""
        if not _SESSION_NAME.fullmatch(session):
            raise _invalid("agency_session_name must be 2 to 64 letters, digits or any of _+=,.@-")
        agency = self._agency(text(body, "agency_urn"))
        lifetime = seconds(member(body, "duration_seconds"), 3600, most, _invalid)
        assumed = {"urn": f"sts::{self._directory.domain['id']}:assumed-agency:{agency['name']}/{session}"}
        issued = self._directory.issue_key(agency["name"], lifetime)
        return {"credentials": credentials(issued), "assumed_agency": {**assumed, "id": f"{agency['id']}:{session}"}}

    def _agency(self, urn: str | None) -> Document:
        if urn is None:
            raise _invalid("agency_urn is missing.")
        for agency in self._directory.agencies.all():
            if agency["urn"] == urn:
                return agency
        raise sts("IAM.0002", f"There is no agency {urn}, or it may not be assumed.", 403)


def _invalid(sentence: str) -> Refusal:
    return sts("IAM.0011", sentence, 400)
