"""Temporary keys for what runs in the cloud: the metadata of a virtual machine, and the identity of a pod."""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header
from fastapi.responses import PlainTextResponse

from airflow_provider_dli.local.dli.iam.answers import credential, written
from airflow_provider_dli.local.dli.iam.directory import AGENCY, Directory
from airflow_provider_dli.local.dli.refusals import iam, sts
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

#: Seconds that a key of a machine is good for.
_LIFETIME: Final = 24 * 60 * 60
#: Seconds that a key of a pod is good for.
_LIFETIME_OF_A_PODS: Final = 60 * 60
_LONGEST_METADATA_TOKEN: Final = 21600


class Machine:
    """Hands keys out to what runs in the cloud.

    :param services: what the emulator knows.
    """

    def __init__(self, services: Services) -> None:
        self._directory = Directory(services)
        self._clock = services.clock
        self._is_old = services.settings.switches.metadata_is_old

    def routes(self) -> APIRouter:
        """Return the operations."""
        router = APIRouter()
        add = router.add_api_route
        add("/meta-data/latest/api/token", self.create_token, methods=["PUT"], response_model=None)
        add("/openstack/latest/securitykey", self.security_key, methods=["GET"], response_model=None)
        add("/container/credentials", self.container_credentials, methods=["POST"], response_model=None)
        return router

    def create_token(
        self, lifetime: Annotated[str, Header(alias="X-Metadata-Token-Ttl-Seconds")] = ""
    ) -> PlainTextResponse:
        """Answer ``PUT /meta-data/latest/api/token``."""
        if self._is_old:
            raise iam(404, "The resource could not be found.")
        if not lifetime.isdecimal() or not 1 <= int(lifetime) <= _LONGEST_METADATA_TOKEN:
            limit = _LONGEST_METADATA_TOKEN
            raise iam(400, f"X-Metadata-Token-Ttl-Seconds must be a number from 1 to {limit}, not {lifetime!r}.")
        token = secrets.token_urlsafe(40)
        self._directory.metadata_tokens.put(token, {"expires_at": self._clock() + int(lifetime)})
        return PlainTextResponse(token)

    def security_key(self, token: Annotated[str | None, Header(alias="X-Metadata-Token")] = None) -> Document:
        """Answer ``GET /openstack/latest/securitykey``."""
        directory = self._directory
        if not self._is_old and directory.valid(directory.metadata_tokens, token) is None:
            raise iam(401, "X-Metadata-Token is missing, or not valid.")
        return {"credential": credential(directory.issue_key(AGENCY, _LIFETIME))}

    def container_credentials(self, authorization: Annotated[str | None, Header()] = None) -> dict[str, Any]:
        """Answer ``POST`` to the address that a pod finds in its environment."""
        directory = self._directory
        if directory.valid(directory.container_tokens, authorization) is None:
            raise sts("IAM.0001", "The Authorization header is not the token of a pod.", 401)
        key = directory.issue_key(AGENCY, _LIFETIME_OF_A_PODS)
        return {
            "credentials": {
                "accessKeyId": key["access"],
                "secretAccessKey": key["secret"],
                "securityToken": key["security_token"],
                "expiration": written(key["expires_at"]),
            },
            "assumedAgency": {"urn": f"iam::{directory.domain['id']}:agency:{AGENCY}", "id": AGENCY},
        }
