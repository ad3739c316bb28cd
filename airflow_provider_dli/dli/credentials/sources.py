"""Where keys and tokens come from. A source does no I/O of its own: it yields, as an authentication does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, TypeVar

from airflow_provider_dli.dli.credentials.values import Credentials, Proof, Token, seconds_of
from airflow_provider_dli.dli.iam.api import call
from airflow_provider_dli.dli.iam.keys import TemporaryKeys
from airflow_provider_dli.dli.iam.tokens import create_token
from airflow_provider_dli.rest.authentication import Wire

P_co = TypeVar("P_co", bound=Proof, covariant=True)


class Source(Protocol[P_co]):
    """Where keys or tokens come from."""

    #: What to check where they are not accepted, or cannot be got; sentences.
    advice: ClassVar[str]
    #: Whether fetching again can give others.
    renews: ClassVar[bool]

    def fetch(self) -> Wire[P_co]:
        """Fetch them."""
        ...


@dataclass(frozen=True)
class GivenKeys:
    """Keys that stand in the connection.

    :param credentials: the keys.
    """

    advice: ClassVar[str] = (
        "Check the connection's login (access key) and password (secret key); "
        "temporary keys need their security_token as well, and end."
    )
    renews: ClassVar[bool] = False
    credentials: Credentials

    def fetch(self) -> Wire[Credentials]:
        """Return the keys."""
        yield from ()
        return self.credentials


@dataclass(frozen=True)
class GivenToken:
    """A token that stands in the connection.

    :param token: the token.
    """

    advice: ClassVar[str] = "Check the connection's token; it ends 24 hours after it was made."
    renews: ClassVar[bool] = False
    token: Token

    def fetch(self) -> Wire[Token]:
        """Return the token."""
        yield from ()
        return self.token


@dataclass(frozen=True)
class PasswordToken:
    """Tokens for an IAM user's password.

    :param iam: address of IAM.
    :param user: the user's name.
    :param password: the password.
    :param domain: the name of the user's account.
    :param scope: the project that tokens shall be for, by ``name`` or by ``id``.
    """

    advice: ClassVar[str] = (
        "Check the connection's login (IAM user), password, domain (account), and region or project; "
        "the login of a HUAWEI ID is no IAM user."
    )
    renews: ClassVar[bool] = True
    iam: str
    user: str
    password: str = field(repr=False)
    domain: str
    scope: Mapping[str, str]

    def fetch(self) -> Wire[Token]:
        """Get a token."""
        issued = yield from call(create_token(self.user, self.password, self.domain, self.scope), self.iam)
        return Token(issued.value, seconds_of(issued.expires_at), issued.project.id if issued.project else None)


def credentials_of(keys: TemporaryKeys) -> Credentials:
    """Return temporary keys as what signs requests.

    :param keys: as a service told them.
    """
    return Credentials(keys.access_key, keys.secret_key, keys.security_token, seconds_of(keys.expires_at))
