"""Keys of agencies: rights that one account gives to another, or to a service."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from airflow_provider_dli.dli.credentials.files import token_in
from airflow_provider_dli.dli.credentials.sources import credentials_of
from airflow_provider_dli.dli.credentials.values import Credentials
from airflow_provider_dli.dli.iam.api import call
from airflow_provider_dli.dli.iam.keys import assume_agency, assume_agency_with_oidc, assume_role
from airflow_provider_dli.rest.authentication import Authentication, Wire


@dataclass(frozen=True)
class AgencyKeys:
    """Keys of an agency, assumed through IAM.

    :param iam: address of IAM.
    :param authentication: who assumes it.
    :param name: the agency, in the account that has made it.
    :param domain: that account, by name or by id.
    :param duration: how long its keys last, in seconds.
    """

    advice: ClassVar[str] = (
        "Check the connection's agency_name and agency_domain (the account that has made the agency), and that the "
        "login may act through agencies."
    )
    renews: ClassVar[bool] = True
    iam: str
    authentication: Authentication
    name: str
    domain: str
    duration: int

    def fetch(self) -> Wire[Credentials]:
        """Assume the agency."""
        account = "domain_id" if re.fullmatch("[0-9a-f]{32}", self.domain) else "domain_name"
        request = assume_role(self.name, duration_seconds=self.duration, **{account: self.domain})
        return credentials_of((yield from call(request, self.iam, self.authentication)))


@dataclass(frozen=True)
class TrustAgencyKeys:
    """Keys of a trust agency, assumed through STS.

    :param sts: address of STS.
    :param authentication: who assumes it.
    :param urn: the agency.
    :param session: a name that the account's logs show.
    :param duration: how long its keys last, in seconds.
    """

    advice: ClassVar[str] = "Check the connection's agency_urn, and that the agency's trust policy names the login."
    renews: ClassVar[bool] = True
    sts: str
    authentication: Authentication
    urn: str
    session: str
    duration: int

    def fetch(self) -> Wire[Credentials]:
        """Assume the agency."""
        request = assume_agency(self.urn, self.session, duration_seconds=self.duration)
        return credentials_of((yield from call(request, self.sts, self.authentication)))


@dataclass(frozen=True)
class WorkloadKeys:
    """Keys of a trust agency, assumed with an identity token, as a pod has one in a file.

    :param sts: address of STS.
    :param provider: the identity provider, as the account knows it.
    :param urn: the agency.
    :param session: a name that the account's logs show.
    :param file: path of the identity token; read anew each time, for whoever wrote it writes another before it ends.
    :param duration: how long the keys last, in seconds.
    """

    advice: ClassVar[str] = (
        "Check the connection's provider_urn and agency_urn, and that id_token_file holds a token which has not ended."
    )
    renews: ClassVar[bool] = True
    sts: str
    provider: str
    urn: str
    session: str
    file: str
    duration: int

    def fetch(self) -> Wire[Credentials]:
        """Assume the agency.

        :raises ValueError: when the identity token cannot be read.
        """
        request = assume_agency_with_oidc(
            self.provider, self.urn, self.session, token_in(self.file), duration_seconds=self.duration
        )
        return credentials_of((yield from call(request, self.sts)))
