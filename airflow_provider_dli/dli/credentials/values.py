"""What a request is proved by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Protocol


class Proof(Protocol):
    """What a request is proved by."""

    @property
    def expires(self) -> float | None:
        """When it ends, in seconds since the epoch; None where it does not, or nobody says."""
        ...


@dataclass(frozen=True)
class Credentials:
    """Keys that sign requests.

    :param access_key: the access key.
    :param secret_key: its secret.
    :param security_token: what has to come along with temporary keys.
    :param expires: when they end, in seconds since the epoch; None where they do not, or nobody says.
    """

    access_key: str
    secret_key: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)
    expires: float | None = None


@dataclass(frozen=True)
class Token:
    """A token that goes along with requests.

    :param value: the token itself.
    :param expires: when it ends, in seconds since the epoch; None where nobody says.
    :param project_id: the project that it is for, where it is known.
    """

    value: str = field(repr=False)
    expires: float | None = None
    project_id: str | None = None


def seconds_of(moment: datetime | None) -> float | None:
    """Return a moment as seconds since the epoch; one without a zone is in UTC.

    :param moment: the moment.
    """
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
