"""Temporary keys, by IAM (``/v3.0``) and by STS (``/v5``)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AliasChoices, Field

from airflow_provider_dli.dli.iam.api import IAM, STS, Discreet
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import NEEDED
from airflow_provider_dli.rest.request import Answer


class TemporaryKeys(Discreet):
    """Keys that end by themselves. Each service spells them in its own way.

    :param access_key: the access key.
    :param secret_key: its secret.
    :param security_token: what has to come along with them.
    :param expires_at: when they end.
    """

    access_key: str = Field(validation_alias=AliasChoices("access", "access_key_id", "accessKeyId"))
    secret_key: str = Field(validation_alias=AliasChoices("secret", "secret_access_key", "secretAccessKey"), repr=False)
    security_token: Annotated[str | None, NEEDED] = Field(
        None, validation_alias=AliasChoices("securitytoken", "security_token", "securityToken"), repr=False
    )
    expires_at: Annotated[datetime | None, NEEDED] = Field(
        None, validation_alias=AliasChoices("expires_at", "expiration")
    )


class _Body(Discreet):
    keys: TemporaryKeys = Field(validation_alias=AliasChoices("credential", "credentials"), repr=False)


def read_keys(answer: Answer) -> TemporaryKeys:
    """Read an answer that holds temporary keys.

    :param answer: the answer.
    :raises ValueError: when it does not; quotes nothing of it.
    """
    return _Body.read(answer).keys


@IAM.endpoint("POST /v3.0/OS-CREDENTIAL/securitytokens", read_keys)
def assume_role(
    agency_name: str,
    *,
    domain_name: str | None = None,
    domain_id: str | None = None,
    duration_seconds: int | None = None,
) -> Parts:
    """Get the keys of an agency (``CreateTemporaryAccessKeyByAgency``).

    :param agency_name: the agency, in the account that has made it.
    :param domain_name: that account's name.
    :param domain_id: that account's id; one of the two.
    :param duration_seconds: how long the keys last, from 900 to 86400 s.
    """
    given = {"domain_name": domain_name, "domain_id": domain_id, "duration_seconds": duration_seconds}
    role = {"agency_name": agency_name, **{name: value for name, value in given.items() if value is not None}}
    asked = {"auth": {"identity": {"methods": ["assume_role"], "assume_role": role}}}
    return Parts(json=asked, repeatable=True)


@STS.endpoint("POST /v5/agencies/assume", read_keys)
def assume_agency(agency_urn: str, agency_session_name: str, *, duration_seconds: int | None = None) -> Parts:
    """Get the keys of a trust agency (``AssumeAgency``).

    :param agency_urn: the agency.
    :param agency_session_name: a name that the account's logs show.
    :param duration_seconds: how long the keys last, from 900 to 43200 s; an hour at most where the caller is an agency.
    """
    asked = {"agency_urn": agency_urn, "agency_session_name": agency_session_name, "duration_seconds": duration_seconds}
    return Parts(json=asked, repeatable=True)


@STS.endpoint("POST /v5/agencies/assume-with-oidc", read_keys)
def assume_agency_with_oidc(
    provider_urn: str,
    agency_urn: str,
    agency_session_name: str,
    id_token: str,
    *,
    duration_seconds: int | None = None,
) -> Parts:
    """Get the keys of a trust agency for an identity token (``AssumeAgencyWithOIDC``); nobody has to sign this.

    :param provider_urn: the identity provider, as the account knows it.
    :param agency_urn: the agency.
    :param agency_session_name: a name that the account's logs show.
    :param id_token: the identity token.
    :param duration_seconds: how long the keys last.
    """
    asked = {
        "provider_urn": provider_urn,
        "agency_urn": agency_urn,
        "agency_session_name": agency_session_name,
        "id_token": id_token,
        "duration_seconds": duration_seconds,
    }
    return Parts(json=asked, repeatable=True)
