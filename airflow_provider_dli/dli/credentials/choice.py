"""The ways to authenticate by their names, and which settings each of them needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from airflow_provider_dli.dli.credentials.agencies import AgencyKeys, TrustAgencyKeys, WorkloadKeys
from airflow_provider_dli.dli.credentials.environment import CONTAINER_TOKEN_FILE, CONTAINER_URI, keys_of
from airflow_provider_dli.dli.credentials.machines import ContainerKeys, MachineKeys
from airflow_provider_dli.dli.credentials.names import (
    ASSUMING,
    DEFAULT_DURATION,
    DEFAULT_METADATA,
    DEFAULT_SESSION,
    DEFAULT_WAY,
)
from airflow_provider_dli.dli.credentials.sources import GivenKeys, GivenToken, PasswordToken
from airflow_provider_dli.dli.credentials.values import Credentials, Token
from airflow_provider_dli.dli.credentials.ways import Signed, WithToken
from airflow_provider_dli.dli.regions import Addresses
from airflow_provider_dli.rest.authentication import Authentication
from airflow_provider_dli.rest.redaction import described

_SHORTEST: Final = 900

#: What a person has set, by name: texts, and the duration maybe as a number.
Settings = Mapping[str, Any]


class Way(NamedTuple):
    """A way to authenticate.

    :param needs: the settings that it cannot do without, each with what it means for this way.
    :param make: makes the authentication of the settings.
    """

    needs: Mapping[str, str]
    make: Callable[[Settings, Addresses], Authentication]


def authentication_of(way: str, settings: Settings, addresses: Addresses) -> Authentication:
    """Return an authentication.

    :param way: its name, one of :data:`WAYS`.
    :param settings: ``login``, ``password`` and whatever else the way needs.
    :param addresses: where the region's services are.
    :raises ValueError: when there is no such way, or a setting is missing or cannot be used.
    """
    if way not in WAYS:
        raise ValueError(f"there is no such authentication ({described(way)}); there are {', '.join(WAYS)}.")
    missing = [f"{name} ({meaning})" for name, meaning in WAYS[way].needs.items() if not settings.get(name)]
    if missing:
        raise ValueError(f"authentication {way!r} needs {', '.join(missing)}.")
    return WAYS[way].make(settings, addresses)


def _keys(settings: Settings, addresses: Addresses) -> Signed:
    token = settings.get("security_token") or None
    # What was pasted with a space or a line's end would only give bad signatures.
    return Signed(GivenKeys(Credentials(settings["login"].strip(), settings["password"].strip(), token)))


def _token(settings: Settings, addresses: Addresses) -> WithToken:
    return WithToken(GivenToken(Token(settings["token"])))


def _password(settings: Settings, addresses: Addresses) -> WithToken:
    who = (settings["login"], settings["password"], settings["domain"])
    return WithToken(PasswordToken(addresses.iam, *who, _scope(settings)))


def _scope(settings: Settings) -> dict[str, str]:
    if project := settings.get("project_id"):
        return {"id": project}
    name = settings.get("project_name") or settings.get("region")
    if not name:
        raise ValueError(
            "authentication 'password' needs region, project_name or project_id: a token is for one project."
        )
    return {"name": name}


def _metadata(settings: Settings, addresses: Addresses) -> Signed:
    return Signed(MachineKeys(settings.get("metadata_address") or DEFAULT_METADATA))


def _agency(settings: Settings, addresses: Addresses) -> Signed:
    who = _assuming(settings, addresses)
    named = (settings["agency_name"], settings["agency_domain"])
    return Signed(AgencyKeys(addresses.iam, who, *named, _duration(settings, 86400)))


def _agency_v5(settings: Settings, addresses: Addresses) -> Signed:
    who = _assuming(settings, addresses)
    return Signed(TrustAgencyKeys(addresses.sts, who, settings["agency_urn"], *_session(settings)))


def _oidc(settings: Settings, addresses: Addresses) -> Signed:
    session, duration = _session(settings)
    named = (settings["provider_urn"], settings["agency_urn"], session, settings["id_token_file"])
    return Signed(WorkloadKeys(addresses.sts, *named, duration))


def _container(settings: Settings, addresses: Addresses) -> Signed:
    missing = [name for name in (CONTAINER_URI, CONTAINER_TOKEN_FILE) if not os.environ.get(name)]
    if missing:
        raise ValueError(
            f"authentication 'container' needs {' and '.join(missing)} in the environment of workers and triggerers; "
            "pods have them whose service account is associated with an agency."
        )
    return Signed(ContainerKeys(os.environ[CONTAINER_URI], os.environ[CONTAINER_TOKEN_FILE]))


def _environment(settings: Settings, addresses: Addresses) -> Signed:
    return Signed(keys_of(os.environ))


def _assuming(settings: Settings, addresses: Addresses) -> Authentication:
    """Return who assumes an agency."""
    way = settings.get("agency_with") or DEFAULT_WAY
    if way not in ASSUMING:
        raise ValueError(f"its agency_with must be one of {', '.join(ASSUMING)}; got {described(way)}.")
    try:
        return authentication_of(way, settings, addresses)
    except ValueError as error:
        raise ValueError(f"the agency is assumed with agency_with {way!r}, and {error}") from None


def _session(settings: Settings) -> tuple[str, int]:
    return settings.get("session_name") or DEFAULT_SESSION, _duration(settings, 43200)


def _duration(settings: Settings, longest: int) -> int:
    given = settings.get("duration")
    try:
        seconds = DEFAULT_DURATION if given in (None, "") else float(given)
    except (TypeError, ValueError):
        seconds = 0
    if not _SHORTEST <= seconds <= longest:
        raise ValueError(
            f"its duration must be a number of seconds from {_SHORTEST} to {longest}; got {described(given)}."
        )
    return int(seconds)


WAYS: Final[Mapping[str, Way]] = {
    "keys": Way({"login": "the access key", "password": "the secret key"}, _keys),
    "token": Way({"token": "the token, in extra"}, _token),
    "password": Way(
        {"login": "the IAM user", "password": "the user's password", "domain": "the account's name, in extra"},
        _password,
    ),
    "metadata": Way({}, _metadata),
    "agency": Way(
        {
            "agency_name": "the agency, in extra",
            "agency_domain": "name or id of the account that has made it, in extra",
        },
        _agency,
    ),
    "agency_v5": Way({"agency_urn": "the trust agency, in extra"}, _agency_v5),
    "oidc": Way(
        {
            "provider_urn": "the identity provider, in extra",
            "agency_urn": "the trust agency, in extra",
            "id_token_file": "path of the identity token, in extra",
        },
        _oidc,
    ),
    "container": Way({}, _container),
    "environment": Way({}, _environment),
}
