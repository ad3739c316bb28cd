"""Finds out who calls, by access key or by token, or refuses."""

from __future__ import annotations

import hmac
from datetime import datetime, timezone
from typing import Final

from airflow_provider_dli.local.dli.gateway.caller import Caller
from airflow_provider_dli.local.dli.gateway.lock import KeyLocks
from airflow_provider_dli.local.dli.gateway.refusals import not_authenticated
from airflow_provider_dli.local.dli.gateway.signature import Authorization, Received, read_authorization, signatures
from airflow_provider_dli.local.dli.iam.directory import Directory
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

#: Seconds that a caller's clock may differ from ours.
_SKEW: Final = 15 * 60


class Authentication:
    """Finds out who calls.

    :param services: who there is, and what time it is.
    """

    def __init__(self, services: Services) -> None:
        self._clock = services.clock
        self._directory = Directory(services)
        self._locks = KeyLocks(services.clock)

    def caller(self, received: Received) -> Caller:
        """Return who sent a request.

        :raises Refusal: if its credentials are not good.
        """
        token = received.header("X-Auth-Token")
        if token is not None:
            return self.token_holder(token)
        header = received.header("Authorization")
        if header is None:
            raise not_authenticated("x-auth-token not found")
        authorization = read_authorization(header)
        if authorization is None:
            raise not_authenticated("the Authorization header is no SDK-HMAC-SHA256 signature")
        return self._signer(received, authorization)

    def token_holder(self, token: str) -> Caller:
        """Return whom a token was issued to.

        :raises Refusal: if it is not one of ours, or has expired.
        """
        document = self._directory.tokens.get(token)
        if document is None:
            raise not_authenticated("decrypt token fail")
        if self._has_expired(document):
            raise not_authenticated(f"token expires, expires_at:{_written(document['expires_at'])}")
        return Caller(document["user"], document["project_id"])

    def _signer(self, received: Received, authorization: Authorization) -> Caller:
        access = authorization.access
        if self._locks.is_locked(access):
            raise not_authenticated("AK access failed to reach the limit,forbidden")
        self._check_date(received, authorization)
        key = self._directory.keys.get(access)
        if key is None:
            raise not_authenticated(f"ak {access} not exist")
        self._check_security_token(received, authorization, key)
        self._check_project_header(received, authorization)
        self._check_signature(received, authorization, key["secret"])
        return Caller(key["user"], access=access, is_temporary=key["security_token"] is not None)

    def _check_date(self, received: Received, authorization: Authorization) -> None:
        written = received.header("X-Sdk-Date")
        if written is None or "x-sdk-date" not in authorization.signed_headers:
            raise not_authenticated("x-sdk-date is not there, or not among the signed headers")
        try:
            sent = datetime.strptime(written, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        except ValueError:
            raise not_authenticated(f"x-sdk-date {written!r} is not of the form 20060102T150405Z") from None
        if abs(sent.timestamp() - self._clock()) > _SKEW:
            raise not_authenticated(f"signature expired, x-sdk-date:{written}, now:{_written(self._clock())}")

    def _check_security_token(self, received: Received, authorization: Authorization, key: Document) -> None:
        shown = received.header("X-Security-Token")
        if key["security_token"] is None:
            if shown is not None:
                raise not_authenticated("x-security-token is not for a permanent ak")
            return
        if shown is None:
            raise not_authenticated(f"x-security-token not found for the temporary ak {key['access']}")
        if "x-security-token" not in authorization.signed_headers:
            raise not_authenticated("x-security-token is not among the signed headers")
        if not hmac.compare_digest(shown.encode(), key["security_token"].encode()):
            raise not_authenticated(f"x-security-token is not that of the temporary ak {key['access']}")
        if self._has_expired(key):
            raise not_authenticated(f"security token expires, expires_at:{_written(key['expires_at'])}")

    def _check_project_header(self, received: Received, authorization: Authorization) -> None:
        if received.header("X-Project-Id") is not None and "x-project-id" not in authorization.signed_headers:
            raise not_authenticated("x-project-id is not among the signed headers")

    def _check_signature(self, received: Received, authorization: Authorization, secret: str) -> None:
        missing = [name for name in authorization.signed_headers if received.header(name) is None]
        if missing:
            raise not_authenticated(f"signed headers are not there: {', '.join(missing)}")
        right = signatures(received, authorization.signed_headers, secret)
        if not any(hmac.compare_digest(one, authorization.signature) for one in right):
            self._locks.wrong(authorization.access)
            raise not_authenticated("verify aksk signature fail")
        self._locks.good(authorization.access)

    def _has_expired(self, document: Document) -> bool:
        expires_at: float = document["expires_at"]
        return expires_at <= self._clock()


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
