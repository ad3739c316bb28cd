"""Who there is: the account's projects, users, agencies, access keys and tokens."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, Final

from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document, Kind

#: What is there from the beginning, beside what the settings name.
AGENCY: Final = "local-agency"
ID_TOKEN: Final = "local-id-token"  # noqa: S105
CONTAINER_TOKEN: Final = "local-container-token"  # noqa: S105


class Directory:
    """Who there is; kept in the store, so that what was issued is still good after a restart.

    :param services: the store, the clock, and whom the emulator was told of.
    """

    def __init__(self, services: Services) -> None:
        self._settings = services.settings
        self._clock = services.clock
        self._store = services.store
        self.projects = self._kind("projects")
        self.users = self._kind("users")
        self.agencies = self._kind("agencies")
        self.keys = self._kind("keys")
        self.tokens = self._kind("tokens")
        self.oidc_tokens = self._kind("oidc_tokens")
        self.container_tokens = self._kind("container_tokens")
        self.metadata_tokens = self._kind("metadata_tokens")

    @property
    def domain(self) -> Document:
        """The account, by name and id."""
        return {"name": self._settings.domain, "id": identifier("domain", self._settings.domain)}

    def seed(self) -> None:
        """Make sure that whom the settings name is there."""
        settings = self._settings
        self.add_project({"id": settings.project_id, "name": settings.region})
        self.add_user({"name": settings.user, "password": settings.password})
        self.add_key({"access": settings.access_key, "secret": settings.secret_key})
        self.add_agency({"name": AGENCY})
        self.add_oidc_token({"token": ID_TOKEN})
        self.add_container_token({"token": CONTAINER_TOKEN})

    def add_project(self, project: Document) -> None:
        """Add a project, of which the name at least is told."""
        made = {"id": identifier("project", project["name"]), "domain_id": self.domain["id"], **project}
        self.projects.put(made["id"], made)

    def add_user(self, user: Document) -> None:
        """Add an IAM user, whose name and password are told."""
        self.users.put(user["name"], {"id": identifier("user", user["name"]), **user})

    def add_key(self, key: Document) -> None:
        """Add a permanent access key, of which ``access`` and ``secret`` are told."""
        self.keys.put(key["access"], {"security_token": None, "expires_at": None, "user": self._settings.user, **key})

    def add_agency(self, agency: Document) -> None:
        """Add an agency, of which the name is told."""
        urn = f"iam::{self.domain['id']}:agency:{agency['name']}"
        self.agencies.put(agency["name"], {"id": identifier("agency", agency["name"]), "urn": urn, **agency})

    def add_oidc_token(self, token: Document) -> None:
        """Add an identity token, as ``token``, that lets an agency be assumed; ``expires_at`` may end it."""
        self.oidc_tokens.put(token["token"], token)

    def add_container_token(self, token: Document) -> None:
        """Add a token of a pod, as ``token``."""
        self.container_tokens.put(token["token"], token)

    def issue_token(self, user: str, project_id: str | None, seconds: int) -> tuple[str, Document]:
        """Issue a token, and return it and what is known of it.

        :param user: to whom.
        :param project_id: what for; None for the whole account.
        :param seconds: for how long.
        """
        # As long as real ones: what cuts headers off shows.
        token = secrets.token_urlsafe(1500)
        now = self._clock()
        document = {
            "token": token,
            "user": user,
            "project_id": project_id,
            "issued_at": now,
            "expires_at": now + seconds,
        }
        self.tokens.put(token, document)
        return token, document

    def issue_key(self, user: str, seconds: int) -> Document:
        """Issue a temporary access key.

        :param user: the user, or the agency, that acts with it.
        :param seconds: for how long.
        """
        key = {
            "access": "HSTA" + secrets.token_hex(8).upper(),
            "secret": secrets.token_urlsafe(30),
            "security_token": secrets.token_urlsafe(600),
            "expires_at": self._clock() + seconds,
            "user": user,
        }
        self.keys.put(key["access"], key)
        return key

    def valid(self, kind: Kind, token: str | None) -> Document | None:
        """Return what is known of a token; None where it is none, or has expired."""
        document = kind.get(token)
        if document is None or document.get("expires_at", float("inf")) <= self._clock():
            return None
        return document

    def expire_all(self) -> None:
        """End all tokens and temporary keys that were issued."""
        now = self._clock()
        with self._store.change():
            for key in self.keys.all():
                if key["expires_at"] is not None:
                    self.keys.put(key["access"], {**key, "expires_at": now})
            for token in self.tokens.all():
                self.tokens.put(token["token"], {**token, "expires_at": now})

    def _kind(self, name: str) -> Kind:
        return self._store.kind(f"iam_{name}")


def identifier(kind: str, name: Any) -> str:
    """Return the id of what has a name: 32 hex digits, always the same."""
    return hashlib.sha256(f"{kind}/{name}".encode()).hexdigest()[:32]
