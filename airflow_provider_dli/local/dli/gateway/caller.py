"""Who calls."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """Who calls, as the gateway found out; handlers find it in ``request.state.caller``.

    :param user: the name of the IAM user, or of the agency that acts.
    :param project_id: the project that the credentials are for; None where they are good for the whole account.
    :param access: the access key that signed; None where a token was shown.
    :param is_temporary: whether that key is a temporary one.
    """

    user: str
    project_id: str | None = None
    access: str | None = None
    is_temporary: bool = False
