"""The keys that a machine, or a container, is handed by what it runs on."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from airflow_provider_dli.dli.api import explain
from airflow_provider_dli.dli.iam.api import METADATA
from airflow_provider_dli.dli.iam.keys import TemporaryKeys, read_keys
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import text
from airflow_provider_dli.rest.request import Request

#: The longest that a session may last.
SESSION_SECONDS = 21600


@METADATA.endpoint("PUT /meta-data/latest/api/token", text)
def create_session() -> Parts:
    """Get the token of a metadata session, for the header of the request for keys; old hosts have no such thing."""
    return Parts(repeatable=True)


@METADATA.endpoint("GET /openstack/latest/securitykey", read_keys)
def security_key() -> Parts:
    """Get the keys of the agency that a machine has."""
    return Parts()


def session_of(seconds: int = SESSION_SECONDS) -> Request[str]:
    """Return the request for a metadata session.

    :param seconds: how long it lasts.
    """
    return replace(create_session(), headers=(("X-Metadata-Token-Ttl-Seconds", str(seconds)),))


def keys_in(session: str | None) -> Request[TemporaryKeys]:
    """Return the request for a machine's keys.

    :param session: the session's token; None where the host knows no sessions.
    """
    return replace(security_key(), headers=(("X-Metadata-Token", session),) if session else ())


def container_keys(uri: str, token: str) -> tuple[str, Request[TemporaryKeys]]:
    """Return where a container asks for its keys, and what it asks there.

    :param uri: the whole address of the agent's operation.
    :param token: the container's own token.
    """
    place = urlsplit(uri)
    path = f"{place.path or '/'}{'?' if place.query else ''}{place.query}"
    headers = (("Authorization", token),)
    request = Request("POST", path, read_keys, json=b"{}", headers=headers, repeatable=True, explain=explain)
    return f"{place.scheme}://{place.netloc}", request
