"""Tokens: ``/v3/auth/tokens``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from airflow_provider_dli.dli.iam.api import IAM, Discreet
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import NEEDED
from airflow_provider_dli.rest.request import Answer


class Scope(Discreet):
    """The project that a token is for.

    :param id: its id.
    :param name: its name, as in ``cn-north-4``.
    """

    id: str
    name: str | None = None


class IssuedToken(Discreet):
    """A token.

    :param value: the token itself; it comes in a header.
    :param expires_at: when it ends.
    :param project: the project that it is for; None where it is for the whole account.
    """

    value: str = Field(repr=False)
    expires_at: Annotated[datetime | None, NEEDED] = None
    project: Scope | None = None


class _Body(Discreet):
    token: Mapping[str, Any] = Field(repr=False)


def _issued(answer: Answer) -> IssuedToken:
    body = _Body.read(answer)
    return IssuedToken.of({**body.token, "value": answer.headers["x-subject-token"]})


@IAM.endpoint("POST /v3/auth/tokens", _issued)
def create_token(user: str, password: str, domain: str, scope: Mapping[str, str]) -> Parts:
    """Get a token for a user's password (``KeystoneCreateUserTokenByPassword``).

    :param user: the IAM user's name.
    :param password: the user's password.
    :param domain: the name of the user's account.
    :param scope: the project that it shall be for, by ``name`` or by ``id``.
    """
    who = {"user": {"name": user, "password": password, "domain": {"name": domain}}}
    identity = {"methods": ["password"], "password": who}
    asked = {"auth": {"identity": identity, "scope": {"project": dict(scope)}}}
    # Without the catalogue of all services, which makes the answer long.
    return Parts(query={"nocatalog": True}, json=asked, repeatable=True)
