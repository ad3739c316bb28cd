"""Which paths are guarded, and which are a project's."""

from __future__ import annotations

from typing import Final

#: What needs no credentials, because it is where credentials come from.
_SOURCES: Final = {
    ("POST", "/v3/auth/tokens"),
    ("POST", "/v5/agencies/assume-with-oidc"),
    ("PUT", "/meta-data/latest/api/token"),
    ("GET", "/openstack/latest/securitykey"),
    ("POST", "/container/credentials"),
}
#: What concerns the whole account, and no project.
_ACCOUNT: Final = {"/v3/projects", "/v3.0/OS-CREDENTIAL/securitytokens", "/v5/agencies/assume"}
#: Where a token may stand in the body instead.
_BODY_TOKEN: Final = "/v3.0/OS-CREDENTIAL/securitytokens"  # noqa: S105


def is_administration(path: str) -> bool:
    """Tell whether a path is the emulator's own, which no cloud has."""
    return path in ("/", "/health") or path.startswith("/_emulator/")


def needs_credentials(method: str, path: str) -> bool:
    """Tell whether a request must show who sends it."""
    return (method, path) not in _SOURCES


def may_show_token_in_body(path: str) -> bool:
    """Tell whether a request without credentials in its headers may have them in its body."""
    return path == _BODY_TOKEN


def project_in(path: str) -> str | None:
    """Return the id of the project in a path; None where it has none."""
    return None if path in _ACCOUNT else path.split("/")[2]
